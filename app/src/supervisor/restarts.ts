/** The first pause before a worker is replaced. */
const FIRST_PAUSE_MS = 200;

/** The longest pause before a worker is replaced. */
const LONGEST_PAUSE_MS = 30_000;

/** A worker that has been ready for this long has recovered: its next failure counts as the first. */
export const RECOVERED_MS = 60_000;

/** Deaths before readiness, within {@link HOPELESS_WINDOW_MS}, after which another try is hopeless. */
export const HOPELESS_DEATHS = 5;

/** Time in which {@link HOPELESS_DEATHS} count. */
export const HOPELESS_WINDOW_MS = 60_000;

/**
 * The pause before a worker is replaced: twice as long after each failure in a row, and by chance up to half shorter, so
 * that workers that fail together do not come back together.
 *
 * @param failures in a row, this one included
 * @param random 0 to 1
 */
export function restartPauseMs(failures: number, random = Math.random()): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return longest * (1 - random / 2);
}

/** Counts workers that die before they are ready. The result tells whether it is hopeless. */
export function createDeathCount(): (nowMs: number) => boolean {
  let deaths: number[] = [];
  return (nowMs) => {
    deaths = [...deaths.filter((time) => nowMs - time < HOPELESS_WINDOW_MS), nowMs];
    return deaths.length >= HOPELESS_DEATHS;
  };
}
