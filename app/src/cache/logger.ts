import type { BaseLogger } from "pino";

/** Where the cache's events go. */
export type Logger = Pick<BaseLogger, "info" | "warn" | "error">;

/** Milliseconds on a clock that is never set back. */
export type Clock = () => number;

/** How long the same warning is not repeated. */
const SILENCE_MS = 60_000;

/** Writes a warning that each request may give reason for, and not again while it would tell nothing new. */
export type Warn = (details: object, message: string) => void;

/** Warnings of this logger, each at most once a minute. */
export function sparingly(logger: Logger, clock: Clock): Warn {
  const until = new Map<string, number>();
  return (details, message) => {
    const now = clock();
    if (now < (until.get(message) ?? Number.NEGATIVE_INFINITY)) return;
    until.set(message, now + SILENCE_MS);
    logger.warn(details, message);
  };
}
