import { decodeCursor, encodeCursor, malformedCursor } from "../http/cursor.ts";
import { LIMIT_DEFAULT } from "../http/paging.ts";
import { Problem } from "../http/problem.ts";
import { utcTimestamp } from "../http/timestamp.ts";
import type { AnomalyListQuery } from "./schemas.ts";

/** Which anomalies are asked for. */
export interface AnomalyFilters {
  readonly modelId?: number | undefined;
  readonly datasetId?: number | undefined;
  /** The first moment, as {@link utcTimestamp} writes it. */
  readonly from?: string | undefined;
  /** The moment after the last. */
  readonly to?: string | undefined;
  readonly minSeverity?: number | undefined;
}

/** A place in the list: the sort key of a row. */
export interface Position {
  readonly timestamp: string;
  readonly id: string;
}

/** A page of the list. Queries that ask for the same have the same text in every field. */
export interface PageRequest {
  readonly filters: AnomalyFilters;
  /** The filters as one text. */
  readonly list: string;
  readonly limit: number;
  /** Rows to skip; 0 where `cursor` is given. */
  readonly offset: number;
  readonly cursor: string | undefined;
  readonly total: boolean;
}

/**
 * The page that a validated query asks for.
 *
 * @throws Problem 400 for a range that is empty, and for a cursor together with an offset
 */
export function pageRequest(query: AnomalyListQuery): PageRequest {
  if (query.cursor !== undefined && query.offset !== undefined) {
    throw invalid("/query/offset", "there is a cursor as well; allowed: either of them");
  }
  // The schema's format of both is what utcTimestamp takes.
  const from = query.from && utcTimestamp(query.from);
  const to = query.to && utcTimestamp(query.to);
  if (from !== undefined && to !== undefined && from >= to) {
    throw invalid("/query/to", "it is not after from; allowed: a later time, as the range ends before it");
  }
  const { model_id: modelId, dataset_id: datasetId } = query;
  // Every severity is at least 0.
  const minSeverity = query.min_severity === 0 ? undefined : query.min_severity;
  return {
    filters: { modelId, datasetId, from, to, minSeverity },
    list: `${modelId ?? ""}|${datasetId ?? ""}|${from ?? ""}|${to ?? ""}|${minSeverity ?? ""}`,
    limit: query.limit ?? LIMIT_DEFAULT,
    offset: query.offset ?? 0,
    cursor: query.cursor,
    total: query.include_total ?? false,
  };
}

/**
 * The cache's key of a page. No part but the last can hold a `|`, so that two pages never share one. The cursor is not
 * decoded for it: one that cannot be used has no entry.
 */
export function cacheKey({ list, limit, offset, cursor, total }: PageRequest): string {
  return `${list}|${limit}|${total ? "t" : ""}|${cursor === undefined ? offset : `c${cursor}`}`;
}

/** The cursor of the rows after a position. */
export function cursorAfter({ timestamp, id }: Position, list: string): string {
  return encodeCursor(`${timestamp}/${id}`, list);
}

const POSITION = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\/([1-9]\d{0,15})$/;

/** @throws Problem 400 for a cursor that is malformed, or of a list with other filters */
export function positionOf(cursor: string, list: string): Position {
  const [timestamp = "", id = ""] = decodeCursor(cursor, list, POSITION);
  if (utcTimestamp(timestamp) !== timestamp || !Number.isSafeInteger(Number(id))) throw malformedCursor();
  return { timestamp, id };
}

function invalid(pointer: string, detail: string): Problem {
  return new Problem(400, "invalid-request", "The query is not valid.", { errors: [{ pointer, detail }] });
}
