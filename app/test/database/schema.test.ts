import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { connect, type Postgres, startPostgres } from "../../local/postgres.ts";
import { migrate, revert } from "../../src/database/migration.ts";
import { readMigrations, schemaVersion } from "../../src/database/migrations/files.ts";
import { APP } from "../support/database.ts";

/** Everything that a migration can make, as the catalogs have it, without what grows with each run. */
const CATALOG = `
  SELECT 'table' AS kind, c.relname || ' ' || a.attname AS name, concat_ws(' ', format_type(a.atttypid, a.atttypmod),
         a.attnotnull, a.attidentity, pg_get_expr(d.adbin, d.adrelid)) AS definition
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_attrdef d ON (adrelid, adnum) = (c.oid, attnum)
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT 'valid', indexrelid::regclass::text, indisvalid::text FROM pg_index
            WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  UNION ALL SELECT 'constraint', conrelid::regclass || ' ' || contypid::regtype || ' ' || conname, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
            WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prolang <> (SELECT oid FROM pg_language WHERE lanname = 'c')
  UNION ALL SELECT 'domain', typname, format_type(typbasetype, NULL) FROM pg_type
            WHERE typnamespace = 'public'::regnamespace AND typtype = 'd'
  UNION ALL SELECT 'view', matviewname, definition FROM pg_matviews WHERE schemaname = 'public'
  UNION ALL SELECT 'trigger', tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'extension', extname, extversion FROM pg_extension
  ORDER BY 1, 2, 3`;

