import pg from "pg";
import type { Credential } from "../secrets.ts";
import type { Server } from "./cancel.ts";
import { clientClass, type LoggedInClient } from "./client.ts";
import { type Logger, type Query, Session } from "./session.ts";
import { DatabaseUnavailable } from "./unavailable.ts";

/** How long a caller waits for a connection, whether it has to be opened or others have them all. */
const CONNECTION_TIMEOUT_MS = 5000;

/** `max_queries=50000`: guide, Query Performance Optimization. What a backend's caches grow to ends with it. */
const MAX_USES = 50_000;

/** `min_size=10`: guide, Query Performance Optimization. */
const WARM_CONNECTIONS = 10;

/** Idle time after which the machine asks whether the other side is there: before NAT and load balancers forget it. */
const KEEP_ALIVE_DELAY_MS = 60_000;

/** pg-pool's words when the connections in use did not come back in time. */
const EXHAUSTED = "timeout exceeded when trying to connect";

/** Where a pool's connections go, and how many there may be. */
export interface PoolOptions {
  /** Under which it is logged and counted. */
  readonly name: string;
  readonly server: Server;
  readonly database: string;
  readonly max: number;
  readonly idleSeconds: number;
  readonly statementTimeoutSeconds: number;
  readonly readCredential: () => Promise<Credential>;
  readonly logger: Logger;
}

/** A pool's connections at this moment. */
export interface Occupancy {
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
}

/** Connections to one server. */
export interface Pool {
  readonly name: string;
  /**
   * Lends a connection to the work.
   *
   * @throws DatabaseUnavailable when there is none in time; what the work rejects with
   */
  use<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Opens min(10, max) connections at once, so that the first requests find them open, and runs a statement on each: before
   * its first one a server process has to read what the catalogues say of the tables.
   */
  warm(first?: Query): Promise<void>;
  occupancy(): Occupancy;
  /** Takes no more work, and ends when the connections in use are back. */
  close(): Promise<void>;
}

/** Makes a pool; it opens its first connection when it is used or warmed. */
export function createPool(options: PoolOptions): Pool {
  const { name, server, max, logger } = options;
  const pool = new pg.Pool({
    Client: clientClass(options.readCredential),
    host: server.host,
    port: server.port,
    database: options.database,
    ssl: server.tls,
    application_name: "pynomaly-api",
    max,
    maxUses: MAX_USES,
    idleTimeoutMillis: options.idleSeconds * 1000,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  });
  // The pool replaces an idle connection that breaks; whether the server is gone shows at the next statement.
  pool.on("error", (error) => logger.debug({ pool: name, reason: error.message }, "idle database connection lost"));

  /** Connections that may be used: those opened since the last failover. */
  let opened = new WeakSet<pg.PoolClient>();
  pool.on("connect", (client) => opened.add(client));

  let user: Promise<string> | undefined;
  /** The role's name, which a pool has before its first connection: rotation changes the password alone. */
  const knowUser = async () => {
    user ??= options.readCredential().then(({ username }) => username);
    try {
      pool.options.user = await user;
    } catch (error) {
      user = undefined;
      throw error;
    }
  };

  const acquire = async (): Promise<LoggedInClient> => {
    try {
      if (pool.options.user === undefined) await knowUser();
      for (;;) {
        const client = await pool.connect();
        if (opened.has(client)) return client as LoggedInClient;
        client.release(true);
      }
    } catch (cause) {
      const { message } = cause as Error;
      throw message === EXHAUSTED
        ? new DatabaseUnavailable("exhausted", `all ${max} connections of ${name} are in use`, { cause })
        : new DatabaseUnavailable("connection", `no connection to ${name}: ${message}`, { cause });
    }
  };

  const use: Pool["use"] = async (work) => {
    const client = await acquire();
    const session = new Session(client, options);
    try {
      return await work(session);
    } finally {
      // After a failover every connection still leads to the old writer.
      if (session.readOnly) opened = new WeakSet();
      client.release(session.broken);
    }
  };

  return {
    name,
    use,
    async warm(first) {
      let refused: Error | undefined;
      const run = async (session: Session) => {
        if (first !== undefined) await session.query(first).catch((error) => (refused = error));
      };
      const runs = await Promise.allSettled(Array.from({ length: Math.min(WARM_CONNECTIONS, max) }, () => use(run)));
      const failed = runs.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      if (refused !== undefined) logger.warn({ pool: name, reason: refused.message }, "connections are not warm");
    },
    occupancy: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, max }),
    close: () => pool.end(),
  };
}
