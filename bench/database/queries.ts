import { pageRequest } from "../../app/src/anomalies/query.ts";
import { listCall, readAnomaly } from "../../app/src/anomalies/repository.ts";
import type { AnomalyListQuery } from "../../app/src/anomalies/schemas.ts";
import { countCall } from "../../app/src/anomalies/total.ts";
import { newToken } from "../../app/src/auth/keys.ts";
import { createSessions } from "../../app/src/auth/sessions.ts";
import type { Cache } from "../../app/src/cache/cache.ts";
import { readDataset, readDatasets, readStats } from "../../app/src/datasets/repository.ts";
import { readModel, readModels } from "../../app/src/models/repository.ts";
import { type Call, callOf } from "./calls.ts";
import { MOMENT_MODEL, SIZE } from "./data.ts";
import type { Client } from "./server.ts";

/** A statement that somebody runs. */
export interface Query {
  readonly name: string;
  /** The API's own; the guide's, which its indexes are made for; what maintenance and foreign keys look up. */
  readonly source: "API" | "guide" | "maintenance";
  /** @param n any number: another one gives other values */
  readonly call: (n: number) => Promise<Call> | Call;
  /** It reads all that it is asked about, whatever its plan: no page of a list. */
  readonly counts?: boolean;
}

const FRESH = {};

/** Every query, on a database that was filled. */
export async function queries(client: Client, rows: number): Promise<Query[]> {
  return [...(await apiQueries(client, rows)), ...GUIDE, ...MAINTENANCE];
}

async function apiQueries(client: Client, rows: number): Promise<Query[]> {
  const [middle, last] = [await at(client, 0.5 * rows), await at(client, 0.9 * rows)];
  const month = { from: middle.timestamp, to: await later(client, middle.timestamp) };
  const list = (name: string, filters: (n: number) => Partial<AnomalyListQuery>, after?: typeof middle): Query => ({
    name: `list${name}`,
    source: "API",
    call: (n) => listCall(pageRequest({ limit: 100, ...filters(n) }), after),
  });
  const total = (name: string, filters: (n: number) => Partial<AnomalyListQuery>): Query => ({
    name: `total${name}`,
    source: "API",
    counts: true,
    call: (n) => countCall(pageRequest(filters(n))),
  });
  const model = (n: number) => ({ model_id: (n % SIZE.models) + 1 });
  const dataset = (n: number) => ({ dataset_id: (n % SIZE.datasets) + 1 });
  return [
    list("", () => ({})),
    list(", page in the middle", () => ({}), middle),
    list(", page near the end", () => ({}), last),
    list(", offset 10,000", () => ({ offset: 10_000 })),
    list(" of a model, offset 10,000", (n) => ({ ...model(n), offset: 10_000 })),
    list(" of a dataset, offset 10,000", (n) => ({ ...dataset(n), offset: 10_000 })),
    list(" from severity 0.6, offset 10,000", () => ({ min_severity: 0.6, offset: 10_000 })),
    list(" of a model", model),
    list(" of a model, page near the end", model, last),
    list(" of a model, all of one moment", () => ({ model_id: MOMENT_MODEL })),
    list(" of a dataset", dataset),
    list(" of a dataset, page near the end", dataset, last),
    list(" of a model and a dataset", (n) => ({ ...model(n), ...dataset(n) })),
    list(" of a month", () => month),
    list(" of a model in a month", (n) => ({ ...model(n), ...month })),
    list(" from severity 0.6", () => ({ min_severity: 0.6 })),
    list(" from severity 0.9", () => ({ min_severity: 0.9 })),
    list(" from severity 0.99", () => ({ min_severity: 0.99 })),
    list(" from severity 0.997", () => ({ min_severity: 0.997 })),
    list(" from severity 0.999", () => ({ min_severity: 0.999 })),
    list(" from severity 0.9999", () => ({ min_severity: 0.9999 })),
    list(" of a model from severity 0.99", (n) => ({ ...model(n), min_severity: 0.99 })),
    list(" of a dataset from severity 0.99", (n) => ({ ...dataset(n), min_severity: 0.99 })),
    total("", () => ({})),
    total(" of a model", model),
    total(" of a dataset", dataset),
    total(" of a model and a dataset", (n) => ({ ...model(n), ...dataset(n) })),
    total(" of a month", () => month),
    total(" of a model in a month", (n) => ({ ...model(n), ...month })),
    total(" from the middle on", () => ({ from: middle.timestamp })),
    total(" from severity 0.6", () => ({ min_severity: 0.6 })),
    total(" from severity 0.5001", () => ({ min_severity: 0.5001 })),
    total(" from severity 0.6 in a month", () => ({ ...month, min_severity: 0.6 })),
    total(" from severity 0.9", () => ({ min_severity: 0.9 })),
    total(" of a model from severity 0.6", (n) => ({ ...model(n), min_severity: 0.6 })),
    total(" of a dataset from severity 0.6", (n) => ({ ...dataset(n), min_severity: 0.6 })),
    {
      name: "one anomaly",
      source: "API",
      call: (n) => callOf((database) => readAnomaly(database, ((n * 7919) % rows) + 1, FRESH)),
    },
    {
      name: "datasets",
      source: "API",
      call: () => callOf((database) => readDatasets(database, { limit: 100 }, FRESH)),
    },
    {
      name: "datasets by a part of their name",
      source: "API",
      call: (n) =>
        callOf((database) => readDatasets(database, { limit: 100, search: (0xa1b2 + n).toString(16) }, FRESH)),
    },
    { name: "one dataset", source: "API", call: (n) => callOf((database) => readDataset(database, n + 1, FRESH)) },
    {
      name: "a dataset's statistics",
      source: "API",
      call: () => callOf((database) => readStats(database, 1, FRESH)),
    },
    { name: "models", source: "API", call: () => callOf((database) => readModels(database, { limit: 100 }, FRESH)) },
    { name: "one model", source: "API", call: (n) => callOf((database) => readModel(database, (n % 1000) + 1, FRESH)) },
    { name: "a session by its token", source: "API", call: () => callOf(identify) },
  ];
}

