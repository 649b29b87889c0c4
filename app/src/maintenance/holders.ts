import type { Reader } from "./connection.ts";

/** A session in whose way another is. */
export interface Holder {
  /** The server's process; null for a prepared transaction, which has none. */
  readonly pid: number | null;
  readonly application: string;
  readonly user: string | null;
  readonly state: string | null;
  /** When its last statement began. */
  readonly query_start: string | null;
}

/** A transaction that is open now. */
interface OpenTransaction extends Holder {
  readonly transaction: string;
}

/** The statement's text is not asked for: it may hold values. */
const COLUMNS = "a.application_name AS application, a.usename AS user, a.state, a.query_start";

/** A holder for people. */
export function described({ pid, application, user, state, query_start }: Holder): string {
  if (pid === null) return "a prepared transaction (pg_prepared_xacts)";
  const since = query_start === null ? "" : `, last statement begun ${query_start}`;
  return `process ${pid} (${application || "without a name"}, ${user ?? "of the server"}, ${state ?? "state unknown"}${since})`;
}

/** For whom a session's statement waits. */
export function blockersOf(reader: Reader, pid: number): Promise<Holder[]> {
  return reader.query<Holder>(
    `SELECT a.pid, ${COLUMNS} FROM unnest(pg_blocking_pids($1)) AS blocker (pid) LEFT JOIN pg_stat_activity a USING (pid)`,
    [pid],
  );
}

/**
 * Transactions for which CREATE, REINDEX and DROP INDEX CONCURRENTLY on a table would wait: those that use the table, and
 * those that see the database as it was. Autovacuum gives way by itself, and VACUUM is not waited for.
 *
 * @param except sessions that do not count
 */
export function openTransactions(reader: Reader, table: string, except: readonly number[]): Promise<OpenTransaction[]> {
  return reader.query<OpenTransaction>(
    `SELECT DISTINCT a.pid, l.virtualtransaction AS transaction, ${COLUMNS}
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.granted AND a.datname = current_database() AND a.usesysid IS NOT NULL AND a.pid <> ALL ($2)
       AND (l.relation = to_regclass($1) OR l.locktype = 'virtualxid' AND a.backend_xmin IS NOT NULL
            AND NOT EXISTS (SELECT FROM pg_stat_progress_vacuum p WHERE p.pid = a.pid))`,
    [table, except],
  );
}
