import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Migration, readMigrations, type Script } from "./files.ts";
import { concurrentIndex, splitStatements } from "./statements.ts";
import { wantedSchema } from "./wanted.ts";

/** What a run does with the schema. */
export interface SchemaRun {
  /** Takes one line for each migration, with the time it took. */
  readonly log: (line: string) => void;
  /** The service's own, unless a test brings others. */
  readonly migrations?: readonly Migration[];
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** lock_not_available: others had the table for longer than {@link LOCK_TIMEOUT_MS}. */
const LOCK_NOT_AVAILABLE = "55P03";

/** How long DDL waits for a table. While it waits, every statement that comes after it waits behind it. */
const LOCK_TIMEOUT_MS = 1000;

/** Tries to get a table, and the pause between them, in which the statements behind it get through. */
const LOCK_TRIES = 30;
const LOCK_PAUSE_MS = 1000;

/**
 * Applies what is not applied yet, in order, and makes indexes again that were lost since. Without anything to do it
 * changes nothing.
 *
 * @throws Error that names a migration which was applied and has changed since; pg.DatabaseError
 */
export async function migrateUp(client: pg.Client, run: SchemaRun): Promise<void> {
  const migrations = run.migrations ?? readMigrations();
  const applied = await history(client, migrations);
  if (applied.length > migrations.length) {
    // An older release that is rolled out again: a newer schema still has what it needs.
    run.log(`the schema is at version ${applied.length}, newer than this code's ${migrations.length}`);
    return;
  }
  for (const migration of migrations.slice(applied.length)) {
    await timed(run, `${migration.name} up`, () =>
      apply(client, run, migration.up, {
        text: "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
        values: [migration.version, migration.name, migration.checksum],
      }),
    );
  }
  await mendIndexes(client, run, migrations);
}

/**
 * Makes indexes that somebody dropped, or that are invalid. Only a table's owner may make one, as a migration does: the
 * maintenance role has no right that would do, and tells which are missing.
 */
async function mendIndexes(client: pg.Client, run: SchemaRun, migrations: readonly Migration[]): Promise<void> {
  const { indexes } = wantedSchema(migrations);
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) name LEFT JOIN pg_index ON indexrelid = to_regclass(name)
     WHERE indisvalid IS NOT TRUE`,
    [indexes.map(({ name }) => name)],
  );
  for (const { name, statement } of indexes.filter((index) => rows.some((row) => row.name === index.name))) {
    await timed(run, `${name} was lost and is made again`, () => concurrently(client, run, statement));
  }
}

/**
 * Takes back what was applied after a version, newest first.
 *
 * @param version the one to end at; 0 for an empty schema
 * @throws Error when a migration to take back is unknown to this code, or the version is none; pg.DatabaseError
 */
export async function migrateDown(client: pg.Client, version: number, run: SchemaRun): Promise<void> {
  const migrations = run.migrations ?? readMigrations();
  const applied = await history(client, migrations);
  if (!Number.isInteger(version) || version < 0 || version > applied.length) {
    throw new Error(
      `the schema is at version ${applied.length}; allowed: down to a version from 0 to ${applied.length}`,
    );
  }
  for (const { name, version: last } of applied.slice(version).reverse()) {
    const migration = migrations[last - 1];
    if (migration === undefined) throw new Error(`${name} was applied by newer code, which alone can take it back`);
    await timed(run, `${name} down`, () =>
      apply(client, run, migration.down, { text: "DELETE FROM schema_migrations WHERE version = $1", values: [last] }),
    );
  }
}

/** What was applied, oldest first, after a look that it is what the files say. */
async function history(client: pg.Client, migrations: readonly Migration[]): Promise<Applied[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY CHECK (version > 0),
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`);
  const { rows } = await client.query<Applied>(
    "SELECT version, name, checksum FROM schema_migrations ORDER BY version",
  );
  rows.forEach(({ version, name, checksum }, index) => {
    if (version !== index + 1) throw new Error(`version ${index + 1} is missing in schema_migrations`);
    const file = migrations[index];
    if (file !== undefined && (file.name !== name || file.checksum !== checksum)) {
      throw new Error(
        `${file.name}.up.sql is not what was applied as ${name}: a change of the schema is a new migration`,
      );
    }
  });
  return rows;
}

async function timed(run: SchemaRun, title: string, action: () => Promise<void>): Promise<void> {
  const started = performance.now();
  await action();
  run.log(`${title} in ${Math.round(performance.now() - started)} ms`);
}

/** Runs a script and notes that it ran: together in a transaction, or one after the other. */
async function apply(client: pg.Client, run: SchemaRun, script: Script, note: pg.QueryConfig): Promise<void> {
  if (script.transaction) {
    await withLocks(run, () => inTransaction(client, [script.sql, note]));
    return;
  }
  for (const statement of splitStatements(script.sql)) await concurrently(client, run, statement);
  await client.query(note);
}

async function inTransaction(client: pg.Client, statements: readonly (string | pg.QueryConfig)[]): Promise<void> {
  await client.query(`BEGIN; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  try {
    for (const statement of statements) await client.query(statement);
    await client.query("COMMIT");
  } catch (error) {
    // The first error is the one to tell; a connection that cannot roll back ends, and the transaction with it.
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/**
 * A statement outside a transaction. It has no limit on locks: those of CONCURRENTLY let reads and writes pass. An index
 * that a killed run finished is kept; one that it left invalid, which costs and serves nobody, is made again.
 */
async function concurrently(client: pg.Client, run: SchemaRun, statement: string): Promise<void> {
  const index = concurrentIndex(statement);
  if (index !== undefined) {
    const { rows } = await client.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [index]);
    if (rows[0]?.indisvalid === true) return;
    if (rows[0]?.indisvalid === false) {
      run.log(`${index} was left invalid: it is made again`);
      await client.query(`DROP INDEX CONCURRENTLY ${index}`);
    }
  }
  await client.query(statement);
}

async function withLocks(run: SchemaRun, action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await action();
    } catch (error) {
      const locked = error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE;
      if (!locked || attempt === LOCK_TRIES) throw error;
      run.log(`a table is in use, try ${attempt} of ${LOCK_TRIES}: ${error.message}`);
      await delay(LOCK_PAUSE_MS);
    }
  }
}
