import type pg from "pg";
import type { Stack } from "./stack.ts";

/** What the demo shows: the last 30 days of five machines' eight readings. */
const DATASETS = [
  { name: "compressor-hall", description: "Pressure, temperature and vibration of the compressors" },
  { name: "packaging-line", description: "Speeds and currents of the packaging line" },
  { name: "cold-storage", description: "Temperatures and door contacts of the cold storage" },
  { name: "paint-shop", description: "Air flow and humidity of the paint shop" },
  { name: "wind-park", description: "Rotor speed and power of the wind park" },
] as const;

const FEATURES = ["pressure", "temperature", "flow", "humidity", "speed", "current", "voltage", "vibration"];
const DAYS = 30;
const HOUR_MS = 3_600_000;
const ANOMALIES = 20_000;
const RECORDS_PER_DATASET = 2_000;

/** An incident: many anomalies of one data set, rising and ebbing away around an hour. */
interface Incident {
  readonly hour: number;
  readonly dataset: number;
  /** Times the ordinary number of anomalies, at its height. */
  readonly strength: number;
}

/** Numbers from 0 to 1 that look random and are the same at every run (xorshift, 32 bits). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Loads data sets, points, and anomalies of the models that the migrations registered; the same at every run but for the time, which ends now. */
export async function loadDemo(stack: Stack): Promise<void> {
  const client = await stack.connect();
  try {
    const { rows } = await client.query<{ id: number }>("SELECT id FROM models ORDER BY id");
    const models = rows.map(({ id }) => id);
    const datasets = await insertDatasets(client);
    const random = numbers(20_240_229);
    const start = Date.now() - DAYS * 24 * HOUR_MS;
    await insertRecords(client, datasets, start, random);
    await insertAnomalies(client, { datasets, models, start, random });
    await client.query("VACUUM ANALYZE");
  } finally {
    await client.end();
  }
}

async function insertDatasets(client: pg.Client): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO datasets (name, description) SELECT * FROM unnest($1::text[], $2::text[]) RETURNING id`,
    [DATASETS.map(({ name }) => name), DATASETS.map(({ description }) => description)],
  );
  const ids = rows.map(({ id }) => Number(id));
  await client.query(
    `INSERT INTO dataset_features (dataset_id, position, feature_name)
     SELECT id, position, feature_name
     FROM unnest($1::bigint[]) id, unnest($2::text[]) WITH ORDINALITY AS feature (feature_name, position)`,
    [ids, FEATURES],
  );
  return ids;
}

/** Evenly over the time; each reading swings with the day, one in fifty leaps out of it. */
async function insertRecords(
  client: pg.Client,
  datasets: readonly number[],
  start: number,
  random: () => number,
): Promise<void> {
  const step = (DAYS * 24 * HOUR_MS) / RECORDS_PER_DATASET;
  const records = datasets.flatMap((dataset_id) =>
    Array.from({ length: RECORDS_PER_DATASET }, (_, index) => {
      const at = start + index * step;
      const is_anomaly = random() < 0.02;
      const day = Math.sin((at / (24 * HOUR_MS)) * 2 * Math.PI);
      const values = FEATURES.map(() => day + (random() - 0.5) * (is_anomaly ? 10 : 1));
      return { dataset_id, timestamp: new Date(at).toISOString(), values, is_anomaly };
    }),
  );
  await client.query(
    `INSERT INTO dataset_records (dataset_id, timestamp, values, is_anomaly)
     SELECT dataset_id, timestamp, values, is_anomaly
     FROM json_to_recordset($1) AS record (dataset_id bigint, timestamp timestamptz, values float8[], is_anomaly boolean)`,
    [JSON.stringify(records)],
  );
}

/** More by day than by night, fewer at the weekend, and six incidents. */
async function insertAnomalies(
  client: pg.Client,
  { datasets, models, start, random }: { datasets: number[]; models: number[]; start: number; random: () => number },
): Promise<void> {
  const hours = DAYS * 24;
  const incidents: Incident[] = Array.from({ length: 6 }, () => ({
    hour: Math.floor(random() * hours),
    dataset: Math.floor(random() * datasets.length),
    strength: 10 + random() * 30,
  }));
  const slots = Array.from({ length: hours }, (_, hour) =>
    datasets.map((_, dataset) => ({ hour, dataset, weight: weight(start, hour, dataset, incidents) })),
  ).flat();
  const total = slots.reduce((sum, slot) => sum + slot.weight, 0);

  const anomalies = slots.flatMap(({ hour, dataset, weight }) =>
    // The fraction decides by chance, so that quiet hours are not all empty.
    Array.from({ length: Math.floor((weight / total) * ANOMALIES + random()) }, () => {
      const severity = 0.5 + random() ** 3 * 0.5;
      const at = start + (hour + random()) * HOUR_MS;
      return {
        timestamp: new Date(at).toISOString(),
        value: Number((severity * 100 * (random() < 0.5 ? -1 : 1)).toFixed(3)),
        severity: Number(severity.toFixed(4)),
        // What is old was looked at.
        status: at < start + 23 * 24 * HOUR_MS ? "resolved" : severity > 0.9 ? "acknowledged" : "active",
        model_id: models[Math.floor(random() * models.length)],
        dataset_id: datasets[dataset],
      };
    }),
  );
  await client.query(
    `INSERT INTO anomalies (timestamp, value, severity, status, model_id, dataset_id)
     SELECT timestamp, value, severity, status, model_id, dataset_id
     FROM json_populate_recordset(NULL::anomalies, $1) ORDER BY timestamp`,
    [JSON.stringify(anomalies)],
  );
}

/** How many anomalies an hour of a data set has, by comparison. */
function weight(start: number, hour: number, dataset: number, incidents: readonly Incident[]): number {
  const at = new Date(start + hour * HOUR_MS);
  const day = 1 + 0.6 * Math.sin(((at.getUTCHours() - 6) / 24) * 2 * Math.PI);
  const weekend = at.getUTCDay() % 6 === 0 ? 0.4 : 1;
  const incident = incidents
    .filter((candidate) => candidate.dataset === dataset)
    .reduce((sum, { hour: peak, strength }) => sum + strength * Math.exp(-(((hour - peak) / 3) ** 2)), 0);
  return day * weekend + incident;
}
