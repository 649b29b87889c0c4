import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { connect } from "../../local/postgres.ts";
import { DATABASE_NAME, startTestDatabase, type TestDatabase } from "../support/database.ts";

describe("what maintenance works with", () => {
  let test: TestDatabase;
  let client: pg.Client;
  before(async () => {
    test = await startTestDatabase();
    client = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    await client.query(`
      INSERT INTO users (name) VALUES ('u');
      INSERT INTO api_keys (user_id, prefix, secret_hash, scopes) VALUES (1, 'p', decode(repeat('ab', 32), 'hex'), '{read}');
      INSERT INTO datasets (name) VALUES ('d'), ('empty');
      INSERT INTO dataset_features VALUES (1, 1, 'f');
      INSERT INTO dataset_records (dataset_id, timestamp, values, is_anomaly)
      SELECT 1, now(), '{1}', n = 1 FROM generate_series(1, 4) n;
      INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
      SELECT 'm' || n, '1', 'a', 'a.onnx', repeat('0', 64), 1, 0.5 FROM generate_series(1, 2) n;
      INSERT INTO anomalies (timestamp, value, severity, status, model_id)
      SELECT now() - n * interval '12 hours', n, n / 100.0, CASE WHEN n <= 25 THEN 'resolved' ELSE 'active' END, 1
      FROM generate_series(1, 100) n`);
  });
  after(async () => {
    await client?.end();
    await test?.stop();
  });
  const rows = async (text: string) => (await client.query(text)).rows;
  const count = async (table: string) => (await rows(`SELECT count(*)::int AS n FROM ${table}`))[0].n;

  it("views show what was there at their last refresh", async () => {
    for (const view of ["mv_recent_anomalies", "mv_model_performance", "mv_dataset_summary"]) {
      assert.equal(await count(view), 0, view);
      await client.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${view}`);
    }
    assert.deepEqual(await rows("SELECT count(*)::int AS n, max(value) AS oldest FROM mv_recent_anomalies"), [
      { n: 13, oldest: 13 },
    ]);
    const models =
      await rows(`SELECT name, anomaly_count::int, round(mean_severity::numeric, 6)::float8 AS mean_severity,
      round(p95_severity::numeric, 6)::float8 AS p95_severity, resolved_share, last_anomaly IS NULL AS never
      FROM mv_model_performance ORDER BY name`);
    assert.deepEqual(models, [
      {
        name: "m1",
        anomaly_count: 100,
        mean_severity: 0.505,
        p95_severity: 0.9505,
        resolved_share: 0.25,
        never: false,
      },
      { name: "m2", anomaly_count: 0, mean_severity: null, p95_severity: null, resolved_share: null, never: true },
    ]);
    const datasets = await rows(
      "SELECT name, record_count::int, feature_count, anomaly_rate, last_updated IS NULL AS never FROM mv_dataset_summary ORDER BY name",
    );
    assert.deepEqual(datasets, [
      { name: "d", record_count: 4, feature_count: 1, anomaly_rate: 0.25, never: false },
      { name: "empty", record_count: 0, feature_count: 0, anomaly_rate: null, never: true },
    ]);
  });

  it("deletes what has expired, some rows at a time, and nothing else", async () => {
    await client.query(`
      INSERT INTO metrics (timestamp, metric_name, granularity, value)
      SELECT now() - n * interval '1 day' + interval '1 minute', 'm', 'day', n FROM generate_series(1, 20) n;
      INSERT INTO user_sessions (user_id, api_key_id, token_hash, created_at, expires_at)
      SELECT 1, 1, decode(lpad(to_hex(n + 100), 64, '0'), 'hex'), now() - interval '2 days', now() - n * interval '1 minute'
      FROM generate_series(-5, 6) n WHERE n <> 0;
      INSERT INTO idempotency_keys (user_id, key, request_hash, status, body, created_at)
      SELECT 1, n, decode(repeat('00', 32), 'hex'), 200, '', now() - interval '24 hours' - n * interval '1 minute'
      FROM generate_series(-5, 3) n WHERE n <> 0`);
    const deleted = async (...values: unknown[]) => {
      const result = await client.query("SELECT * FROM delete_expired($1, $2, $3)", values);
      return Object.values(result.rows[0]).map(Number);
    };
    assert.deepEqual(await deleted(null, null, 4), [0, 0, 4, 3]);
    assert.deepEqual(await deleted(null, null, 4), [0, 0, 2, 0]);
    assert.deepEqual(await deleted(null, null, 4), [0, 0, 0, 0]);
    assert.deepEqual(await Promise.all(["user_sessions", "idempotency_keys"].map(count)), [5, 5]);
    assert.equal(await count("user_sessions WHERE expires_at < now()"), 0);

    assert.deepEqual(await deleted(30, 10, 25), [25, 10, 0, 0]);
    assert.deepEqual(await rows("SELECT max(value) AS oldest FROM anomalies"), [{ oldest: 75 }]);
    assert.deepEqual(await deleted(30, 10, 25), [16, 0, 0, 0]);
    assert.deepEqual(await rows("SELECT max(value) AS oldest FROM anomalies"), [{ oldest: 59 }]);
    assert.deepEqual(await rows("SELECT max(value) AS oldest FROM metrics"), [{ oldest: 10 }]);
    for (const values of [
      [0, null, 10],
      [null, -1, 10],
      [1, 1, 0],
    ]) {
      await assert.rejects(deleted(...values), (error) => error instanceof pg.DatabaseError && error.code === "22023");
    }
    assert.equal(await count("anomalies"), 59);
  });

  it("leaves rows that others hold, without waiting for them", async () => {
    const holder = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    await holder.query("BEGIN; UPDATE anomalies SET status = 'acknowledged' WHERE value = 59");
    await client.query("SET lock_timeout = '1s'");
    const { rows: deleted } = await client.query("SELECT anomalies::int FROM delete_expired(29, NULL)");
    assert.deepEqual(deleted, [{ anomalies: 1 }]);
    await holder.query("COMMIT");
    await holder.end();
    assert.deepEqual(await rows("SELECT max(value) AS oldest, count(*)::int AS n FROM anomalies"), [
      { oldest: 59, n: 58 },
    ]);
  });
});
