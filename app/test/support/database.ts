import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { localEnvironment } from "../../local/environment.ts";
import { connect, type Postgres, startPostgres } from "../../local/postgres.ts";
import { serverConfig } from "../../src/config.ts";
import { createDatabase, type Database, type DatabaseOptions } from "../../src/database/database.ts";
import { migrate } from "../../src/database/migration.ts";
import type { Logger } from "../../src/database/session.ts";
import { type Credential, credentialReader } from "../../src/secrets.ts";
import { memoryLogger } from "./logger.ts";

/** The role that the service logs in as. */
export const APP: Credential = { username: "pynomaly_app", password: "app-secret" };

/** The name that {@link localEnvironment} has. */
export const DATABASE_NAME = "pynomaly";

/** A server of the test's own with the service's schema in it, and no rows. */
export interface TestDatabase {
  readonly server: Postgres;
  readonly database: Database;
  /** `file:` URL of the app role's credential. */
  readonly secretUrl: string;
  /** Ends pools and server. */
  stop(): Promise<void>;
}

/** Starts a server and brings its schema up to date: about a second. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const server = await startPostgres();
  try {
    await migrateDatabase(server);
  } catch (error) {
    // Left running, it would keep the test's process.
    await server.stop();
    throw error;
  }
  const secretUrl = await writeSecret(server, APP);
  const database = openDatabase(server);
  return {
    server,
    database,
    secretUrl,
    async stop() {
      await database.close();
      await server.stop();
    },
  };
}

/** Makes the database on a server, with the service's schema in it. */
export async function migrateDatabase(server: Postgres): Promise<void> {
  const owner = await connect(server.port, server.owner);
  await owner.query(`CREATE DATABASE ${DATABASE_NAME}`);
  await owner.end();
  const target = { host: server.host, port: server.port, database: DATABASE_NAME };
  await migrate({ target, owner: server.owner, log: () => undefined }, { app: APP, models: [] });
}

/**
 * The service's view of a server that {@link startTestDatabase} started.
 *
 * @param differences from the configuration of this machine
 */
export function openDatabase(
  server: Postgres,
  differences: Partial<DatabaseOptions["config"]> = {},
  logger: Logger = memoryLogger(),
): Database {
  const servers = { databasePort: server.port, databaseSecret: secretOf(server, APP), cachePort: server.port };
  const config = { ...serverConfig(localEnvironment(servers)), ...differences };
  return createDatabase({ config, readCredential: credentialReader(config.AWS_REGION), logger });
}

/** Where a role's credential lies: in the server's own folder, which goes with it. */
export const secretOf = (server: Postgres, { username }: Credential): string =>
  pathToFileURL(join(dirname(server.certificate), `${username}.json`)).href;

/** Puts a credential where {@link secretOf} says; the answer is that `file:` URL. */
export async function writeSecret(server: Postgres, credential: Credential): Promise<string> {
  const url = secretOf(server, credential);
  await writeFile(new URL(url), JSON.stringify(credential));
  return url;
}
