import type { Stack } from "../../app/local/stack.ts";

/** Rows that every server answers from. */
const SIZE = { anomalies: 200_000, models: 200, datasets: 50 };

/**
 * Fills the database, the same at every run: anomalies a second and some microseconds apart, spread evenly over models
 * and data sets, with the values' digits made by a hash. Model 1 is the one that the migrations registered; the others
 * are more versions of it.
 */
export async function loadData(stack: Stack): Promise<void> {
  const client = await stack.connect();
  try {
    await client.query(
      `INSERT INTO datasets (name, description)
       SELECT 'dataset ' || n, 'benchmark' FROM generate_series(1, $1::int) n`,
      [SIZE.datasets],
    );
    await client.query(
      `INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
       SELECT name, n::text, algorithm_name, artifact, sha256, feature_count, threshold
       FROM models, generate_series(2, $1::int) n WHERE id = 1`,
      [SIZE.models],
    );
    await client.query(
      `INSERT INTO anomalies (timestamp, value, severity, status, model_id, dataset_id)
       SELECT timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second' + (1 + abs(mod(hashint4(n), 999))) * interval '1 microsecond',
              mod(hashint4(n), 100000) / 1000.0,
              abs(mod(hashint4(n + 1), 10000)) / 10000.0,
              'active', n % $2 + 1, n % $3 + 1
       FROM generate_series(1, $1::int) n`,
      [SIZE.anomalies, SIZE.models, SIZE.datasets],
    );
    // A page is read from the index alone only where the visibility map says so; autovacuum would come in a cell's middle.
    await client.query("VACUUM ANALYZE");
  } finally {
    await client.end();
  }
}
