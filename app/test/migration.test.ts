import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { migrate } from "../src/migration.ts";
import type { Credential } from "../src/secrets.ts";
import { connect, type Postgres, startPostgres } from "./support/postgres.ts";

const app: Credential = { username: "pynomaly_app", password: "app-secret" };

describe("migrate, on a real server", () => {
  let server: Postgres;
  const target = () => ({ host: "127.0.0.1", port: server.port, database: "postgres" });
  const run = (role = app) => migrate(target(), server.owner, role);
  const as = async <T>(role: Credential, action: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await connect(server.port, role);
    try {
      return await action(client);
    } finally {
      await client.end();
    }
  };
  const refused = (code: string) => (error: unknown) => error instanceof pg.DatabaseError && error.code === code;
  const PERMISSION_DENIED = "42501";

  before(async () => {
    server = await startPostgres();
    await as(server.owner, (client) => client.query("CREATE TABLE older (id serial PRIMARY KEY)"));
    await run();
  });
  after(() => server?.stop());

  it("lets the role log in with its secret's password, stored as SCRAM-SHA-256", async () => {
    await as(app, (client) => client.query("SELECT 1"));
    const { rows } = await as(server.owner, (client) =>
      client.query("SELECT rolpassword FROM pg_authid WHERE rolname = $1", [app.username]),
    );
    assert.match(rows[0].rolpassword, /^SCRAM-SHA-256\$4096:/);
  });

  it("installs the statistics of statements", async () => {
    const { rowCount } = await as(server.owner, (client) =>
      client.query("SELECT 1 FROM pg_extension WHERE extname = 'pg_stat_statements'"),
    );
    assert.equal(rowCount, 1);
  });

  it("lets it read and write rows of tables made before and after", async () => {
    await as(server.owner, (client) => client.query("CREATE TABLE newer (id serial PRIMARY KEY)"));
    for (const table of ["older", "newer"]) {
      await as(app, async (client) => {
        await client.query(`INSERT INTO ${table} DEFAULT VALUES`);
        await client.query(`UPDATE ${table} SET id = id + 100`);
        assert.equal((await client.query(`SELECT count(*)::int AS n FROM ${table}`)).rows[0].n, 1);
        await client.query(`DELETE FROM ${table}`);
      });
    }
  });

  for (const statement of [
    "CREATE TABLE mine (id int)",
    "ALTER TABLE older ADD COLUMN x int",
    "DROP TABLE older",
    "TRUNCATE older",
    "CREATE ROLE other",
  ]) {
    it(`refuses it: ${statement}`, async () => {
      await assert.rejects(
        as(app, (client) => client.query(statement)),
        refused(PERMISSION_DENIED),
      );
    });
  }

  it("changes nothing when run again", async () => {
    const stored = () =>
      as(server.owner, async (client) => {
        const { rows } = await client.query("SELECT rolname, rolpassword FROM pg_authid ORDER BY rolname");
        const { rows: rights } = await client.query(
          "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname",
        );
        return { rows, rights };
      });
    const first = await stored();
    await run();
    assert.deepEqual(await stored(), first);
  });

  it("takes turns: many at once succeed", async () => {
    const role = { username: "pynomaly_race", password: "race-secret" };
    await Promise.all(Array.from({ length: 5 }, () => run(role)));
    await as(role, (client) => client.query("SELECT 1"));
  });

  it("gives the role the secret's password when it had another", async () => {
    const changed = { ...app, password: "another-secret" };
    await run(changed);
    await as(changed, (client) => client.query("SELECT 1"));
    await assert.rejects(
      as(app, (client) => client.query("SELECT 1")),
      refused("28P01"),
    );
    await run(app);
  });

  it("fails when the owner's password is wrong", async () => {
    await assert.rejects(migrate(target(), { ...server.owner, password: "wrong" }, app), refused("28P01"));
  });
});
