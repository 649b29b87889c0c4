import type { Logger } from "pino";

/** An export that takes longer is given up; below the time that a worker has to close. */
export const EXPORT_TIMEOUT_MS = 3000;

/** How an exporter sends a batch, and what it then says. */
type Export<Batch, Result extends { readonly error?: Error }> = (batch: Batch, done: (result: Result) => void) => void;

/**
 * An export that logs its failing when it begins and when it ends, and not for each batch in between.
 *
 * @param what is exported, in the plural
 */
export function reportingOnce<Batch, Result extends { readonly error?: Error }>(
  what: string,
  send: Export<Batch, Result>,
  logger: Pick<Logger, "warn" | "info">,
): Export<Batch, Result> {
  let failing = false;
  return (batch, done) =>
    send(batch, (result) => {
      if (result.error && !failing) logger.warn({ err: result.error }, `${what} cannot be exported`);
      if (!result.error && failing) logger.info(`${what} are exported again`);
      failing = result.error !== undefined;
      done(result);
    });
}
