import { setTimeout as delay } from "node:timers/promises";

const DEADLINE_MS = 20_000;

/** Waits until the condition gives something that is neither false nor undefined, and gives that. It fails after 20 s. */
export async function until<T>(condition: () => Promise<T> | T): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
    if (performance.now() > deadline) throw new Error(`still not so after ${DEADLINE_MS / 1000} s: ${condition}`);
    await delay(25);
  }
}
