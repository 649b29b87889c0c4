import pg from "pg";

/**
 * Why the database could not be used: no connection to be had or kept, every connection of the pool busy, too slow, or
 * a writer that takes no writes.
 */
export type UnavailableReason = "connection" | "exhausted" | "timeout" | "read-only";

/**
 * The database could not be used: no connection in time, pool exhausted, server gone, read-only after a failover, timed
 * out. The same may succeed a moment later, so callers answer 503 with Retry-After. Whether a write that was under way
 * has happened is not known.
 */
export class DatabaseUnavailable extends Error {
  readonly reason: UnavailableReason;

  constructor(reason: UnavailableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseUnavailable";
    this.reason = reason;
  }
}

/** SQLSTATEs that tell of the server's condition, not of the statement (PostgreSQL, Appendix A). */
const REASONS: Readonly<Record<string, UnavailableReason>> = {
  "57P01": "connection", // admin_shutdown
  "57P02": "connection", // crash_shutdown
  "57P03": "connection", // cannot_connect_now
  "57P05": "connection", // idle_session_timeout
  "25P03": "connection", // idle_in_transaction_session_timeout: ends the session
  "53300": "connection", // too_many_connections
  "57014": "timeout", // query_canceled: the server's own statement_timeout
  "25006": "read-only", // read_only_sql_transaction: the writer became a standby
};

/** Class 08, connection exceptions. */
const CONNECTION_CLASS = "08";

/** What a statement's error says of the database; undefined when it speaks of the statement. */
export function unavailable(error: unknown): DatabaseUnavailable | undefined {
  if (error instanceof DatabaseUnavailable) return error;
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return undefined;
  // FATAL ends the session, whatever for; proxies have codes of their own.
  const ended = error.severity === "FATAL" || error.code.startsWith(CONNECTION_CLASS);
  const reason = REASONS[error.code] ?? (ended ? "connection" : undefined);
  return reason && new DatabaseUnavailable(reason, error.message, { cause: error });
}

/**
 * Whether a prepared statement's columns have changed since it was prepared, as a migration may do: it fails on its
 * connection from then on, and works on a new one.
 */
export function isStalePlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "0A000" && error.routine === "RevalidateCachedQuery";
}
