import { wantedSchema } from "../../app/src/database/migrations/wanted.ts";
import { ROWS_MAX } from "../../app/src/models/schemas.ts";
import type { Server } from "./server.ts";

/** Models and datasets that anomalies are of. */
export const SIZE = { models: 20, datasets: 50 };

/** A model whose anomalies are all of one moment, as a prediction of as many rows as there may be stores them. */
export const MOMENT_MODEL = SIZE.models + 1;

/** Numbers that look random and are the same at every run, from 0 to 1. */
const random = (seed: string) => `((hashint4(${seed}) & 2147483647) / 2147483647.0)`;

/**
 * A year of anomalies until now, in the order of time but for a few minutes, of which the last tenth is not resolved; severity
 * from 0.5 to 1, high ones rare. One dataset has as many records as there are anomalies. The indexes are dropped meanwhile,
 * and made again by the migration.
 *
 * @param rows how many anomalies
 */
export async function loadData(server: Server, rows: number): Promise<void> {
  const { owner } = server;
  // As a migration's session: it takes as long as it takes, whatever the server allows others.
  await owner.query("SET statement_timeout = 0");
  await owner.query(
    wantedSchema()
      .indexes.filter(({ table }) => !table.startsWith("mv_"))
      .map(({ name }) => `DROP INDEX ${name}`)
      .join("; "),
  );
  for (const statement of statements(rows)) await owner.query(statement);
  await server.migrate();
  for (const view of wantedSchema().views) await owner.query(`REFRESH MATERIALIZED VIEW ${view}`);
  // As every night's maintenance does; all days of the year at once.
  await owner.query("SELECT count_anomaly_days(366)");
  // A page is read from the index alone only where the visibility map says so.
  await owner.query("VACUUM ANALYZE");
}

const statements = (rows: number): string[] => [
  `INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, 100) n`,
  `INSERT INTO api_keys (user_id, prefix, secret_hash, scopes)
   SELECT n, 'prefix' || n, decode(repeat('00', 32), 'hex'), '{read}' FROM generate_series(1, 100) n`,
  `INSERT INTO user_sessions (user_id, api_key_id, token_hash, is_active, created_at, last_activity, expires_at)
   SELECT n % 100 + 1, n % 100 + 1, sha256(n::text::bytea), n % 10 = 0, at, at, at + interval '12 hours'
   FROM (SELECT n, now() - n * interval '7 seconds' AS at FROM generate_series(1, ${rows} / 10) n) s`,
  `INSERT INTO models (name, version, algorithm_name, accuracy, artifact, sha256, feature_count, threshold, created_at)
   SELECT 'model ' || n, '1', 'algorithm ' || n % 5, ${random("n")}, 'm.onnx', repeat('0', 64), 8, 0.5,
          now() - n * interval '1 hour'
   FROM generate_series(1, 1000) n`,
  `INSERT INTO datasets (name, description, status, created_at)
   SELECT 'dataset ' || md5(n::text), 'benchmark', CASE WHEN n % 20 = 0 THEN 'archived' ELSE 'active' END,
          now() - n * interval '1 hour'
   FROM generate_series(1, 5000) n`,
  `INSERT INTO dataset_features SELECT d, f, 'feature ' || f FROM generate_series(1, 5000) d, generate_series(1, 8) f`,
  `INSERT INTO dataset_records (dataset_id, timestamp, values, is_anomaly)
   SELECT CASE WHEN n <= ${rows} THEN 1 ELSE n % 100 + 2 END, now() - interval '1 year' + n * interval '1 second',
          ARRAY[1, 2, 3, 4, 5, 6, 7, ${random("n")}], n % 50 = 0
   FROM generate_series(1, ${rows} * 6 / 5) n`,
  `INSERT INTO anomalies (timestamp, value, severity, status, model_id, dataset_id, features)
   SELECT now() - interval '1 year' + (n + 30 * ${random("n + 3")}) * interval '1 year' / ${rows},
          100 * ${random("n")}, 0.5 + 0.5 * ${random("n + 1")} ^ 3,
          CASE WHEN n < ${rows} * 0.9 THEN 'resolved' ELSE 'active' END,
          (hashint4(n + 5) & 2147483647) % ${SIZE.models} + 1, (hashint4(n + 7) & 2147483647) % ${SIZE.datasets} + 1,
          ARRAY[1, 2, 3, 4, 5, 6, 7, ${random("n")}]
   FROM generate_series(1, ${rows}) n`,
  `INSERT INTO anomalies (timestamp, value, severity, model_id)
   SELECT now() - interval '6 months', 1, 0.5, ${MOMENT_MODEL} FROM generate_series(1, ${ROWS_MAX})`,
  `INSERT INTO metrics (timestamp, metric_name, granularity, value)
   SELECT now() - n / 20 * interval '1 minute', 'metric ' || n % 20, CASE WHEN n / 20 % 60 = 0 THEN 'hour' ELSE 'minute' END, n
   FROM generate_series(1, ${rows} / 5) n`,
  `INSERT INTO idempotency_keys (user_id, key, request_hash, status, body, created_at)
   SELECT n % 100 + 1, md5(n::text), decode(repeat('00', 32), 'hex'), 200, '{}', now() - n * interval '1 second'
   FROM generate_series(1, ${rows} / 10) n`,
];
