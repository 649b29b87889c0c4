import { connect, type Postgres, startPostgres } from "../../app/local/postgres.ts";
import { migrate } from "../../app/src/database/migration.ts";
import type { Credential } from "../../app/src/secrets.ts";

/** A session of a role. */
export type Client = Awaited<ReturnType<typeof connect>>;

/** A database with the service's schema, and sessions of its roles. */
export interface Server extends Place {
  /** The schema's owner. */
  readonly owner: Client;
  /** The role that the service logs in as. */
  readonly app: Client;
  /** Brings the schema up to date: indexes that were dropped are there again. */
  migrate(): Promise<void>;
  /** Ends the sessions. */
  disconnect(): Promise<void>;
}

/** Where a database is. */
export interface Place {
  readonly postgres: Postgres;
  /** Name of the database. */
  readonly database: string;
  /** The role that the service logs in as. */
  readonly role: Credential;
}

const ROLE: Credential = { username: "pynomaly_app", password: "app-secret" };
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

/** Starts a server of one's own, makes the database and its schema, and connects. Who stops it disconnects before. */
export async function startServer(): Promise<Server> {
  const place: Place = { postgres: await startPostgres(PARAMETERS), database: DATABASE, role: ROLE };
  try {
    const client = await connect(place.postgres.port, place.postgres.owner);
    await client.query(`CREATE DATABASE ${DATABASE}`);
    await client.end();
    await migration(place)();
    return await connectTo(place);
  } catch (error) {
    await place.postgres.stop();
    throw error;
  }
}

/** Restarts a server that had other parameters, as {@link startServer} starts one. */
export async function restarted(place: Place): Promise<Server> {
  await place.postgres.restart(PARAMETERS);
  return connectTo(place);
}

/** Connects to a database that has its schema. */
export async function connectTo(place: Place): Promise<Server> {
  const { postgres, database, role } = place;
  const [owner, app] = await Promise.all(
    [postgres.owner, role].map((login) => connect(postgres.port, login, database)),
  );
  if (owner === undefined || app === undefined) throw new Error("no sessions");
  const disconnect = async () => {
    await Promise.allSettled([owner.end(), app.end()]);
  };
  return { ...place, owner, app, migrate: migration(place), disconnect };
}

const migration =
  ({ postgres, database, role }: Place) =>
  () =>
    migrate(
      { target: { host: postgres.host, port: postgres.port, database }, owner: postgres.owner, log: () => undefined },
      { app: role, models: [] },
    );

/** The process that serves a session, whose CPU time is the session's. */
export async function backendPid(client: Client): Promise<number> {
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  return rows[0].pid;
}
