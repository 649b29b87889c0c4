import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type pg from "pg";
import { type Stack, type StackOptions, startStack } from "../../local/stack.ts";
import type { Cache } from "../../src/cache/cache.ts";
import { serverConfig } from "../../src/config.ts";
import type { Database } from "../../src/database/database.ts";
import type { App } from "../../src/http/services.ts";
import { openBoth } from "./service.ts";
import { until } from "./until.ts";

/** The service's own database and cache, on servers of the tests' own. */
export interface Backend {
  readonly stack: Stack;
  readonly database: Database;
  readonly cache: Cache;
  /** The database's owner. */
  readonly owner: pg.Client;
  /** Statements that the service runs during the work, transactions' own among them. */
  statements(work: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

/** The parameter of the stack's parameter group that decides between plans. Guide, PostgreSQL configuration. */
const PLANNING = { random_page_cost: "1.1" };

/** Starts the servers, and what the service reaches them by. */
export async function startBackend(options: StackOptions = {}): Promise<Backend> {
  const stack = await startStack({ ...options, postgresParameters: { ...PLANNING, ...options.postgresParameters } });
  const { database, cache } = openBoth(serverConfig(stack.environment));
  const owner = await stack.connect();
  return {
    stack,
    database,
    cache,
    owner,
    async statements(work) {
      await owner.query("SELECT pg_stat_statements_reset()");
      await work();
      const { rows } = await owner.query<{ query: string; calls: number }>(
        `SELECT query, calls::integer FROM pg_stat_statements WHERE userid = to_regrole($1) ORDER BY query`,
        [stack.app.username],
      );
      return rows.flatMap(({ query, calls }) => Array.from({ length: calls }, () => query));
    },
    async stop() {
      await Promise.all([owner.end(), database.close(), cache.close()]);
      await stack.stop();
    },
  };
}

/**
 * An answer of the app. While other work delays the machine the app turns requests away, which is not what is tested:
 * they are sent again.
 */
export async function ask(app: App, options: InjectOptions): Promise<LightMyRequestResponse> {
  const request = { ...options, headers: { authorization: "Bearer token", ...options.headers } };
  return until(async () => {
    const response = await app.inject(request);
    return !response.body.includes("The service has too much to do.") && response;
  });
}
