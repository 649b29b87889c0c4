import type { Database, Reading, Statement } from "../database/database.ts";
import { isoTimestamp } from "../database/types.ts";
import { LIMIT_DEFAULT } from "../http/paging.ts";
import { cursorAfter, type PageRequest, type Position, positionOf } from "./query.ts";
import { countCall } from "./total.ts";
import { type Call, plannedByValue, where } from "./where.ts";

/**
 * A row as one text: taken one by one, the 700 cells of a page are a good part of what its answer costs this process. No
 * cell's text has a comma or the end of a line, and the one that can be NULL, which is left out, is the last.
 */
const LINE = "concat_ws(',', id, timestamp, value, severity, model_id, status, dataset_id)";

/** The sort key of a row, and the order of the list. */
const KEY = "timestamp, id";
const ORDER = "ORDER BY timestamp DESC, id DESC";

/**
 * The statement of a page. It reads one row more than the page has, to know whether there is a next one.
 *
 * A first page of the usual size, which most ask for, has its size in the text: PostgreSQL then keeps its plan. A size that is
 * a parameter it takes for a tenth of all rows, and plans each page anew: a quarter of what the page costs it.
 *
 * Rows that an offset skips are counted in an index, up to the first row of the page: in one statement they would all be
 * fetched.
 */
export function listCall({ filters, limit, offset }: PageRequest, after?: Position): Call {
  const { name, text, values } = where(filters, after);
  const list = `SELECT ${KEY}, ${LINE} AS line FROM anomalies${text}`;
  const call = (kind: string, rest: string, ...parameters: number[]): Call => ({
    statement: {
      name: `anomalies_${kind}${name}`,
      text: `SELECT string_agg(line, E'\\n' ${ORDER}) FROM (${list + rest}) AS page`,
      unprepared: plannedByValue(filters),
    },
    values: [...values, ...parameters],
  });
  const size = `$${values.length + 1}`;
  if (offset > 0) {
    const first = `SELECT ${KEY} FROM anomalies${text} ${ORDER} LIMIT 1 OFFSET $${values.length + 2}`;
    const from = `${text === "" ? " WHERE" : " AND"} (${KEY}) <= (${first})`;
    return call("offset", `${from} ${ORDER} LIMIT ${size}`, limit + 1, offset);
  }
  if (limit === LIMIT_DEFAULT && after === undefined) return call("list", ` ${ORDER} LIMIT ${limit + 1}`);
  return call("page", ` ${ORDER} LIMIT ${size}`, limit + 1);
}

const BY_ID: Statement = { name: "anomalies_get", text: `SELECT ${LINE} FROM anomalies WHERE id = $1` };

/**
 * A page as JSON. The total is of another statement: a row that comes in between is in one of them alone.
 *
 * @throws Problem 400 for a cursor that cannot be used
 */
export async function readPage(database: Database, request: PageRequest, reading: Reading): Promise<string> {
  const after = request.cursor === undefined ? undefined : positionOf(request.cursor, request.list);
  const list = listCall(request, after);
  const count = request.total ? countCall(request) : undefined;
  const [page, counted] = await Promise.all([
    database.readText(list.statement, list.values, reading),
    count && database.readText(count.statement, count.values, reading),
  ]);
  // Of no rows there is no text.
  return pageJson(request, page[0]?.[0]?.split("\n") ?? [], counted?.[0]?.[0]);
}

/** One anomaly as JSON; `undefined` when there is none of this id. */
export async function readAnomaly(database: Database, id: number, reading: Reading): Promise<string | undefined> {
  const [found] = await database.readText(BY_ID, [id], reading);
  return found?.[0] ? anomalyJson(found[0]) : undefined;
}

function pageJson(
  { list, limit, offset, cursor }: PageRequest,
  lines: readonly string[],
  total?: string | null,
): string {
  const page = lines.slice(0, limit);
  const last = lines.length > limit ? page.at(-1) : undefined;
  const next = last && `"${cursorAfter(positionIn(last), list)}"`;
  return (
    `{"anomalies":[${page.map(anomalyJson).join(",")}],"count":${page.length},"limit":${limit},` +
    `"offset":${cursor === undefined ? offset : null},"next_cursor":${next ?? null}` +
    `${total === undefined ? "" : `,"total":${total}`}}`
  );
}

function positionIn(line: string): Position {
  const [id = "", timestamp = ""] = line.split(",", 2);
  return { id, timestamp: isoTimestamp(timestamp) };
}

/**
 * A {@link LINE} as JSON. PostgreSQL's text of a number is JSON's, as the schema keeps NaN and the infinities out; the
 * status is one of a fixed set. No other text is put into JSON as it is.
 */
function anomalyJson(line: string): string {
  let start = 0;
  // `split` takes half as long again.
  const cell = (): string => {
    const end = line.indexOf(",", start);
    const text = end < 0 ? line.slice(start) : line.slice(start, end);
    start = end < 0 ? line.length : end + 1;
    return text;
  };
  const [id, timestamp, value, severity, modelId, status] = [cell(), cell(), cell(), cell(), cell(), cell()];
  return (
    `{"id":${id},"timestamp":"${isoTimestamp(timestamp)}","value":${value},"severity":${severity},` +
    `"model_id":${modelId},"dataset_id":${cell() || null},"status":"${status}"}`
  );
}
