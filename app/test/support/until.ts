import { setTimeout as delay } from "node:timers/promises";

const DEADLINE_MS = 20_000;

type Falsy = false | 0 | "" | null | undefined;

/** Waits until the condition gives something that counts as true, and gives that. It fails after 20 s. */
export async function until<T>(condition: () => Promise<T> | T): Promise<Exclude<T, Falsy>> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, Falsy>;
    if (performance.now() > deadline) throw new Error(`still not so after ${DEADLINE_MS / 1000} s: ${condition}`);
    await delay(25);
  }
}
