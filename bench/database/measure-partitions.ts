import { storing } from "../../app/src/models/anomalies.ts";
import type { ModelRow } from "../../app/src/models/model.ts";
import { type Call, changed } from "./calls.ts";
import { tableIndexes } from "./measure-queries.ts";
import { explain } from "./plans.ts";
import type { Query } from "./queries.ts";
import type { Client, Server } from "./server.ts";
import { cpuSeconds, takenBack, time } from "./times.ts";

/** The same work on one table and on one that is partitioned by month. */
export interface Comparison {
  readonly work: string;
  readonly unit: string;
  readonly plain: number;
  readonly partitioned: number;
}

const NAME = "anomalies_by_month";
const BATCH = 100;
const BATCHES = 100;
const ROUNDS = 5;

/** The API's queries that are compared, by their names. */
const COMPARED = [
  "list",
  "list, page near the end",
  "list of a model",
  "list of a dataset",
  "list of a month",
  "one anomaly",
];

/** Rows older than this are deleted; the data begin a year ago. */
const KEPT_DAYS = 335;

/** Copies the anomalies, and does with both tables what the service does. Those that are old are deleted at the end. */
export async function measurePartitions(
  { owner, app }: Server,
  all: readonly Query[],
  executions: number,
): Promise<Comparison[]> {
  await copy(owner);
  const comparisons = [await compareInserts(owner)];
  for (const { name, call } of all.filter((query) => COMPARED.includes(query.name))) {
    const other = async (n: number) => onPartitions(await call(n));
    const pages = async (which: typeof other) => (await explain(owner, await which(0))).custom.buffers;
    const plain = async (n: number) => call(n);
    comparisons.push(
      { work: name, unit: "pages", plain: await pages(plain), partitioned: await pages(other) },
      {
        work: name,
        unit: "ms",
        plain: (await time(app, plain, executions)).median,
        partitioned: (await time(app, other, executions)).median,
      },
    );
  }
  return [...comparisons, await compareRetention(owner)];
}

const onPartitions = (call: Call): Call =>
  changed(call, "by_month", (text) => text.replaceAll(/\b(FROM|INTO) anomalies\b/g, `$1 ${NAME}`));

/** With the same columns, checks, foreign keys and indexes; but the key, which has to hold the time as well. */
async function copy(client: Client): Promise<void> {
  await client.query(`CREATE TABLE ${NAME} (LIKE anomalies INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY,
    PRIMARY KEY (id, timestamp), FOREIGN KEY (model_id) REFERENCES models, FOREIGN KEY (dataset_id) REFERENCES datasets)
    PARTITION BY RANGE (timestamp)`);
  await client.query(`DO $$
    DECLARE month timestamptz;
    BEGIN
      FOR month IN SELECT generate_series(date_trunc('month', now() - interval '1 year'), now() + interval '1 month', '1 month')
      LOOP
        EXECUTE format('CREATE TABLE ${NAME}_%s PARTITION OF ${NAME} FOR VALUES FROM (%L) TO (%L)',
          to_char(month, 'YYYY_MM'), month, month + interval '1 month');
      END LOOP;
    END $$`);
  await client.query(`INSERT INTO ${NAME} OVERRIDING SYSTEM VALUE SELECT * FROM anomalies ORDER BY id`);
  for (const { name, table, statement } of tableIndexes()) {
    if (table !== "anomalies") continue;
    const own = statement.replace(`CONCURRENTLY ${name}`, `${name}_by_month`).replace(" ON anomalies ", ` ON ${NAME} `);
    await client.query(own);
  }
  await client.query(`GRANT SELECT ON ${NAME} TO pynomaly_app`);
  await client.query(`VACUUM ANALYZE ${NAME}`);
}

/** As predictions store them, of this moment. */
async function compareInserts(client: Client): Promise<Comparison> {
  const rows = Array.from({ length: BATCH }, (_, n) => [n, 1, 2, 3, 4, 5, 6, 7]);
  const { statement, values } = storing(
    { id: 1 } as ModelRow,
    { rows, dataset_id: 1 },
    { scores: new Float32Array(BATCH).fill(0.75), labels: new Int8Array(BATCH).fill(1) },
  );
  const plain: Call = { statement, values };
  const seconds = { plain: 0, partitioned: 0 };
  const insert = (call: Call) =>
    takenBack(client, () =>
      cpuSeconds(client, async () => {
        for (let batch = 0; batch < BATCHES; batch += 1) await client.query(call.statement.text, [...call.values]);
      }),
    );
  for (let round = 0; round < ROUNDS; round += 1) {
    seconds.plain += await insert(plain);
    seconds.partitioned += await insert(onPartitions(plain));
  }
  await client.query(`VACUUM anomalies, ${NAME}`);
  const perRow = 1e6 / (ROUNDS * BATCHES * BATCH);
  return {
    work: `insert, ${BATCH} rows a statement`,
    unit: "CPU µs a row",
    plain: seconds.plain * perRow,
    partitioned: seconds.partitioned * perRow,
  };
}

/** In batches and with the vacuum that gives the room back, against the drop of the partitions that the time covers. */
async function compareRetention(client: Client): Promise<Comparison> {
  const began = performance.now();
  let deleted: number;
  do {
    const { rows } = await client.query("SELECT anomalies::int AS n FROM delete_expired($1, NULL)", [KEPT_DAYS]);
    deleted = rows[0].n;
  } while (deleted > 0);
  await client.query("VACUUM anomalies");
  const between = performance.now();
  const { rows } = await client.query(
    "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass ORDER BY 1 LIMIT 2",
    [NAME],
  );
  for (const { name } of rows) await client.query(`DROP TABLE ${name}`);
  return {
    work: "delete a month: delete_expired and VACUUM, DROP TABLE",
    unit: "ms",
    plain: between - began,
    partitioned: performance.now() - between,
  };
}
