import pg from "pg";
import type { Credential } from "../secrets.ts";
import { MIGRATION_APPLICATION, takeTurn } from "./migrations/lock.ts";
import { migrateDown, migrateUp, type SchemaRun } from "./migrations/runner.ts";
import { ensureRole, grantMaintenance, grantReading, grantRows, type Target } from "./roles.ts";
import { type ModelManifest, registerModels } from "./shipped-models.ts";

/** Half the time that the migration's Job has: the other half is its own work's. */
const TURN_LIMIT_MS = 300_000;

/**
 * A migration takes as long as it takes, so the server's limit for statements is lifted; a statement whose client is gone
 * ends, and an index that it made is left invalid for the next run to mend.
 */
const SESSION = "SET statement_timeout = 0; SET client_connection_check_interval = '5s'";

/** A database to bring up to date. */
export interface MigrationOptions extends SchemaRun {
  /** The instance itself: a proxy keeps neither a session's lock nor its settings. */
  readonly target: Target;
  /** The role that owns the schema. */
  readonly owner: Credential;
}

/** What the service needs beside the schema. */
export interface ServiceNeeds {
  /** The role that the API logs in as. */
  readonly app: Credential;
  readonly models: readonly ModelManifest[];
  /** The role that looks into the database. None: it is not made. */
  readonly readonly?: Credential | undefined;
  /** The role that maintains the database. None: it is not made. */
  readonly maintenance?: Credential | undefined;
}

/**
 * Makes what the API needs: the roles that it and its operators log in as, the schema, each role's rights and no more,
 * and the rows of the models that it ships. Running it again changes nothing; runs at the same time take turns.
 */
export async function migrate(options: MigrationOptions, needs: ServiceNeeds): Promise<void> {
  const { app, readonly, maintenance, models } = needs;
  await asOwner(options, async (client) => {
    for (const login of [app, readonly, maintenance]) if (login) await ensureRole(client, options.target, login);
    await migrateUp(client, options);
    await grantRows(client, app.username);
    if (readonly) await grantReading(client, readonly.username);
    if (maintenance) await grantMaintenance(client, maintenance.username);
    await registerModels(client, models);
  });
}

/**
 * Takes the schema back to a version, with the rows of what is dropped.
 *
 * @param version the one to end at; 0 for an empty schema
 */
export async function revert(options: MigrationOptions, version: number): Promise<void> {
  await asOwner(options, (client) => migrateDown(client, version, options));
}

async function asOwner({ target, owner }: MigrationOptions, action: (client: pg.Client) => Promise<void>) {
  const client = new pg.Client({
    ...target,
    user: owner.username,
    password: owner.password,
    application_name: MIGRATION_APPLICATION,
    keepAlive: true,
  });
  // The statement that runs is rejected with it, too; unheard, it would end the process with another message.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query(SESSION);
    await takeTurn(client, TURN_LIMIT_MS);
    await action(client);
  } finally {
    // Ends the session, and the lock with it.
    await client.end();
  }
}