/** A place in the list, so many rows from its begin. */
async function at(client: Client, skipped: number): Promise<{ timestamp: string; id: string }> {
  const { rows } = await client.query(
    `SELECT to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS timestamp, id::text AS id
     FROM anomalies ORDER BY timestamp DESC, id DESC OFFSET $1 LIMIT 1`,
    [Math.floor(skipped)],
  );
  return rows[0];
}

/** A month after a time. */
async function later(client: Client, time: string): Promise<string> {
  const { rows } = await client.query(
    `SELECT to_char(($1::timestamptz + interval '1 month') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS later`,
    [time],
  );
  return rows[0].later;
}

/** The look-up alone: a session's row is not needed for its plan. */
export async function identify(database: Parameters<Parameters<typeof callOf>[0]>[0]): Promise<void> {
  const cache = {
    cached: (_namespace: string, _key: string, load: () => Promise<unknown>) => load(),
    delete: async () => true,
  };
  const sessions = createSessions({
    database,
    cache: cache as unknown as Cache,
    logger: { error: console.error },
    config: { RATE_REQUESTS_PER_SECOND: 1, RATE_BURST: 1 },
  });
  await sessions.identify(newToken());
  await sessions.stop();
}

const sql = (
  source: Query["source"],
  name: string,
  text: string,
  values: (n: number) => readonly unknown[] = () => [],
) => ({
  name,
  source,
  call: (n: number) => ({ statement: { name: name.replaceAll(/\W+/g, "_"), text }, values: values(n) }),
});

const GUIDE: readonly Query[] = [
  ...[0.6, 0.99, 0.9999].map((severity) =>
    sql("guide", `get_anomalies_by_threshold ${severity}`, "SELECT * FROM get_anomalies_by_threshold($1)", () => [
      severity,
    ]),
  ),
  sql("guide", "active anomalies", "SELECT id, timestamp FROM anomalies WHERE status = 'active' ORDER BY id LIMIT 100"),
  {
    ...sql("guide", "number of active anomalies", "SELECT count(*) FROM anomalies WHERE status = 'active'"),
    counts: true,
  },
  {
    ...sql(
      "guide",
      "a model's mean severity in 30 days",
      "SELECT avg(severity) FROM anomalies WHERE model_id = $1 AND timestamp > now() - interval '30 days'",
      (n) => [(n % SIZE.models) + 1],
    ),
    counts: true,
  },
  sql("guide", "datasets by age", "SELECT * FROM datasets ORDER BY created_at DESC, id DESC LIMIT 100"),
  sql(
    "guide",
    "archived datasets by age",
    "SELECT * FROM datasets WHERE status = $1 ORDER BY created_at DESC, id DESC LIMIT 100",
    () => ["archived"],
  ),
  sql(
    "guide",
    "models of an algorithm",
    "SELECT * FROM models WHERE algorithm_name = $1 ORDER BY created_at DESC, id DESC LIMIT 20",
    (n) => [`algorithm ${n % 5}`],
  ),
  sql(
    "guide",
    "best models",
    "SELECT * FROM models ORDER BY accuracy DESC NULLS LAST, created_at DESC, id DESC LIMIT 20",
  ),
  sql(
    "guide",
    "a user's active sessions",
    "SELECT * FROM user_sessions WHERE user_id = $1 AND is_active ORDER BY last_activity DESC, id DESC LIMIT 10",
    (n) => [(n % 100) + 1],
  ),
  sql("guide", "newest metrics", "SELECT * FROM metrics ORDER BY timestamp DESC, metric_name LIMIT 100"),
  sql(
    "guide",
    "a metric by the hour",
    "SELECT * FROM metrics WHERE metric_name = $1 AND granularity = 'hour' ORDER BY timestamp DESC LIMIT 100",
    (n) => [`metric ${n % 20}`],
  ),
];

const MAINTENANCE: readonly Query[] = [
  sql(
    "maintenance",
    "oldest anomalies",
    "SELECT id FROM anomalies WHERE timestamp < $1 ORDER BY timestamp LIMIT 1000",
    () => [new Date().toISOString()],
  ),
  sql(
    "maintenance",
    "oldest metrics",
    "SELECT id FROM metrics WHERE timestamp < $1 ORDER BY timestamp LIMIT 1000",
    () => [new Date().toISOString()],
  ),
  sql(
    "maintenance",
    "expired sessions",
    "SELECT id FROM user_sessions WHERE expires_at < now() ORDER BY expires_at LIMIT 1000",
  ),
  sql(
    "maintenance",
    "expired idempotency keys",
    "SELECT user_id, key FROM idempotency_keys WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT 1000",
  ),
  sql("maintenance", "anomalies of a deleted dataset", "SELECT FROM anomalies WHERE dataset_id = $1", () => [4000]),
  sql("maintenance", "anomalies of a deleted model", "SELECT FROM anomalies WHERE model_id = $1", () => [900]),
  sql("maintenance", "records of a deleted dataset", "SELECT FROM dataset_records WHERE dataset_id = $1", () => [4000]),
  sql("maintenance", "API keys of a deleted user", "SELECT FROM api_keys WHERE user_id = $1", () => [100]),
  sql("maintenance", "sessions of a deleted user", "SELECT FROM user_sessions WHERE user_id = $1", () => [101]),
  sql("maintenance", "sessions of a deleted API key", "SELECT FROM user_sessions WHERE api_key_id = $1", () => [101]),
];
