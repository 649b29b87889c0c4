import type { Database, Reading, Statement, Transaction } from "../database/database.ts";
import { decodeCursor, encodeCursor, malformedCursor } from "../http/cursor.ts";
import { LIMIT_DEFAULT } from "../http/paging.ts";
import type { Dataset, DatasetListQuery, DatasetPage, DatasetStats, NewDataset } from "./schemas.ts";

const COLUMNS = "d.id, d.name, d.description, d.status, d.created_at, d.updated_at";

type Summary = DatasetPage["datasets"][number];

const GET: Statement = {
  name: "datasets_get",
  text: `SELECT ${COLUMNS}, ARRAY(
  SELECT feature_name FROM dataset_features f WHERE f.dataset_id = d.id ORDER BY position
) AS features FROM datasets d WHERE d.id = $1`,
};

/** Dataset and features in one statement: a reader sees neither without the other. */
const CREATE: Statement = {
  name: "datasets_create",
  text: `WITH d AS (
  INSERT INTO datasets (name, description) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING *
), features AS (
  INSERT INTO dataset_features (dataset_id, position, feature_name)
  SELECT d.id, feature.position, feature.name
  FROM d, unnest($3::text[]) WITH ORDINALITY AS feature (name, position)
)
SELECT ${COLUMNS} FROM d`,
};

const STATS: Statement = {
  name: "datasets_stats",
  text: `SELECT d.id AS dataset_id, s.record_count, s.feature_count, s.anomaly_rate, s.last_updated
FROM datasets d, get_dataset_stats(d.id) s WHERE d.id = $1`,
};

/** The cache's key of a page. The search is any text, and therefore the last part. */
export function listKey({ limit = LIMIT_DEFAULT, cursor, search }: DatasetListQuery): string {
  return `list|${limit}|${cursor ?? ""}|${search ?? ""}`;
}

/**
 * A page of datasets, newest first. One row more than the page has is read, to know whether there is a next one.
 *
 * @throws Problem 400 for a cursor that cannot be used
 */
export async function readDatasets(
  database: Database,
  { limit = LIMIT_DEFAULT, cursor, search }: DatasetListQuery,
  reading: Reading,
): Promise<DatasetPage> {
  const list = `datasets|${search ?? ""}`;
  const values: unknown[] = [];
  const conditions: string[] = [];
  let name = "datasets_list";
  if (search !== undefined) {
    name += "_search";
    conditions.push(`d.name ILIKE $${values.push(`%${search.replace(/[\\%_]/g, "\\$&")}%`)}`);
  }
  if (cursor !== undefined) {
    name += "_after";
    conditions.push(`d.id < $${values.push(positionOf(cursor, list))}`);
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const text = `SELECT ${COLUMNS} FROM datasets d${where} ORDER BY d.id DESC LIMIT $${values.push(limit + 1)}`;
  // A part of a name that few have is found by its index, one that many have on the way through the list.
  const unprepared = search !== undefined;
  const rows = await database.read<Summary>({ name, text, unprepared }, values, reading);
  const datasets = rows.slice(0, limit);
  const last = rows.length > limit ? datasets.at(-1) : undefined;
  return { datasets, count: datasets.length, limit, next_cursor: last ? encodeCursor(String(last.id), list) : null };
}

function positionOf(cursor: string, list: string): number {
  const id = Number(decodeCursor(cursor, list, /^([1-9]\d{0,15})$/)[0]);
  if (!Number.isSafeInteger(id)) throw malformedCursor();
  return id;
}

/** One dataset; `undefined` when there is none of this id. */
export async function readDataset(database: Database, id: number, reading: Reading): Promise<Dataset | undefined> {
  const [dataset] = await database.read<Dataset>(GET, [id], reading);
  return dataset;
}

/** What a dataset holds; `undefined` when there is none of this id. */
export async function readStats(database: Database, id: number, reading: Reading): Promise<DatasetStats | undefined> {
  const [stats] = await database.read<DatasetStats>(STATS, [id], reading);
  return stats;
}

/** The new dataset; `undefined` when there is one of this name already. */
export async function createDataset(database: Database, dataset: NewDataset): Promise<Dataset | undefined> {
  const { name, description = "", features } = dataset;
  const [created] = await database.write<Summary>(CREATE, [name, description, features]);
  return created && { ...created, features };
}

/**
 * Stores a batch of points, rows of {@link copyRow}, and tells how many they were. Each batch is a COPY of its own: the
 * time limit of a statement, the service's as well as the server's, is for the database's work, not for a client's line.
 */
export function copyPoints(tx: Transaction, batch: Buffer): Promise<number> {
  return tx.copyFrom("COPY dataset_records (dataset_id, timestamp, values, is_anomaly) FROM STDIN", once(batch));
}

async function* once(batch: Buffer): AsyncGenerator<Buffer> {
  yield batch;
}
