import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type pg from "pg";
import type { Credential } from "../src/secrets.ts";
import { localEnvironment } from "./environment.ts";
import { connect, type Postgres, startPostgres } from "./postgres.ts";
import { type Redis, startRedis } from "./redis.ts";

/** What the service needs, on this machine: a migrated database and a cache. */
export interface Stack {
  readonly postgres: Postgres;
  /** Name of the service's database in there. */
  readonly database: string;
  readonly redis: Redis;
  /** The role that the service logs in as. */
  readonly app: Credential;
  /** The service's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A client of the service's database as its owner; the caller ends it. */
  connect(): Promise<pg.Client>;
  /** Ends both servers and deletes their files. */
  stop(): Promise<void>;
}

/** What a stack has beside what it needs to run. */
export interface StackOptions {
  readonly postgresParameters?: Readonly<Record<string, string>>;
  readonly redisArguments?: readonly string[];
}

const DATABASE = "pynomaly";

/** Starts a PostgreSQL and a Redis of one's own, writes the credentials to files of a folder, and runs the migrations. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-stack-"));
  const servers: { stop(): Promise<void> }[] = [];
  const kept = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  };

  const starting = [
    kept(startPostgres({ shared_preload_libraries: "pg_stat_statements", ...options.postgresParameters })),
    kept(startRedis(options.redisArguments)),
  ] as const;
  try {
    const [postgres, redis] = await Promise.all(starting);
    const app: Credential = { username: "pynomaly_app", password: randomBytes(24).toString("base64url") };
    const secrets = { app: secretFile(folder, "app", app), owner: secretFile(folder, "owner", postgres.owner) };
    const environment = {
      ...localEnvironment({ databasePort: postgres.port, databaseSecret: secrets.app, cachePort: redis.port }),
      DATABASE_NAME: DATABASE,
    };
    await createDatabase(postgres);
    await runMigrations({
      ...environment,
      DATABASE_INSTANCE_HOST: "127.0.0.1",
      DATABASE_OWNER_SECRET_ARN: secrets.owner,
    });
    return {
      postgres,
      database: DATABASE,
      redis,
      app,
      environment,
      connect: () => connect(postgres.port, postgres.owner, DATABASE),
      stop,
    };
  } catch (error) {
    await Promise.allSettled(starting);
    await stop();
    throw error;
  }
}

/** Writes a credential to a file that only this user reads. */
function secretFile(folder: string, name: string, credential: Credential): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(credential), { mode: 0o600 });
  return pathToFileURL(file).href;
}

async function createDatabase({ port, owner }: Postgres): Promise<void> {
  const client = await connect(port, owner);
  try {
    await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** The migration Job's program, as it runs in the cluster. */
async function runMigrations(env: Readonly<Record<string, string>>): Promise<void> {
  const program = fileURLToPath(new URL("../src/migrate.ts", import.meta.url));
  await promisify(execFile)(process.execPath, [program], { env });
}
