import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";

/** Any number that nothing else locks: migrations at the same time take turns. */
const LOCK = 7_236_801;

const POLL_MS = 200;

/**
 * Waits until this session alone migrates. It asks again and again: a session that waits inside pg_advisory_lock() holds a
 * snapshot, for whose end the other's CREATE INDEX CONCURRENTLY waits in turn. The lock goes with the session.
 *
 * @throws Error that names the session which has the lock, when it is still there after the time limit
 */
export async function takeTurn(client: pg.Client, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS taken", [LOCK]);
    if (rows[0].taken) return;
    if (performance.now() > deadline) {
      throw new Error(`another migration has run for more than ${limitMs / 1000} s: ${await holder(client)}`);
    }
    await delay(POLL_MS);
  }
}

async function holder(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `SELECT format('process %s of %s from %s, connected since %s, last statement: %s', pid, usename,
                   coalesce(client_addr::text, 'the server itself'), backend_start, left(query, 200)) AS holder
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid::bigint << 32) + objid::bigint = $1 AND granted`,
    [LOCK],
  );
  return rows[0]?.holder ?? "it ended just now";
}
