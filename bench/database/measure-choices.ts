import { pageRequest } from "../../app/src/anomalies/query.ts";
import { listCall } from "../../app/src/anomalies/repository.ts";
import { readMigrations } from "../../app/src/database/migrations/files.ts";
import { splitStatements } from "../../app/src/database/migrations/statements.ts";
import { readStats } from "../../app/src/datasets/repository.ts";
import { callOf, changed } from "./calls.ts";
import { INSERTS, logPosition } from "./measure-indexes.ts";
import { explain } from "./plans.ts";
import type { Client, Server } from "./server.ts";
import { cpuSeconds, takenBack, time } from "./times.ts";

/** A figure on which something was decided. */
export interface Choice {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
}

/** What was decided by measurement beside each index and partitions: the views, the counts, the lists' indexes, no predictions' table. */
export async function measureChoices(server: Server, executions: number): Promise<Choice[]> {
  return [
    ...(await measureViews(server, executions)),
    ...(await measureCounts(server, executions)),
    ...(await measureAnomalyCounts(server.owner)),
    ...(await measureIndexChange(server.owner, "list-indexes", "the lists' indexes")),
    ...(await measureIndexChange(server.owner, "covering-severity-index", "the covering index of severities")),
    ...(await measureOffset(server, executions)),
    ...(await measurePredictionRows(server.owner)),
  ];
}

