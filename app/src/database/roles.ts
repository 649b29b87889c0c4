import pg from "pg";
import type { Credential } from "../secrets.ts";
import { scramVerifier } from "./scram.ts";

/** Where the database is, and how to reach it. */
export type Target = Pick<pg.ClientConfig, "host" | "port" | "database" | "ssl">;

/** PostgreSQL's code for a wrong password. */
const INVALID_PASSWORD = "28P01";

/**
 * Makes a role that somebody logs in as. The password is set only where the secret's does not open the role: halfway
 * through a rotation the database already has the next one, which setting the current one would undo.
 */
export async function ensureRole(client: pg.Client, target: Target, login: Credential): Promise<void> {
  const role = pg.escapeIdentifier(login.username);
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [login.username]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
  else if (await opens(target, login)) return;
  await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(login.password))}`);
}

async function opens(target: Target, { username, password }: Credential): Promise<boolean> {
  const client = new pg.Client({ ...target, user: username, password });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === INVALID_PASSWORD) return false;
    throw error;
  } finally {
    await client.end();
  }
}

/** Hashes, which nobody compares with but the service: columns, by their table. */
const HASHES: Readonly<Record<string, string>> = { api_keys: "secret_hash", user_sessions: "token_hash" };

/**
 * Lets the role read and write rows and no more, on the tables that exist and on those that the owner makes later. The
 * schema's history it only reads.
 */
export async function grantRows(client: pg.Client, username: string): Promise<void> {
  const role = pg.escapeIdentifier(username);
  await grant(client, role, [
    ...onRelations("SELECT, INSERT, UPDATE, DELETE", role),
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ${role}`,
    `REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM ${role}`,
  ]);
}

/** Lets the role read every row, but for hashes of keys and tokens, and the server's statistics and settings. */
export async function grantReading(client: pg.Client, username: string): Promise<void> {
  const role = pg.escapeIdentifier(username);
  await grant(client, role, [
    `GRANT pg_monitor TO ${role}`,
    ...onRelations("SELECT", role),
    ...(await withoutHashes(client, role)),
  ]);
}

/**
 * Lets the role VACUUM, ANALYZE, REINDEX and REFRESH what the owner made and makes later, call the functions of
 * maintenance, and see what {@link grantReading} shows: PostgreSQL tells the columns' statistics, from which bloat is
 * estimated, to those alone who may read the columns.
 *
 * MAINTAIN on each table is less than membership in pg_maintain, which reaches all owners' tables; and only who was
 * given that role with ADMIN OPTION could grant it, which RDS' documentation does not say of its master user.
 *
 * There is no such right to make an index, which is the table's owner's alone. A member of the owner could do all else
 * too, and a SECURITY DEFINER function is in a transaction, where CONCURRENTLY cannot run. So the migration makes indexes,
 * again if they were lost, and maintenance tells which are missing.
 */
export async function grantMaintenance(client: pg.Client, username: string): Promise<void> {
  const role = pg.escapeIdentifier(username);
  await grantReading(client, username);
  await grant(client, role, [
    ...onRelations("MAINTAIN", role),
    `GRANT EXECUTE ON FUNCTION delete_expired, count_anomaly_days, drop_invalid_indexes, reset_statement_statistics TO ${role}`,
  ]);
}

/** Rights on tables and views that exist and that the owner makes later. */
function onRelations(rights: string, role: string): string[] {
  return [
    `GRANT ${rights} ON ALL TABLES IN SCHEMA public TO ${role}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ${rights} ON TABLES TO ${role}`,
  ];
}

/** Takes back the right to read whole tables that have hashes, and gives it for their other columns. */
async function withoutHashes(client: pg.Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ table: string; columns: string }>(
    `SELECT attrelid::regclass AS table, string_agg(quote_ident(attname), ', ') AS columns
     FROM pg_attribute JOIN jsonb_each_text($1) AS hash (relation, attribute) ON attrelid = to_regclass(relation)
     WHERE attnum > 0 AND NOT attisdropped AND attname <> attribute GROUP BY attrelid`,
    [HASHES],
  );
  return rows.flatMap(({ table, columns }) => [
    `REVOKE SELECT ON ${table} FROM ${role}`,
    `GRANT SELECT (${columns}) ON ${table} TO ${role}`,
  ]);
}

/** What every role needs, and some rights beside: all of them at once, so that no session sees a part. */
async function grant(client: pg.Client, role: string, rights: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>("SELECT current_database() AS name");
  const database = pg.escapeIdentifier(rows[0]?.name ?? "");
  const statements = [
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    `GRANT CONNECT ON DATABASE ${database} TO ${role}`,
    `GRANT USAGE ON SCHEMA public TO ${role}`,
    ...rights,
  ];
  await client.query(["BEGIN", ...statements, "COMMIT"].join("; "));
}
