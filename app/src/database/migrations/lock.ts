import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";

/** Any number that nothing else locks: migrations and maintenance at the same time take turns. */
const LOCK = 7_236_801;

const POLL_MS = 200;

/** Under which a migration is found in pg_stat_activity. */
export const MIGRATION_APPLICATION = "pynomaly-migration";

/** Another session has the turn, and had it for all the time that one could wait. */
export class TurnTaken extends Error {
  override readonly name = "TurnTaken";
}

/**
 * Waits until this session alone migrates or maintains. It asks again and again: a session that waits inside pg_advisory_lock() holds a
 * snapshot, for whose end the other's CREATE INDEX CONCURRENTLY waits in turn. The lock goes with the session.
 *
 * @throws TurnTaken that names the session which has the lock, when it is still there after the time limit
 */
export async function takeTurn(client: pg.Client, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const { rows } = await client.query("SELECT pg_try_advisory_lock($1) AS taken", [LOCK]);
    if (rows[0].taken) return;
    if (performance.now() > deadline) {
      const who = await holder(client);
      throw new TurnTaken(`another migration or maintenance has run for more than ${limitMs / 1000} s: ${who}`);
    }
    await delay(POLL_MS);
  }
}

/**
 * Lets a migration that waits for its turn, and a deployment with it, go first; then takes the turn again.
 *
 * @throws TurnTaken
 */
export async function giveWay(client: pg.Client, limitMs: number): Promise<void> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
    [MIGRATION_APPLICATION],
  );
  if (rowCount === 0) return;
  await client.query("SELECT pg_advisory_unlock($1)", [LOCK]);
  await delay(2 * POLL_MS);
  await takeTurn(client, limitMs);
}

async function holder(client: pg.Client): Promise<string> {
  const { rows } = await client.query(
    `SELECT format('process %s of %s from %s (%s), connected since %s, last statement begun %s', pid, usename,
                   coalesce(host(client_addr), 'the server itself'), application_name, backend_start, query_start) AS holder
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND (classid::bigint << 32) + objid::bigint = $1 AND granted`,
    [LOCK],
  );
  return rows[0]?.holder ?? "it ended just now";
}
