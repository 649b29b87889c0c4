import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { connect, type Postgres, startPostgres } from "../../local/postgres.ts";
import { migrate } from "../../src/database/migration.ts";
import { schemaVersion } from "../../src/database/migrations/files.ts";
import { readManifests } from "../../src/database/shipped-models.ts";
import type { Credential } from "../../src/secrets.ts";
import { writeSecret } from "../support/database.ts";

const app: Credential = { username: "pynomaly_app", password: "app-secret" };

describe("migrate, on a real server", () => {
  let server: Postgres;
  const target = () => ({ host: "127.0.0.1", port: server.port, database: "postgres" });
  const run = (role = app, models: Awaited<ReturnType<typeof readManifests>> = []) =>
    migrate({ target: target(), owner: server.owner, log: () => undefined }, { app: role, models });
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

  it("lets it read the schema's version", async () => {
    await as(app, (client) => client.query("SELECT version FROM schema_migrations"));
  });

  for (const statement of [
    "CREATE TABLE mine (id int)",
    "ALTER TABLE older ADD COLUMN x int",
    "DROP TABLE older",
    "TRUNCATE older",
    "CREATE ROLE other",
    "DELETE FROM schema_migrations",
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
        const { rows: applied } = await client.query("SELECT * FROM schema_migrations ORDER BY version");
        return { rows, rights, applied };
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
    await assert.rejects(
      migrate(
        { target: target(), owner: { ...server.owner, password: "wrong" }, log: () => undefined },
        { app, models: [] },
      ),
      refused("28P01"),
    );
  });

  it("registers the models that come with the service, and what is said of them later, but not another file", async () => {
    const models = await readManifests();
    const registered = async () =>
      (await as(app, (client) => client.query("SELECT * FROM models ORDER BY id"))).rows as Record<string, unknown>[];
    await run(app, models);
    const first = await registered();
    assert.deepEqual(
      first.map(({ name, version, sha256, status }) => ({ name, version, sha256, status })),
      models.map(({ name, version, sha256 }) => ({ name, version, sha256, status: "active" })),
    );
    assert.ok(first.length > 0);
    await run(app, models);
    assert.deepEqual(await registered(), first);

    const [model] = models;
    assert.ok(model);
    await run(app, [{ ...model, threshold: 0.75, accuracy: null }]);
    const [later] = await registered();
    assert.deepEqual([later?.id, later?.threshold, later?.accuracy], [first[0]?.id, 0.75, null]);

    await assert.rejects(
      run(app, [{ ...model, sha256: "0".repeat(64) }]),
      /isolation-forest 1 .* give it a new version/,
    );
    assert.equal((await registered())[0]?.sha256, model.sha256);
  });

  it("is a program, which also takes the schema back, and refuses what it does not know", async () => {
    const environment = {
      AWS_REGION: "us-east-1",
      DATABASE_NAME: "postgres",
      DATABASE_PORT: String(server.port),
      DATABASE_INSTANCE_HOST: "127.0.0.1",
      DATABASE_TLS: "off",
      DATABASE_SECRET_ARN: await writeSecret(server, app),
      DATABASE_OWNER_SECRET_ARN: await writeSecret(server, server.owner),
      DATABASE_READONLY_SECRET_ARN: await writeSecret(server, { username: "pynomaly_readonly", password: "r-secret" }),
      DATABASE_MAINTENANCE_SECRET_ARN: await writeSecret(server, {
        username: "pynomaly_maintenance",
        password: "m-secret",
      }),
    };
    const roles = ["app", "readonly", "maintenance"].map((role) => `role pynomaly_${role} is up to date\n`).join("");
    const program = (...args: string[]) => {
      const file = fileURLToPath(new URL("../../src/migrate.ts", import.meta.url));
      const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { env: environment });
      return { status, output: `${stdout}${stderr}` };
    };
    const version = () =>
      as(server.owner, async (client) => (await client.query("SELECT FROM schema_migrations")).rowCount);

    for (const args of [["up"], ["down"], ["down", "-1"], ["down", "1", "2"]]) {
      assert.deepEqual(program(...args), { status: 1, output: "usage: migrate.ts [down <version>]\n" });
    }
    const down = program("down", "1");
    assert.equal(down.status, 0, down.output);
    assert.match(
      down.output,
      /0004-indexes down in \d+ ms\n0003-functions down in \d+ ms\n0002-tables down in \d+ ms\n$/,
    );
    assert.equal(await version(), 1);
    const up = program();
    assert.equal(up.status, 0, up.output);
    assert.match(up.output, /^0002-tables up in \d+ ms\n/);
    assert.ok(up.output.endsWith(`ms\n${roles}`), up.output);
    assert.equal(await version(), schemaVersion);
    assert.doesNotMatch(up.output + down.output, /secret/);
  });
});
