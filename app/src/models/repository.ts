import type { Database, Reading, Statement } from "../database/database.ts";
import { decodeCursor, encodeCursor, malformedCursor } from "../http/cursor.ts";
import type { ModelRow } from "./model.ts";
import type { Model, ModelListQuery, ModelPage } from "./schemas.ts";

const COLUMNS = "id, name, version, algorithm_name, accuracy, status, feature_count, threshold, created_at, updated_at";

const GET: Statement = { name: "models_get", text: `SELECT ${COLUMNS}, artifact, sha256 FROM models WHERE id = $1` };

const LIST: Statement = {
  name: "models_list",
  text: `SELECT ${COLUMNS} FROM models ORDER BY id DESC LIMIT $1`,
};

const LIST_AFTER: Statement = {
  name: "models_list_after",
  text: `SELECT ${COLUMNS} FROM models WHERE id < $2 ORDER BY id DESC LIMIT $1`,
};

const DATASET_EXISTS: Statement = { name: "models_dataset_exists", text: "SELECT 1 FROM datasets WHERE id = $1" };

/** The name of the list, for its cursors. */
const CURSOR_LIST = "models";
/** The highest id of type integer. */
const MAX_ID = 2_147_483_647;

/** The cache's key of a page. */
export function listKey({ limit, cursor }: ModelListQuery): string {
  return `list|${limit}|${cursor ?? ""}`;
}

/**
 * A page of models, newest first. One row more than the page has is read, to know whether there is a next one.
 *
 * @throws Problem 400 for a cursor that cannot be used
 */
export async function readModels(
  database: Database,
  { limit, cursor }: ModelListQuery,
  reading: Reading,
): Promise<ModelPage> {
  const rows =
    cursor === undefined
      ? await database.read<Model>(LIST, [limit + 1], reading)
      : await database.read<Model>(LIST_AFTER, [limit + 1, positionOf(cursor)], reading);
  const models = rows.slice(0, limit);
  const last = rows.length > limit ? models.at(-1) : undefined;
  const next_cursor = last === undefined ? null : encodeCursor(String(last.id), CURSOR_LIST);
  return { models, count: models.length, limit, next_cursor };
}

function positionOf(cursor: string): number {
  const id = Number(decodeCursor(cursor, CURSOR_LIST, /^([1-9]\d{0,9})$/)[0]);
  if (id > MAX_ID) throw malformedCursor();
  return id;
}

/** One model; `undefined` when there is none of this id. */
export async function readModel(database: Database, id: number, reading: Reading): Promise<ModelRow | undefined> {
  const [model] = await database.read<ModelRow>(GET, [id], reading);
  return model;
}

/** What clients see of a model: not where it lies. */
export function publicModel({ artifact: _artifact, sha256: _sha256, ...model }: ModelRow): Model {
  return model;
}

/** Whether there is a dataset of this id. */
export async function datasetExists(database: Database, id: number, reading: Reading): Promise<boolean> {
  return (await database.read(DATASET_EXISTS, [id], reading)).length > 0;
}
