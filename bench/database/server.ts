import { connect, type Postgres, startPostgres } from "../../app/local/postgres.ts";
import { migrate } from "../../app/src/database/migration.ts";
import type { Credential } from "../../app/src/secrets.ts";

/** A session of a role. */
export type Client = Awaited<ReturnType<typeof connect>>;

/** A database of the benchmark's own, with the service's schema in it. */
export interface Server {
  readonly postgres: Postgres;
  /** The schema's owner. */
  readonly owner: Client;
  /** The role that the service logs in as. */
  readonly app: Client;
  /** Brings the schema up to date: indexes that were dropped are there again. */
  migrate(): Promise<void>;
  stop(): Promise<void>;
}

const APP: Credential = { username: "pynomaly_app", password: "app-secret" };
const DATABASE = "pynomaly";

/**
 * Guide, PostgreSQL Configuration, as far as it decides plans. Everything is in memory, as buffers are what is counted;
 * nothing runs by itself, and no page is logged whole because a checkpoint happened to come before.
 */
const PARAMETERS = {
  random_page_cost: "1.1",
  effective_cache_size: "12GB",
  work_mem: "16MB",
  maintenance_work_mem: "1GB",
  shared_buffers: "2GB",
  max_wal_size: "8GB",
  autovacuum: "off",
  full_page_writes: "off",
};

/** Starts the server and migrates. */
export async function startServer(): Promise<Server> {
  const postgres = await startPostgres(PARAMETERS);
  const clients: Client[] = [];
  const session = async (role: Credential, database = DATABASE) => {
    const client = await connect(postgres.port, role, database);
    clients.push(client);
    return client;
  };
  const stop = async () => {
    await Promise.allSettled(clients.map((client) => client.end()));
    await postgres.stop();
  };
  const target = { host: postgres.host, port: postgres.port, database: DATABASE };
  const migrated = () => migrate({ target, owner: postgres.owner, log: () => undefined }, { app: APP, models: [] });
  try {
    await (await session(postgres.owner, "postgres")).query(`CREATE DATABASE ${DATABASE}`);
    await migrated();
    return { postgres, owner: await session(postgres.owner), app: await session(APP), migrate: migrated, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The process that serves a session, whose CPU time is the session's. */
export async function backendPid(client: Client): Promise<number> {
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  return rows[0].pid;
}
