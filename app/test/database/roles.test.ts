import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { connect, type Postgres, startPostgres } from "../../local/postgres.ts";
import { migrate } from "../../src/database/migration.ts";
import type { Credential } from "../../src/secrets.ts";
import { APP, DATABASE_NAME } from "../support/database.ts";
import { until } from "../support/until.ts";

const READONLY: Credential = { username: "pynomaly_readonly", password: "readonly-secret" };
const MAINTENANCE: Credential = { username: "pynomaly_maintenance", password: "maintenance-secret" };

/**
 * What RDS' master user is: no superuser, but a member of rds_superuser, which may grant pg_monitor; extensions that not
 * everybody may create are another role's.
 */
const MASTER: Credential = { username: "master", password: "master-secret" };
const AS_ON_RDS = `
  CREATE ROLE rds_superuser;
  GRANT pg_monitor TO rds_superuser WITH ADMIN OPTION;
  CREATE ROLE ${MASTER.username} LOGIN CREATEDB CREATEROLE PASSWORD '${MASTER.password}';
  GRANT rds_superuser TO ${MASTER.username}`;

const TABLES = ["anomalies", "datasets", "models", "dataset_records", "metrics", "idempotency_keys", "users"];
const VIEWS = ["mv_recent_anomalies", "mv_model_performance", "mv_dataset_summary"];

