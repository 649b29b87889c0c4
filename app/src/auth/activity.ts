import type { FastifyBaseLogger } from "fastify";
import type { Database } from "../database/database.ts";

/** When sessions were last used, written down now and then. */
export interface Activity {
  /** Takes note that a session is in use. */
  seen(sessionId: number): void;
  /** Writes what was noted, and notes no more. */
  stop(): Promise<void>;
}

/** A session's row is written at most this often by one process. */
const FLUSH_INTERVAL_MS = 60_000;
/** Sessions in one statement. */
const BATCH = 1000;

/** Rows that another process is writing are left to it: two batches in different orders would wait for each other. */
const WRITE_ACTIVITY = {
  name: "write-session-activity",
  text: `
    WITH seen AS (
      SELECT s.id, to_timestamp(u.ms / 1000) AS at
      FROM unnest($1::bigint[], $2::double precision[]) AS u (id, ms)
      JOIN user_sessions s ON s.id = u.id
      WHERE s.last_activity < to_timestamp(u.ms / 1000)
      FOR UPDATE OF s SKIP LOCKED
    )
    UPDATE user_sessions s SET last_activity = seen.at FROM seen WHERE s.id = seen.id`,
};

/** Keeps the time of each session's last use in memory, and writes it in batches off the requests' path. */
export function createActivity(database: Database, logger: Pick<FastifyBaseLogger, "error">): Activity {
  let pending = new Map<number, number>();
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    const noted = [...pending];
    pending = new Map();
    for (let start = 0; start < noted.length; start += BATCH) {
      const batch = noted.slice(start, start + BATCH);
      try {
        await database.write(WRITE_ACTIVITY, [batch.map(([id]) => id), batch.map(([, ms]) => ms)]);
      } catch (error) {
        logger.error({ err: error, sessions: batch.length }, "the last use of sessions was not written");
        for (const [id, ms] of batch) if (!pending.has(id)) pending.set(id, ms);
      }
    }
  };
  const flush = () => {
    writing = writing.then(write);
    return writing;
  };
  const timer = setInterval(flush, FLUSH_INTERVAL_MS).unref();

  return {
    seen: (sessionId) => {
      pending.set(sessionId, Date.now());
    },
    stop: () => {
      clearInterval(timer);
      return flush();
    },
  };
}
