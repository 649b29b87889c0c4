import { randomUUID } from "node:crypto";
import { type Position, pageRequest } from "../../app/src/anomalies/query.ts";
import { listCall, readAnomaly } from "../../app/src/anomalies/repository.ts";
import type { AnomalyListQuery } from "../../app/src/anomalies/schemas.ts";
import { countCall } from "../../app/src/anomalies/total.ts";
import { createActivity } from "../../app/src/auth/activity.ts";
import type { Database } from "../../app/src/database/database.ts";
import { copyRow } from "../../app/src/datasets/points.ts";
import { copyPoints, createDataset, readDataset, readDatasets, readStats } from "../../app/src/datasets/repository.ts";
import { storing } from "../../app/src/models/anomalies.ts";
import type { ModelRow } from "../../app/src/models/model.ts";
import { readModels } from "../../app/src/models/repository.ts";
import { SIZE } from "./data.ts";
import { identify } from "./queries.ts";
import { oneOf, scattered } from "./scatter.ts";

/** A class of operations. */
export interface Work {
  readonly name: string;
  readonly kind: "read" | "write";
  /** The API's own, or what the guide's functions and indexes are for. */
  readonly source: "API" | "guide";
  /** How many of all operations are of this class, by comparison. */
  readonly weight: number;
  /** @param n any number: another one asks for other rows */
  readonly run: (n: number) => (database: Database) => Promise<unknown>;
}

const work =
  (source: Work["source"], kind: Work["kind"]) =>
  (name: string, weight: number, run: Work["run"]): Work => ({
    name,
    kind,
    source,
    weight,
    run,
  });
const reads = work("API", "read");
const writes = work("API", "write");
const guide = work("guide", "read");

const DAY_MS = 86_400_000;
const READING = {};
const FEATURES = 8;

/** A moment of the year that the data are of, in the list's own form. */
const moment = (n: number, salt: number, latest = 1) =>
  new Date(Date.now() - (1 - scattered(n, salt) * latest) * 365 * DAY_MS).toISOString();

/** The list goes on from there. */
const place = (n: number, salt: number) => ({ timestamp: moment(n, salt), id: String(Number.MAX_SAFE_INTEGER) });

const model = (n: number) => ({ model_id: oneOf(SIZE.models, n, 1) });
const dataset = (n: number) => ({ dataset_id: oneOf(SIZE.datasets, n, 2) });

const page = (query: AnomalyListQuery, after?: Position) => (database: Database) => {
  const { statement, values } = listCall(pageRequest({ limit: 100, ...query }), after);
  return database.readText(statement, values);
};

/**
 * The service's own statements, recorded from its code, and two of the guide's: most ask for pages anywhere in the year, so that in
 * time all of it is asked for.
 *
 * @param rows anomalies that there are
 */
export const mix = (rows: number): readonly Work[] => [
  reads("newest anomalies", 6, () => page({})),
  reads("page of a model", 18, (n) => page(model(n), place(n, 3))),
  reads("page of a dataset", 14, (n) => page(dataset(n), place(n, 4))),
  reads("page of a model from severity 0.9", 6, (n) => page({ ...model(n), min_severity: 0.9 }, place(n, 5))),
  reads("page of a week", 5, (n) => page(days(7, n, 6))),
  reads("one anomaly", 12, (n) => (database) => readAnomaly(database, oneOf(rows, n, 7), READING)),
  reads("total of a model and a dataset", 4, (n) => (database) => {
    const { statement, values } = countCall(pageRequest({ ...model(n), ...dataset(n) }));
    return database.readText(statement, values);
  }),
  reads("one dataset", 4, (n) => (database) => readDataset(database, oneOf(5000, n, 8), READING)),
  reads("datasets by a part of their name", 3, (n) => (database) => {
    const search = oneOf(0xffff, n, 9).toString(16).padStart(4, "0");
    return readDatasets(database, { limit: 100, search }, READING);
  }),
  reads("a dataset's statistics", 3, (n) => (database) => readStats(database, oneOf(SIZE.datasets, n, 10), READING)),
  reads("models", 3, () => (database) => readModels(database, { limit: 100 }, READING)),
  reads("a session by its token", 5, () => identify),
  guide("anomalies from severity 0.9999", 2, () => (database) => database.readText(BY_THRESHOLD, [0.9999])),
  guide("a model's mean severity in a month", 2, (n) => (database) => {
    const { from, to } = days(30, n, 12);
    return database.readText(MEAN_SEVERITY, [model(n).model_id, from, to]);
  }),
  writes("10 anomalies of a prediction", 6, (n) => (database) => {
    const { statement, values } = predicted(n);
    return database.write(statement, values);
  }),
  writes(
    "500 points of an upload",
    2,
    (n) => (database) => upload(database, SIZE.datasets + oneOf(SIZE.datasets, n, 11)),
  ),
  writes("last use of 200 sessions", 2, (n) => (database) => used(database, Math.floor(rows / 10), n)),
  writes(
    "a new dataset",
    2,
    (n) => (database) => createDataset(database, { name: `mix ${n} ${randomUUID()}`, features: ["x", "y", "z"] }),
  ),
];

const BY_THRESHOLD = { name: "guide_by_threshold", text: "SELECT * FROM get_anomalies_by_threshold($1)" };

const MEAN_SEVERITY = {
  name: "guide_mean_severity",
  text: "SELECT avg(severity) FROM anomalies WHERE model_id = $1 AND timestamp >= $2 AND timestamp < $3",
};

/** Some days of the year. */
function days(count: number, n: number, salt: number): { from: string; to: string } {
  const from = moment(n, salt, 0.9);
  return { from, to: new Date(Date.parse(from) + count * DAY_MS).toISOString() };
}

/** How a batch in which ten rows are anomalous is stored. */
function predicted(n: number) {
  const rows = Array.from({ length: 10 }, (_, row) =>
    Array.from({ length: FEATURES }, (_, feature) => scattered(n, 20 + row * FEATURES + feature)),
  );
  return storing(
    { id: model(n).model_id } as ModelRow,
    { rows, ...dataset(n) },
    {
      scores: Float32Array.from(rows, (_, row) => 0.5 + 0.5 * scattered(n, 200 + row)),
      labels: Int8Array.from(rows, () => 1),
    },
  );
}

function upload(database: Database, datasetId: number): Promise<number> {
  const target = { datasetId, featureCount: FEATURES };
  const point = {
    timestamp: new Date().toISOString(),
    values: Array.from({ length: FEATURES }, (_, feature) => feature),
  };
  const rows = Buffer.from(copyRow(point, target).repeat(500));
  return database.transaction((tx) => copyPoints(tx, rows));
}

/** Sessions that were used since they were last written. */
async function used(database: Database, sessions: number, n: number): Promise<void> {
  const activity = createActivity(database, { error: console.error });
  for (let index = 0; index < 200; index += 1) activity.seen(oneOf(sessions, n * 200 + index, 13));
  await activity.stop();
}
