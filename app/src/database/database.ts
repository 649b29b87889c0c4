import type { ServerConfig } from "../config.ts";
import type { ReadCredential } from "../secrets.ts";
import { schemaVersion } from "./migrations/files.ts";
import { createPool, type Occupancy, type Pool } from "./pool.ts";
import { isReplicasFault, Replica, Replicas } from "./replica.ts";
import type { Logger, Query } from "./session.ts";
import type { Executor, Statement } from "./statement.ts";
import { inTransaction, type Transaction } from "./transaction.ts";
import { parsedTypes, textTypes } from "./types.ts";
import { DatabaseUnavailable } from "./unavailable.ts";
import { Writer } from "./writer.ts";

export type { Executor, Statement } from "./statement.ts";
export type { Transaction } from "./transaction.ts";
export { DatabaseUnavailable } from "./unavailable.ts";

/** How a read is to be done. */
export interface Reading {
  /** From the writer: the reader's own write may not have arrived at the replicas. */
  readonly fresh?: boolean;
}

/** The connections to one server. */
export interface PoolStats extends Occupancy {
  /** `writer`, `reader-0`, … */
  readonly name: string;
  /** A replica is read from; the writer's last statement reached it. */
  readonly healthy: boolean;
}

/**
 * Writer and replicas. Each method rejects with {@link DatabaseUnavailable} when the database cannot be used, and with
 * pg.DatabaseError when the statement itself is at fault.
 */
export interface Database {
  /** Rows as objects, as {@link Executor.query} has them. From the replicas in turns; a read that loses its replica is done once more elsewhere. */
  read<Row>(statement: Statement, values?: readonly unknown[], reading?: Reading): Promise<Row[]>;
  /** Rows as arrays of PostgreSQL's own text, null where NULL: what is only passed on is not parsed. */
  readText(statement: Statement, values?: readonly unknown[], reading?: Reading): Promise<(string | null)[][]>;
  /** One statement on the writer. */
  write<Row>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** A transaction on the writer; rolled back when the work rejects. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Opens the connections that the first requests need, and runs the statement on each of them. Rejects when the writer cannot
   * be reached.
   */
  warm(first?: Statement, values?: readonly unknown[]): Promise<void>;
  /** Rejects unless the writer answers within 2 s and its schema is the one this code needs, or a newer one. */
  check(): Promise<void>;
  stats(): readonly PoolStats[];
  /** Ends the connections when they are back from those who use them. */
  close(): Promise<void>;
}

/** What a database is made from. */
export interface DatabaseOptions {
  readonly config: Pick<
    ServerConfig,
    | "DATABASE_NAME"
    | "DATABASE_PORT"
    | "DATABASE_SECRET_ARN"
    | "DATABASE_TLS"
    | "DATABASE_WRITER_HOST"
    | "DATABASE_READER_HOSTS"
    | "DATABASE_WRITER_POOL_MAX"
    | "DATABASE_READER_POOL_MAX"
    | "DATABASE_POOL_IDLE_SECONDS"
    | "STATEMENT_TIMEOUT_SECONDS"
  >;
  readonly readCredential: ReadCredential;
  readonly logger: Logger;
}

/** Below the readiness probe's own time-out of 3 s. */
const CHECK_TIMEOUT_SECONDS = 2;

const SCHEMA_VERSION: Query = {
  text: "SELECT coalesce(max(version), 0) AS version FROM schema_migrations",
  types: parsedTypes,
};

/** Makes the pools; they connect when they are used or warmed. A replica is looked at from the start. */
export function createDatabase({ config, readCredential, logger }: DatabaseOptions): Database {
  const pool = (name: string, host: string, max: number): Pool =>
    createPool({
      name,
      server: { host, port: config.DATABASE_PORT, tls: config.DATABASE_TLS === "on" },
      database: config.DATABASE_NAME,
      max,
      idleSeconds: config.DATABASE_POOL_IDLE_SECONDS,
      statementTimeoutSeconds: config.STATEMENT_TIMEOUT_SECONDS,
      readCredential: () => readCredential(config.DATABASE_SECRET_ARN),
      logger,
    });
  const writer = new Writer(pool("writer", config.DATABASE_WRITER_HOST, config.DATABASE_WRITER_POOL_MAX), logger);
  const replicas = new Replicas(
    config.DATABASE_READER_HOSTS.map(
      (host, index) => new Replica(pool(`reader-${index}`, host, config.DATABASE_READER_POOL_MAX), writer, logger),
    ),
  );
  const parts = [writer, ...replicas.all];

  const read = async (statement: Statement, query: Query, reading?: Reading): Promise<unknown[]> => {
    const onWriter = async () => (await writer.use((session) => session.query(query))).rows;
    const replica = reading?.fresh ? undefined : replicas.next();
    if (replica === undefined) return onWriter();
    const onReplica = statement.unprepared ? query : { ...query, name: statement.name };
    try {
      return (await replica.query(onReplica)).rows;
    } catch (error) {
      if (!isReplicasFault(error)) throw error;
      const other = replicas.next(replica);
      return other === undefined ? onWriter() : (await other.query(onReplica)).rows;
    }
  };

  return {
    async read<Row>(statement: Statement, values?: readonly unknown[], reading?: Reading) {
      return (await read(statement, { text: statement.text, values, types: parsedTypes }, reading)) as Row[];
    },
    async readText(statement, values, reading) {
      const query: Query = { text: statement.text, values, types: textTypes, rowMode: "array" };
      return (await read(statement, query, reading)) as (string | null)[][];
    },
    async write<Row>({ text }: Statement, values?: readonly unknown[]) {
      const query = { text, values, types: parsedTypes };
      return (await writer.use((session) => session.query(query))).rows as Row[];
    },
    transaction: (work) => writer.use((session) => inTransaction(session, work)),
    async warm(first, values) {
      const query = first && { text: first.text, values, types: textTypes };
      const [onWriter] = await Promise.allSettled(parts.map((part) => part.warm(query)));
      if (onWriter?.status === "rejected") throw onWriter.reason;
    },
    async check() {
      const answer = writer.use((session) => session.query(SCHEMA_VERSION, CHECK_TIMEOUT_SECONDS));
      const { version } = (await inTime(answer)).rows[0];
      // A newer schema still has what this code needs: migrations expand first and contract a release later.
      if (version < schemaVersion) throw new Error(`the schema is at version ${version}; needed: ${schemaVersion}`);
    },
    stats: () => parts.map(({ pool, healthy }) => ({ name: pool.name, ...pool.occupancy(), healthy })),
    async close() {
      await Promise.all(parts.map((part) => part.close()));
    },
  };
}

/** The wait for a connection and the statement together. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new DatabaseUnavailable("timeout", `no answer from writer in ${CHECK_TIMEOUT_SECONDS} s`)),
      CHECK_TIMEOUT_SECONDS * 1000,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
