import { ConfigurationError } from "../command/errors";
import type { Goals } from "./goals";

/** A part of the load. */
export interface Stage {
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Open connections, each of a user who asks again and again. */
  readonly users: number;
  readonly seconds: number;
  /** Whether the targets are judged by it. */
  readonly judged: boolean;
}

/** More than its target asks for: "above 1,000 requests/s" is not to be shown with exactly as many. */
const HEADROOM = 1.05;
/** What comes before the whole load warms caches, scales pods up, and shows where it begins to hurt. */
const STEPS = [
  { name: "warm-up", share: 0.1 },
  { name: "quarter", share: 0.25 },
  { name: "half", share: 0.5 },
] as const;
/** How long each of them takes, of the whole load's time. */
const STEP_SHARE = 0.25;

/**
 * The load step by step, up to its whole, which is judged.
 *
 * @param seconds how long the whole load lasts
 * @throws ConfigurationError when there is no time for each user to ask once
 */
export function stagesFor({ values }: Pick<Goals, "values">, seconds: number): Stage[] {
  const rate = values.requestRate * HEADROOM;
  const users = Math.floor(values.concurrentUsers * HEADROOM) + 1;
  const least = Math.ceil(users / rate);
  if (seconds < least) {
    throw new ConfigurationError("SECONDS", [
      `found ${seconds}; allowed: ${least} or more, in which each of ${users} users asks once at ${rate} requests/s`,
    ]);
  }
  return [
    ...STEPS.map(({ name, share }) => ({
      name,
      requestsPerSecond: rate * share,
      users: Math.ceil(users * share),
      seconds: Math.max(1, Math.round(seconds * STEP_SHARE)),
      judged: false,
    })),
    { name: "whole", requestsPerSecond: rate, users, seconds, judged: true },
  ];
}
