import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { connect } from "../../local/postgres.ts";
import { wantedSchema } from "../../src/database/migrations/wanted.ts";
import { DATABASE_NAME, startTestDatabase, type TestDatabase } from "../support/database.ts";

/**
 * What each index is for: a query that reads it. Lists of anomalies by all their filters are in ../anomalies/plans.test.ts,
 * which needs more rows.
 */
const QUERIES: Readonly<Record<string, string>> = {
  idx_anomalies_timestamp: "SELECT * FROM anomalies ORDER BY timestamp DESC, id DESC LIMIT 100",
  idx_anomalies_model_timestamp:
    "SELECT * FROM anomalies WHERE model_id = 3 ORDER BY timestamp DESC, id DESC LIMIT 100",
  idx_anomalies_severity: "SELECT * FROM anomalies WHERE severity >= 0.999 ORDER BY timestamp DESC, id DESC LIMIT 100",
  idx_anomaly_counts_model_dataset: "SELECT sum(anomaly_count) FROM anomaly_counts WHERE model_id = 3",
  idx_anomaly_counts_dataset: "SELECT sum(anomaly_count) FROM anomaly_counts WHERE dataset_id = 3",
  idx_anomalies_active: "SELECT id, timestamp FROM anomalies WHERE status = 'active' ORDER BY id LIMIT 100",
  idx_anomalies_dataset_timestamp:
    "SELECT * FROM anomalies WHERE dataset_id = 3 ORDER BY timestamp DESC, id DESC LIMIT 100",
  idx_anomalies_model_dataset_timestamp:
    "SELECT * FROM anomalies WHERE model_id = 3 AND dataset_id = 4 ORDER BY timestamp DESC, id DESC LIMIT 100",
  idx_datasets_created: "SELECT * FROM datasets ORDER BY created_at DESC, id DESC LIMIT 100",
  idx_datasets_status: "SELECT * FROM datasets WHERE status = 'archived' ORDER BY created_at DESC, id DESC LIMIT 10",
  idx_datasets_name_trgm: "SELECT * FROM datasets WHERE name ILIKE '%a1b2c%' ORDER BY id DESC LIMIT 100",
  idx_models_algorithm: "SELECT * FROM models WHERE algorithm_name = 'a3' ORDER BY created_at DESC, id DESC LIMIT 10",
  idx_models_performance: "SELECT * FROM models ORDER BY accuracy DESC NULLS LAST, created_at DESC, id DESC LIMIT 10",
  idx_user_sessions_active:
    "SELECT * FROM user_sessions WHERE user_id = 3 AND is_active ORDER BY last_activity DESC, id DESC LIMIT 10",
  idx_metrics_timestamp: "SELECT * FROM metrics ORDER BY timestamp DESC, metric_name LIMIT 100",
  idx_metrics_rollup:
    "SELECT * FROM metrics WHERE metric_name = 'm3' AND granularity = 'hour' ORDER BY timestamp DESC LIMIT 100",
  idx_dataset_records_dataset: "DELETE FROM dataset_records WHERE dataset_id = 3",
  idx_dataset_counts_dataset: "SELECT * FROM get_dataset_stats(3)",
  idx_api_keys_user: "DELETE FROM api_keys WHERE user_id = 3",
  idx_user_sessions_user: "DELETE FROM user_sessions WHERE user_id = 3",
  idx_user_sessions_api_key: "DELETE FROM user_sessions WHERE api_key_id = 3",
  idx_user_sessions_expires:
    "SELECT id FROM user_sessions WHERE expires_at < '2026-01-02' ORDER BY expires_at LIMIT 10",
  idx_idempotency_keys_created:
    "SELECT key FROM idempotency_keys WHERE created_at < '2026-01-02' ORDER BY created_at LIMIT 10",
  idx_mv_recent_anomalies_id: "SELECT * FROM mv_recent_anomalies WHERE id = 19000",
  idx_mv_recent_anomalies_timestamp: "SELECT * FROM mv_recent_anomalies ORDER BY timestamp DESC, id DESC LIMIT 10",
  idx_mv_recent_anomalies_model_timestamp:
    "SELECT * FROM mv_recent_anomalies WHERE model_id = 3 ORDER BY timestamp DESC, id DESC LIMIT 10",
  idx_mv_model_performance_model: "SELECT * FROM mv_model_performance WHERE model_id = 3",
  idx_mv_dataset_summary_dataset: "SELECT * FROM mv_dataset_summary WHERE dataset_id = 3",
};