describe("the roles beside the API's, of an owner as on RDS", () => {
  let server: Postgres;
  const clients: pg.Client[] = [];
  const session = async (role: Credential) => {
    const client = await connect(server.port, role, DATABASE_NAME);
    client.on("error", () => undefined);
    clients.push(client);
    return client;
  };
  const run = () =>
    migrate(
      {
        target: { host: server.host, port: server.port, database: DATABASE_NAME },
        owner: MASTER,
        log: () => undefined,
      },
      { app: APP, models: [], readonly: READONLY, maintenance: MAINTENANCE },
    );
  const denied = async (client: pg.Client, statements: readonly string[]) => {
    for (const statement of statements) {
      await assert.rejects(
        client.query(statement),
        (error) => error instanceof pg.DatabaseError && error.code === "42501",
        statement,
      );
    }
  };

  let master: pg.Client;
  let readonly: pg.Client;
  let maintenance: pg.Client;
  before(async () => {
    server = await startPostgres({ shared_preload_libraries: "pg_stat_statements" });
    const superuser = await connect(server.port, server.owner);
    await superuser.query(AS_ON_RDS);
    await superuser.query(`CREATE DATABASE ${DATABASE_NAME} OWNER ${MASTER.username}`);
    await superuser.end();
    const extension = await connect(server.port, server.owner, DATABASE_NAME);
    await extension.query(`CREATE EXTENSION pg_stat_statements;
      GRANT EXECUTE ON FUNCTION pg_stat_statements_reset TO rds_superuser`);
    await extension.end();
    await run();
    master = await session(MASTER);
    readonly = await session(READONLY);
    maintenance = await session(MAINTENANCE);
    await master.query(`INSERT INTO users (name) VALUES ('u');
      INSERT INTO api_keys (user_id, prefix, secret_hash, scopes) VALUES (1, 'p', decode(repeat('ab', 32), 'hex'), '{read}')`);
  });
  after(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await server?.stop();
  });

  it("are the same after another run", async () => {
    const rights = async () =>
      (
        await master.query(`
          SELECT oid::regclass::text AS name, relacl::text AS rights FROM pg_class WHERE relnamespace = 'public'::regnamespace
          UNION ALL SELECT attrelid::regclass || ' ' || attname, attacl::text FROM pg_attribute
                    WHERE attacl IS NOT NULL AND attrelid::regclass::text IN ('api_keys', 'user_sessions')
          UNION ALL SELECT oid::regprocedure::text, proacl::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
          UNION ALL SELECT defaclobjtype::text, defaclacl::text FROM pg_default_acl
          ORDER BY 1`)
      ).rows;
    const first = await rights();
    await run();
    assert.deepEqual(await rights(), first);
  });

  for (const [name, client] of [
    ["readonly", () => readonly],
    ["maintenance", () => maintenance],
  ] as const) {
    it(`${name} reads rows and views, those that are made later too, and others' statistics and settings`, async () => {
      await master.query(`CREATE TABLE ${name}_later (id int)`);
      for (const table of [...TABLES, ...VIEWS, `${name}_later`]) await client().query(`SELECT * FROM ${table}`);
      await client().query("SELECT id, user_id, prefix, scopes, last_used_at FROM api_keys");
      await client().query("SELECT count(*) FROM user_sessions");
      const { rows } = await client().query(
        `SELECT count(*)::int AS n FROM pg_stat_statements WHERE query LIKE '%CREATE TABLE ${name}_later%'`,
      );
      assert.equal(rows[0].n, 1);
      await client().query("SHOW data_directory");
    });

    it(`${name} does not read hashes, nor write a row, nor make or drop anything`, async () => {
      await denied(client(), [
        "SELECT secret_hash FROM api_keys",
        "SELECT * FROM user_sessions",
        "SELECT 1 FROM user_sessions WHERE token_hash > ''",
        "COPY api_keys TO STDOUT",
        "INSERT INTO users (name) VALUES ('x')",
        "UPDATE anomalies SET value = 0",
        "DELETE FROM anomalies",
        "TRUNCATE metrics",
        "DELETE FROM schema_migrations",
        "CREATE TABLE mine (id int)",
        "CREATE INDEX mine ON anomalies (value)",
        "DROP INDEX idx_anomalies_timestamp",
        "DROP MATERIALIZED VIEW mv_recent_anomalies",
        "CREATE ROLE other",
        `SET ROLE ${MASTER.username}`,
        "SELECT rolpassword FROM pg_authid",
        "SELECT pg_stat_statements_reset()",
        "SELECT pg_read_file('postgresql.conf')",
        "ALTER TABLE users ADD COLUMN x int",
      ]);
      const { rowCount } = await client().query(
        "SELECT FROM pg_stats WHERE attname IN ('secret_hash', 'token_hash') LIMIT 1",
      );
      assert.equal(rowCount, 0);
    });
  }

  it("readonly maintains nothing", async () => {
    await denied(readonly, [
      "REINDEX INDEX idx_anomalies_timestamp",
      "REFRESH MATERIALIZED VIEW mv_recent_anomalies",
      "SELECT delete_expired(1, 1)",
      "SELECT count_anomaly_days()",
      "SELECT drop_invalid_indexes()",
      "SELECT reset_statement_statistics()",
    ]);
  });

  it("maintenance vacuums, analyzes, rebuilds and refreshes, what is made later too", async () => {
    await master.query("CREATE TABLE maintained_later (id int PRIMARY KEY)");
    const vacuumed = async () =>
      (
        await master.query(`SELECT relname FROM pg_stat_user_tables
          WHERE last_vacuum IS NOT NULL AND last_analyze IS NOT NULL ORDER BY relname`)
      ).rows.map(({ relname }) => relname);
    const tables = [
      ...TABLES,
      "api_keys",
      "user_sessions",
      "dataset_counts",
      "anomaly_counts",
      "anomaly_days",
      "maintained_later",
    ];
    for (const table of tables) await maintenance.query(`VACUUM (ANALYZE) ${table}`);
    await until(async () => (await vacuumed()).length >= tables.length);
    assert.deepEqual(await vacuumed(), [...tables].sort());
    await maintenance.query("REINDEX INDEX CONCURRENTLY idx_anomalies_timestamp");
    await maintenance.query("REINDEX TABLE CONCURRENTLY maintained_later");
    for (const view of VIEWS) await maintenance.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${view}`);
  });

  it("maintenance begins the statistics of this database's statements anew", async () => {
    const known = async () =>
      (await master.query("SELECT FROM pg_stat_statements WHERE query LIKE 'SELECT $1 AS unlike_any_other'")).rowCount;
    await master.query("SELECT 1 AS unlike_any_other");
    assert.equal(await known(), 1);
    await maintenance.query("SELECT reset_statement_statistics()");
    assert.equal(await known(), 0);
  });

  it("maintenance counts the days that are over", async () => {
    await master.query(`INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
      VALUES ('counted', '1', 'a', 'a.onnx', repeat('0', 64), 1, 0.5)`);
    await master.query(`INSERT INTO anomalies (timestamp, value, severity, model_id)
      SELECT now() - interval '9 days', 1, 0.5, id FROM models WHERE name = 'counted'`);
    const { rows } = await maintenance.query("SELECT count_anomaly_days() AS days");
    assert.deepEqual(rows, [{ days: 1 }]);
    await master.query("DELETE FROM anomalies; DELETE FROM models WHERE name = 'counted'");
  });

  it("maintenance deletes what has expired, and drops what a rebuilding that was ended left", async () => {
    const { rows } = await maintenance.query("SELECT * FROM delete_expired(1, 1)");
    assert.deepEqual(rows, [{ anomalies: "0", metrics: "0", user_sessions: "0", idempotency_keys: "0" }]);

    const blocker = await session(MASTER);
    await blocker.query("BEGIN; INSERT INTO datasets (name) VALUES ('held')");
    const rebuilding = await session(MAINTENANCE);
    const outcome = Promise.allSettled([rebuilding.query("REINDEX INDEX CONCURRENTLY idx_datasets_created")]);
    const left = async () =>
      (await master.query("SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid")).rows;
    await until(async () => (await left()).length === 1);
    const drop = async () => (await maintenance.query("SELECT drop_invalid_indexes() AS name")).rows;
    assert.deepEqual(await drop(), [], "it is under way");
    await maintenance.query(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'REINDEX%idx_datasets_created'",
    );
    assert.equal((await outcome)[0].status, "rejected");
    await blocker.query("ROLLBACK");
    assert.deepEqual(await left(), [{ name: "idx_datasets_created_ccnew" }]);
    assert.deepEqual(await drop(), [{ name: "idx_datasets_created_ccnew" }]);
    assert.deepEqual(await left(), []);
    await maintenance.query("SELECT FROM datasets ORDER BY created_at DESC, id DESC");
  });
});
