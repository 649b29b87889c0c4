import { setTimeout as delay } from "node:timers/promises";

type Falsy = false | 0 | "" | null | undefined;

/**
 * Waits until the condition gives something that counts as true, and gives that.
 *
 * @param what is waited for, for the error that tells that it was in vain
 */
export async function until<T>(
  condition: () => Promise<T> | T,
  what: string = condition.toString(),
  seconds = 20,
): Promise<Exclude<T, Falsy>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value as Exclude<T, Falsy>;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await delay(10);
  }
}
