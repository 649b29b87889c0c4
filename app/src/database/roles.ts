import pg from "pg";
import type { Credential } from "../secrets.ts";
import { scramVerifier } from "./scram.ts";

/** Where the database is, and how to reach it. */
export type Target = Pick<pg.ClientConfig, "host" | "port" | "database" | "ssl">;

/** PostgreSQL's code for a wrong password. */
const INVALID_PASSWORD = "28P01";

/**
 * Makes the role that the API logs in as. The password is set only where the secret's does not open the role: halfway
 * through a rotation the database already has the next one, which setting the current one would undo.
 */
export async function ensureRole(client: pg.Client, target: Target, app: Credential): Promise<void> {
  const role = pg.escapeIdentifier(app.username);
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [app.username]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} LOGIN`);
  else if (await opens(target, app)) return;
  await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(scramVerifier(app.password))}`);
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

/**
 * Lets the role read and write rows and no more, on the tables that exist and on those that the owner makes later. The
 * schema's history it only reads.
 */
export async function grantRows(client: pg.Client, username: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>("SELECT current_database() AS name");
  const database = pg.escapeIdentifier(rows[0]?.name ?? "");
  const role = pg.escapeIdentifier(username);
  const tables = "SELECT, INSERT, UPDATE, DELETE";
  const sequences = "USAGE, SELECT";
  const statements = [
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    `GRANT CONNECT ON DATABASE ${database} TO ${role}`,
    `GRANT USAGE ON SCHEMA public TO ${role}`,
    `GRANT ${tables} ON ALL TABLES IN SCHEMA public TO ${role}`,
    `GRANT ${sequences} ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ${tables} ON TABLES TO ${role}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ${sequences} ON SEQUENCES TO ${role}`,
    `REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM ${role}`,
  ];
  await client.query(["BEGIN", ...statements, "COMMIT"].join("; "));
}