const ROWS = `
  INSERT INTO users (name) SELECT 'u' || n FROM generate_series(1, 500) n;
  INSERT INTO api_keys (user_id, prefix, secret_hash, scopes)
  SELECT n % 500 + 1, 'p' || n, sha256(n::text::bytea), '{read}' FROM generate_series(1, 5000) n;
  INSERT INTO user_sessions (user_id, api_key_id, token_hash, is_active, created_at, expires_at)
  SELECT n % 500 + 1, n % 5000 + 1, sha256(n::text::bytea), n % 7 = 0, at, at + interval '12 hours'
  FROM (SELECT n, timestamptz '2026-01-01' + n * interval '1 minute' AS at FROM generate_series(1, 20000) n) s;
  INSERT INTO idempotency_keys (user_id, key, request_hash, status, body, created_at)
  SELECT n % 500 + 1, n, sha256(''), 200, '', timestamptz '2026-01-01' + n * interval '1 minute' FROM generate_series(1, 20000) n;
  INSERT INTO datasets (name, status) SELECT md5(n::text), CASE WHEN n % 20 = 0 THEN 'archived' ELSE 'active' END
  FROM generate_series(1, 5000) n;
  INSERT INTO dataset_features SELECT id, f, 'f' || f FROM datasets, generate_series(1, 2) f;
  INSERT INTO dataset_records (dataset_id, timestamp, values) SELECT n % 1000 + 1, now(), '{1}' FROM generate_series(1, 5000) n;
  INSERT INTO models (name, version, algorithm_name, accuracy, artifact, sha256, feature_count, threshold)
  SELECT 'm' || n, '1', 'a' || n % 50, n / 5000.0, 'a.onnx', repeat('0', 64), 1, 0.5 FROM generate_series(1, 5000) n;
  INSERT INTO anomalies (timestamp, value, severity, status, model_id, dataset_id)
  SELECT now() - (20000 - n) * interval '1 minute', n, 0.5 + n * 7919 % 10000 / 20000.0,
         CASE WHEN n % 20 = 0 THEN 'active' ELSE 'resolved' END, n % 20 + 1, n / 20 % 50 + 1
  FROM generate_series(1, 20000) n;
  INSERT INTO metrics (timestamp, metric_name, granularity, value)
  SELECT timestamptz '2026-01-01' + n * interval '1 second', 'm' || n % 20, CASE WHEN n / 20 % 30 = 0 THEN 'hour' ELSE 'minute' END, n
  FROM generate_series(1, 20000) n;
  REFRESH MATERIALIZED VIEW mv_recent_anomalies;
  REFRESH MATERIALIZED VIEW mv_model_performance;
  REFRESH MATERIALIZED VIEW mv_dataset_summary`;

describe("the indexes", () => {
  let test: TestDatabase;
  let client: pg.Client;
  before(async () => {
    test = await startTestDatabase();
    client = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    await client.query(ROWS);
    await client.query("VACUUM ANALYZE");
    // As the stack's parameter group has it. Guide, PostgreSQL configuration.
    await client.query("SET random_page_cost = 1.1");
  });
  after(async () => {
    await client?.end();
    await test?.stop();
  });

  it("are each for a query", () => {
    assert.deepEqual(
      Object.keys(QUERIES).sort(),
      wantedSchema()
        .indexes.map(({ name }) => name)
        .sort(),
    );
  });

  for (const [index, query] of Object.entries(QUERIES)) {
    it(`${index} is read by: ${query}`, async () => {
      const { rows } = await client.query(`EXPLAIN (FORMAT JSON) ${query}`);
      const plan = JSON.stringify(rows);
      assert.ok(plan.includes(`"Index Name":"${index}"`) && !plan.includes('"Seq Scan"'), plan);
    });
  }

  it("are what a prepared call of the guide's function reads for a rare severity", async () => {
    await client.query("PREPARE rare AS SELECT * FROM get_anomalies_by_threshold($1)");
    for (let call = 0; call < 10; call += 1) await client.query("EXECUTE rare(0.9999)");
    const { rows } = await client.query("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE rare(0.9999)");
    const { "Shared Hit Blocks": hit, "Shared Read Blocks": read } = rows[0]["QUERY PLAN"][0].Plan;
    assert.ok(hit + read < 50, `${hit + read} pages`);
  });

  it("find a name among datasets that no vacuum has seen as soon as among others", async () => {
    const pages = async () => {
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${QUERIES.idx_datasets_name_trgm}`);
      const { "Shared Hit Blocks": hit, "Shared Read Blocks": read } = rows[0]["QUERY PLAN"][0].Plan;
      return hit + read;
    };
    const before = await pages();
    await client.query("INSERT INTO datasets (name) SELECT md5('new' || n) FROM generate_series(1, 2000) n");
    const after = await pages();
    assert.ok(after <= before + 20, `${after} pages after ${before}`);
  });

  it("are what delete_expired reads, which scans no table", async () => {
    const scans = async () => {
      await client.query("SELECT pg_stat_force_next_flush()");
      const { rows } = await client.query(
        `SELECT relname, seq_scan FROM pg_stat_user_tables
         WHERE relname IN ('anomalies', 'metrics', 'user_sessions', 'idempotency_keys') ORDER BY relname`,
      );
      return rows;
    };
    const before = await scans();
    const deleted = await client.query("SELECT * FROM delete_expired(13, 1, 100)");
    assert.deepEqual(Object.values(deleted.rows[0]), ["100", "100", "100", "100"]);
    assert.deepEqual(await scans(), before);
  });
});
