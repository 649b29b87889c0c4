import { createHash } from "node:crypto";
import { createClient } from "@redis/client";
import pg from "pg";
import { pino } from "pino";
import { localEnvironment } from "../../local/environment.ts";
import { type Redis, startRedis } from "../../local/redis.ts";
import { type ApiKeyOptions, createApiKey, parseApiKey } from "../../src/auth/keys.ts";
import { createSessions, type Identity, type Sessions } from "../../src/auth/sessions.ts";
import type { Cache } from "../../src/cache/cache.ts";
import { createRateLimiter, type RateLimiter } from "../../src/cache/rate-limiter.ts";
import { type ServerConfig, serverConfig } from "../../src/config.ts";
import type { Database, Executor, Statement } from "../../src/database/database.ts";
import { DATABASE_NAME, openDatabase, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { openCache } from "../support/service.ts";
import { until } from "../support/until.ts";

/** What one process of the service has; several share the servers. */
export interface Process {
  readonly config: ServerConfig;
  readonly database: Database;
  readonly cache: Cache;
  readonly limiter: RateLimiter;
  readonly sessions: Sessions;
  /** Names of the statements that the process ran, in order. */
  readonly statements: string[];
  /** Lines of its log. */
  readonly lines: string[];
}

/** An open session, and the key that it was opened with. */
export interface Opened {
  readonly key: string;
  readonly token: string;
  readonly identity: Identity;
}

/** A PostgreSQL and a Redis of the test's own. */
export interface Servers {
  readonly postgres: TestDatabase;
  readonly redis: Redis;
  /** The database's owner. */
  readonly owner: pg.Pool;
  /** The same. */
  readonly executor: Executor;
  /** Another process; it ends with the servers. */
  start(): Promise<Process>;
  createKey(options?: Partial<ApiKeyOptions>): Promise<string>;
  /** A session of a key of its own, opened by a process. */
  open(process: Process, options?: Partial<ApiKeyOptions>): Promise<Opened>;
  /** A column of the session's row. */
  column<T>(name: string, identity: Identity): Promise<T>;
  /** A command that somebody else sends to the cache. */
  command(...args: string[]): Promise<unknown>;
  /** Every key of the cache with its value. */
  dumpCache(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts both. */
export async function startServers(): Promise<Servers> {
  const [postgres, redis] = await Promise.all([startTestDatabase(), startRedis()]);
  const { server } = postgres;
  const { username: user, password } = server.owner;
  const owner = new pg.Pool({ host: server.host, port: server.port, database: DATABASE_NAME, user, password });
  // The server is stopped under it.
  owner.on("error", () => undefined);
  const executor: Executor = { query: async ({ text }, values = []) => (await owner.query(text, [...values])).rows };
  const admin = createClient({ socket: { port: redis.port, reconnectStrategy: 20 } });
  admin.on("error", () => undefined);
  await admin.connect();
  const command = (...args: string[]) => admin.sendCommand<unknown>(args);
  const createKey: Servers["createKey"] = (options) =>
    createApiKey(executor, { user: "ana", scopes: ["read", "write"], ...options });
  const started: (() => Promise<void>)[] = [];
  const env = localEnvironment({
    databasePort: server.port,
    databaseSecret: postgres.secretUrl,
    cachePort: redis.port,
  });
  const config = serverConfig(env);

  return {
    postgres,
    redis,
    owner,
    executor,
    async start() {
      const lines: string[] = [];
      const logger = pino({ level: "trace" }, { write: (line) => lines.push(line) });
      const statements: string[] = [];
      const database = counted(openDatabase(server), statements);
      const { redis: connection, cache } = openCache(config, logger);
      const limiter = createRateLimiter({ redis: connection, logger });
      const sessions = createSessions({ database, cache, logger, config });
      started.push(async () => {
        await sessions.stop();
        await Promise.all([database.close(), cache.close()]);
      });
      await until(() => connection.isReady());
      return { config, database, cache, limiter, sessions, statements, lines };
    },
    createKey,
    async open(process, options) {
      const key = await createKey(options);
      return { key, ...(await process.sessions.open(key)) };
    },
    column: async (name, { sessionId }) =>
      (await owner.query(`SELECT ${name} AS value FROM user_sessions WHERE id = $1`, [sessionId])).rows[0].value,
    command,
    async dumpCache() {
      const keys = (await command("KEYS", "*")) as string[];
      const values = await Promise.all(keys.map((key) => command("GET", key)));
      return keys.map((key, index) => `${key} ${values[index]}`).join("\n");
    },
    async stop() {
      await Promise.all(started.map((stop) => stop()));
      admin.destroy();
      await owner.end();
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

/** A database that notes which statements it is asked to run. */
function counted(database: Database, statements: string[]): Database {
  return {
    ...database,
    read: (statement: Statement, ...rest) => {
      statements.push(statement.name);
      return database.read(statement, ...rest);
    },
    write: (statement: Statement, ...rest) => {
      statements.push(statement.name);
      return database.write(statement, ...rest);
    },
  };
}

/** Names of the statements that a process runs during the work. */
export async function statementsOf(process: Process, work: () => unknown): Promise<string[]> {
  const first = process.statements.length;
  await work();
  return process.statements.slice(first);
}

/** The key under which the cache holds a token's session. */
export const hashOf = (token: string) => createHash("sha256").update(token).digest("base64url");

/** The part of an API key that is no secret. */
export const prefixOf = (key: string) => parseApiKey(key)?.prefix ?? "";
