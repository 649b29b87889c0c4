import type { Second } from "./load";
import { ended } from "./measures";

/** Why a load was ended before its end. */
export type StopReason = "interrupted" | "stalled" | "failing" | "unreachable";

export interface Stop {
  readonly reason: StopReason;
  readonly message: string;
}

/** Seconds that are looked back on. */
const WINDOW = 5;
/** Requests that must have ended in them, before their failures say anything. */
const ENOUGH = 20;
const FAILED_SHARE = 0.5;
/** Seconds in which nothing is answered though something is waited for. */
const SILENCE = 5;

/** Sees when to go on would measure nothing but a service that is down, and hurt it more. */
export class Watch {
  private readonly last: Second[] = [];
  private silent = 0;

  /** @returns why to stop now, if so */
  look(second: Second): Stop | undefined {
    this.last.push(second);
    if (this.last.length > WINDOW) this.last.shift();
    this.silent = second.waiting > 0 && ended(second.measures) === 0 ? this.silent + 1 : 0;
    if (this.silent >= SILENCE) {
      return {
        reason: "stalled",
        message: `nothing was answered for ${SILENCE} s while ${second.waiting} requests waited`,
      };
    }
    const all = this.last.reduce((sum, { measures }) => sum + ended(measures), 0);
    const failed = all - this.last.reduce((sum, { measures }) => sum + measures.answered, 0);
    if (all < ENOUGH || failed < all * FAILED_SHARE) return undefined;
    return { reason: "failing", message: `${failed} of the last ${all} requests failed` };
  }
}