describe("the schema", () => {
  let server: Postgres;
  let client: pg.Client;
  const lines: string[] = [];
  const options = () => ({
    target: { host: server.host, port: server.port, database: "postgres" },
    owner: server.owner,
    log: (line: string) => lines.push(line),
  });
  const up = (migrations = readMigrations()) => migrate({ ...options(), migrations }, { app: APP, models: [] });
  const catalog = async () => (await client.query(CATALOG)).rows;
  const names = async (kind: string) =>
    (await catalog()).filter((entry) => entry.kind === kind).map((entry) => entry.name);
  const refused = (code: string, text: string, values: unknown[] = []) =>
    assert.rejects(client.query(text, values), (error) => error instanceof pg.DatabaseError && error.code === code);
  const CHECK = "23514";

  before(async () => {
    server = await startPostgres();
    client = await connect(server.port, server.owner);
    await up();
  });
  after(async () => {
    await client?.end();
    await server?.stop();
  });

  it("says what it did, and does nothing the second time", async () => {
    assert.equal(lines.length, schemaVersion);
    for (const line of lines) assert.match(line, /^\d{4}-[a-z-]+ up in \d+ ms$/);
    await up();
    assert.equal(lines.length, schemaVersion);
  });

  it("is at each version what it was there before, taken back step by step, and whole when made again", async () => {
    const whole = await catalog();
    await revert(options(), 0);
    const steps: unknown[] = [await catalog()];
    for (let version = 1; version <= schemaVersion; version += 1) {
      await up(readMigrations().slice(0, version));
      steps.push(await catalog());
    }
    assert.deepEqual(steps.at(-1), whole);
    for (let version = schemaVersion - 1; version >= 0; version -= 1) {
      await revert(options(), version);
      assert.deepEqual(await catalog(), steps[version], `version ${version}`);
    }
    const { rows } = await client.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    assert.deepEqual(rows.map(({ relname }) => relname).sort(), ["schema_migrations", "schema_migrations_pkey"]);
    await up();
    assert.deepEqual(await catalog(), whole);
  });

  it("has the guide's indexes but the one that another does for, all valid", async () => {
    const guide = [
      "idx_anomalies_active",
      "idx_anomalies_model_timestamp",
      "idx_anomalies_severity",
      "idx_anomalies_timestamp",
      "idx_datasets_created",
      "idx_datasets_name_trgm",
      "idx_datasets_status",
      "idx_metrics_rollup",
      "idx_metrics_timestamp",
      "idx_models_algorithm",
      "idx_models_performance",
      "idx_user_sessions_active",
    ];
    const found = await names("index");
    assert.deepEqual(
      guide.filter((name) => !found.includes(name)),
      [],
    );
    assert.deepEqual(
      (await catalog()).filter(({ kind, definition }) => kind === "valid" && definition !== "true"),
      [],
    );
  });

  it("has an index that begins with each foreign key", async () => {
    const { rows } = await client.query(`
      SELECT conrelid::regclass AS table, conname FROM pg_constraint
      WHERE contype = 'f' AND NOT EXISTS (
        SELECT FROM pg_index WHERE indrelid = conrelid AND indpred IS NULL AND indkey[0] = conkey[1])`);
    assert.deepEqual(rows, []);
  });

  it("reads lists in the order of an index, to a cursor's place and without sorting", async () => {
    await client.query(`
      INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
      SELECT 'm' || n, '1', 'a', 'a.onnx', repeat('0', 64), 1, 0.5 FROM generate_series(1, 10) n;
      INSERT INTO anomalies (timestamp, value, severity, model_id)
      SELECT '2026-01-01'::timestamptz + (n / 3) * interval '1 second', n, 0.5, (SELECT min(id) FROM models) + n % 10
      FROM generate_series(1, 20000) n;
      ANALYZE anomalies;
      -- The stack's parameter group has it so: SSD.
      SET random_page_cost = 1.1`);
    const plan = async (where: string) =>
      JSON.stringify(
        (
          await client.query(`EXPLAIN (FORMAT JSON) SELECT id FROM anomalies WHERE ${where}
                              ORDER BY timestamp DESC, id DESC LIMIT 100`)
        ).rows,
      );
    for (const [where, index] of [
      ["true", "idx_anomalies_timestamp"],
      ["(timestamp, id) < ('2026-01-01 01:30:00+00', 9000)", "idx_anomalies_timestamp"],
      ["model_id = 2 AND (timestamp, id) < ('2026-01-01 01:30:00+00', 9000)", "idx_anomalies_model_timestamp"],
    ] as const) {
      const text = await plan(where);
      assert.ok(text.includes(`"${index}"`), text);
      assert.ok(!text.includes("Sort"), text);
    }
  });

  it("takes rows of finite numbers only", async () => {
    await client.query("INSERT INTO datasets (name) VALUES ('numbers')");
    const record =
      "INSERT INTO dataset_records (dataset_id, timestamp, values) VALUES ((SELECT id FROM datasets WHERE name = 'numbers'), $2, $1)";
    await client.query(record, ["{1.5,-2}", "2026-01-01"]);
    for (const values of ["{}", "{1,NULL}", "{NaN}", "{Infinity}", "{-Infinity,1}", "{{1,2}}", "[0:1]={1,2}"]) {
      await refused(CHECK, record, [values, "2026-01-01"]);
    }
    await refused(CHECK, record, ["{1}", "infinity"]);
    const anomaly =
      "INSERT INTO anomalies (timestamp, value, severity, model_id) VALUES (now(), $1, $2, (SELECT min(id) FROM models))";
    for (const value of ["NaN", "Infinity", "-Infinity"]) await refused(CHECK, anomaly, [value, 0.5]);
    for (const severity of ["NaN", "-0.1", "1.1"]) await refused(CHECK, anomaly, [1, severity]);
  });

  it("tells what a dataset holds", async () => {
    await client.query(`
      INSERT INTO datasets (name) VALUES ('counted');
      INSERT INTO dataset_features SELECT id, n, 'f' || n FROM datasets, generate_series(1, 2) n WHERE name = 'counted';
      INSERT INTO dataset_records (dataset_id, timestamp, values, is_anomaly, updated_at)
      SELECT id, now(), '{1,2}', n = 1, '2026-01-01'::timestamptz + n * interval '1 day'
      FROM datasets, generate_series(1, 4) n WHERE name = 'counted'`);
    const stats = async (name: string) =>
      (
        await client.query(
          `SELECT s.*, s.last_updated AT TIME ZONE 'UTC' = '2026-01-05' AS newest
           FROM datasets d, get_dataset_stats(d.id) s WHERE d.name = $1`,
          [name],
        )
      ).rows[0];
    const { last_updated, ...counted } = await stats("counted");
    assert.ok(last_updated instanceof Date);
    assert.deepEqual(counted, { record_count: "4", feature_count: 2, anomaly_rate: 0.25, newest: true });
    await client.query("INSERT INTO datasets (name) VALUES ('empty')");
    assert.deepEqual(await stats("empty"), {
      record_count: "0",
      feature_count: 0,
      anomaly_rate: null,
      last_updated: null,
      newest: null,
    });
  });

  it("finds anomalies by threshold, newest first", async () => {
    await client.query(`
      INSERT INTO anomalies (timestamp, value, severity, model_id)
      SELECT '2027-01-01'::timestamptz + n * interval '1 hour', n, n / 10.0, (SELECT min(id) FROM models)
      FROM generate_series(1, 10) n`);
    const { rows } = await client.query("SELECT value FROM get_anomalies_by_threshold(0.75, 2)");
    assert.deepEqual(rows, [{ value: 10 }, { value: 9 }]);
  });

  it("keeps an anomaly whose dataset is deleted, and deletes the dataset's records and features", async () => {
    await client.query(`
      INSERT INTO anomalies (timestamp, value, severity, model_id, dataset_id)
      SELECT now(), -77, 1, (SELECT min(id) FROM models), id FROM datasets WHERE name = 'counted';
      DELETE FROM datasets WHERE name = 'counted'`);
    const { rows } = await client.query("SELECT dataset_id FROM anomalies WHERE value = -77");
    assert.deepEqual(rows, [{ dataset_id: null }]);
    assert.equal((await client.query("SELECT FROM dataset_features")).rowCount, 0);
  });

  it("refuses a path for a model's file", async () => {
    await refused(CHECK, "UPDATE models SET artifact = '../secret'");
  });
});