async function measureViews({ owner, app }: Server, executions: number): Promise<Choice[]> {
  const choices: Choice[] = [];
  const table = listCall(pageRequest({ limit: 100, model_id: 1 }));
  const view = changed(table, "view", (text) =>
    text.replace(", status", "").replace("FROM anomalies", "FROM mv_recent_anomalies"),
  );
  for (const [name, call] of [
    ["anomalies", table],
    ["mv_recent_anomalies", view],
  ] as const) {
    choices.push(
      { what: `list of a model from ${name}`, unit: "pages", value: (await explain(owner, call)).custom.buffers },
      { what: `list of a model from ${name}`, unit: "ms", value: (await time(app, () => call, executions)).median },
    );
  }
  for (const name of ["mv_recent_anomalies", "mv_model_performance", "mv_dataset_summary"]) {
    const began = performance.now();
    await owner.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${name}`);
    choices.push({ what: `refresh of ${name}`, unit: "ms", value: performance.now() - began });
  }
  return choices;
}

const BATCH_ROWS = 1400;
const BATCHES = 40;
const ROUNDS = 5;

/** The statistics as they were before migration 0008 read the records themselves. */
async function measureCounts({ owner, app }: Server, executions: number): Promise<Choice[]> {
  const counted = await callOf((database) => readStats(database, 1, {}));
  const choices: Choice[] = [
    {
      what: "a dataset's statistics from its counts",
      unit: "pages",
      value: (await explain(owner, counted)).custom.buffers,
    },
    {
      what: "a dataset's statistics from its counts",
      unit: "ms",
      value: (await time(app, () => counted, executions)).median,
    },
  ];
  await takenBack(owner, async () => {
    const down = readMigrations().find(({ name }) => name.endsWith("counted-stats"))?.down.sql ?? "";
    await owner.query(down);
    const scanned = changed(counted, "scanned", (text) => text);
    choices.push(
      { what: "the same from its records", unit: "pages", value: (await explain(owner, scanned)).custom.buffers },
      { what: "the same from its records", unit: "ms", value: (await time(owner, () => scanned, executions)).median },
    );
  });
  const upload = async () => {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      await owner.query(
        `INSERT INTO dataset_records (dataset_id, timestamp, values)
         SELECT 2, now(), '{1,2,3,4,5,6,7,8}' FROM generate_series(1, $1::int)`,
        [BATCH_ROWS],
      );
    }
  };
  const ratio = await withAndWithout(owner, upload, "ALTER TABLE dataset_records DISABLE TRIGGER USER");
  await owner.query("VACUUM dataset_records");
  return [...choices, { what: "CPU of an upload with the counts, by that without", unit: "ratio", value: ratio.cpu }];
}

/** What work costs as things are, by what it costs when something was changed before it; in turns, and taken back. */
async function withAndWithout(
  client: Client,
  work: () => Promise<unknown>,
  ...changes: readonly string[]
): Promise<{ cpu: number; log: number }> {
  const run = (prepare: readonly string[]) =>
    takenBack(client, async () => {
      for (const statement of prepare) await client.query(statement);
      const before = await logPosition(client);
      return { cpu: await cpuSeconds(client, work), log: (await logPosition(client)) - before };
    });
  const sums = { with: { cpu: 0, log: 0 }, without: { cpu: 0, log: 0 } };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [sum, prepare] of [
      [sums.with, []],
      [sums.without, changes],
    ] as const) {
      const { cpu, log } = await run(prepare);
      sum.cpu += cpu;
      sum.log += log;
    }
  }
  return { cpu: sums.with.cpu / sums.without.cpu, log: sums.with.log / sums.without.log };
}

const STATEMENTS = 1000;

/** What the triggers of migrations 0011 and 0013 cost the statement that stores a prediction's anomalies. */
async function measureAnomalyCounts(owner: Client): Promise<Choice[]> {
  const choices: Choice[] = [];
  for (const rows of [1, 10, 100]) {
    const store = async () => {
      for (let n = 0; n < STATEMENTS / Math.sqrt(rows); n += 1) {
        await owner.query(
          `INSERT INTO anomalies (timestamp, value, severity, model_id, dataset_id, features)
           SELECT clock_timestamp(), 1, 0.75, $1::int, $2::bigint, '{1,2,3,4,5,6,7,8}' FROM generate_series(1, $3::int)`,
          [(n % 20) + 1, (n % 49) + 1, rows],
        );
      }
    };
    const { cpu, log } = await withAndWithout(owner, store, "ALTER TABLE anomalies DISABLE TRIGGER USER");
    await owner.query("VACUUM anomalies, anomaly_counts");
    const what = `storing ${rows} anomalies with the counts, by that without`;
    choices.push({ what, unit: "times the CPU", value: cpu }, { what, unit: "times the log", value: log });
  }
  return choices;
}

/** What an insert costs with the indexes that a migration made, by that with those before it. */
async function measureIndexChange(owner: Client, migration: string, indexes: string): Promise<Choice[]> {
  const down = readMigrations().find(({ name }) => name.endsWith(migration))?.down.sql ?? "";
  const { cpu, log } = await withAndWithout(
    owner,
    () => owner.query(INSERTS.anomalies ?? ""),
    // In a transaction, which CONCURRENTLY cannot be in.
    ...splitStatements(down).map((statement) => statement.replace(" CONCURRENTLY", "")),
  );
  await owner.query("VACUUM ANALYZE anomalies");
  const what = `an insert with ${indexes}, by that with those before`;
  return [
    { what, unit: "times the CPU", value: cpu },
    { what, unit: "times the log", value: log },
  ];
}

/** Rows that an offset skips, counted in the index or fetched; and where no vacuum has seen them. */
async function measureOffset({ owner, app }: Server, executions: number): Promise<Choice[]> {
  const offset = 10_000;
  const counted = listCall(pageRequest({ limit: 100, offset }));
  const fetched = changed(listCall(pageRequest({ limit: 100 })), "fetched", (text) =>
    text.replace(") AS page", ` OFFSET ${offset}) AS page`),
  );
  const figures = async (what: string, client: Client, call: typeof counted): Promise<Choice[]> => [
    { what, unit: "pages", value: (await explain(owner, call)).custom.buffers },
    { what, unit: "ms", value: (await time(client, () => call, executions)).median },
  ];
  const choices = [
    ...(await figures("offset 10,000", app, counted)),
    ...(await figures("the same, skipped rows fetched", app, fetched)),
  ];
  await takenBack(owner, async () => {
    await owner.query(INSERTS.anomalies ?? "");
    choices.push(...(await figures("offset 10,000 after 10,000 rows that no vacuum has seen", owner, counted)));
  });
  await owner.query("VACUUM anomalies, anomaly_counts");
  return choices;
}

const PREDICTIONS = 2000;

/** A row for each answered batch of predictions, as a table of them would have it. */
async function measurePredictionRows(client: Client): Promise<Choice[]> {
  for (const statement of splitStatements(`
    CREATE TABLE predictions (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      model_id integer NOT NULL REFERENCES models,
      user_id bigint NOT NULL REFERENCES users,
      row_count integer NOT NULL CHECK (row_count > 0),
      anomaly_count integer NOT NULL CHECK (anomaly_count BETWEEN 0 AND row_count),
      duration_ms double precision NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX idx_predictions_model ON predictions (model_id, created_at DESC);
    CREATE INDEX idx_predictions_user ON predictions (user_id)`)) {
    await client.query(statement);
  }
  const before = await logPosition(client);
  const began = performance.now();
  const seconds = await cpuSeconds(client, async () => {
    for (let n = 0; n < PREDICTIONS; n += 1) {
      await client.query(
        "INSERT INTO predictions (model_id, user_id, row_count, anomaly_count, duration_ms) VALUES ($1, $2, 32, 0, 1.5)",
        [(n % 20) + 1, (n % 100) + 1],
      );
    }
  });
  const what = "a row for each answered prediction";
  return [
    { what, unit: "ms, without the flush of the log", value: (performance.now() - began) / PREDICTIONS },
    { what, unit: "CPU µs of the database", value: (seconds * 1e6) / PREDICTIONS },
    { what, unit: "bytes of log", value: ((await logPosition(client)) - before) / PREDICTIONS },
  ];
}
