import type { WantedIndex } from "../database/migrations/wanted.ts";
import { canonical } from "./canonical.ts";
import type { Reader } from "./connection.ts";
import { LOCKED, USER_SCHEMA } from "./sql.ts";

/** An index of the database, in any schema but PostgreSQL's own. */
export interface Index {
  readonly id: number;
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  /** Queries may use it. */
  readonly valid: boolean;
  /** A session makes it at this moment. */
  readonly building: boolean;
  readonly unique: boolean;
  /** It keeps a primary key or another constraint. */
  readonly constraint: boolean;
  readonly method: string;
  /** As PostgreSQL writes it; null while somebody has its table for himself. */
  readonly definition: string | null;
  readonly bytes: number;
  /** Since statistics began on this server. */
  readonly scans: number;
  /** Each key's column, operators, collation and direction. */
  readonly keys: readonly string[];
  /** Each key's column; null for an expression. */
  readonly columns: readonly (string | null)[];
  /** Columns beside the keys, and expressions and condition as PostgreSQL keeps them. */
  readonly rest: string;
  readonly partial: boolean;
}

const INDEXES = `
  SELECT i.indexrelid::bigint AS id, c.relname AS name, n.nspname AS schema, t.relname AS table,
         i.indisvalid AND i.indisready AND i.indislive AS valid,
         EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS building,
         i.indisunique AS unique,
         i.indisprimary OR EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('u', 'x'))
           AS constraint,
         am.amname AS method, CASE WHEN t.oid IN ${LOCKED} THEN NULL ELSE pg_get_indexdef(c.oid) END AS definition,
         CASE WHEN c.oid IN ${LOCKED} THEN c.relpages * 8192::bigint ELSE pg_relation_size(c.oid) END AS bytes,
         coalesce(pg_stat_get_numscans(i.indexrelid), 0) AS scans,
         ARRAY(SELECT format('%s/%s/%s/%s', i.indkey[k], i.indclass[k], i.indcollation[k], i.indoption[k])
               FROM generate_series(0, i.indnkeyatts - 1) k ORDER BY k) AS keys,
         ARRAY(SELECT a.attname::text FROM generate_series(0, i.indnkeyatts - 1) k
               LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]
               ORDER BY k) AS columns,
         concat_ws(' ', i.indkey[i.indnkeyatts : i.indnatts - 1], i.indexprs, i.indpred) AS rest,
         i.indpred IS NOT NULL AS partial
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_am am ON am.oid = c.relam
  WHERE c.relkind = 'i' AND ${USER_SCHEMA}
  ORDER BY n.nspname, t.relname, c.relname`;

/** Every index. */
export const readIndexes = (reader: Reader): Promise<Index[]> => reader.query<Index>(INDEXES);

/** What is wrong with a wanted index. */
export type IndexFault = "missing" | "invalid" | "different";

/** A wanted index that is not there as it is to be. */
export interface Deviation {
  readonly wanted: WantedIndex;
  readonly fault: IndexFault;
  /** What is there in its place. */
  readonly found?: Index;
}

/** The wanted indexes that are missing, invalid or defined otherwise. One that is being made is taken as there. */
export function deviations(wanted: readonly WantedIndex[], indexes: readonly Index[]): Deviation[] {
  return wanted.flatMap((index): Deviation[] => {
    const found = indexes.find(({ name, schema }) => name === index.name && schema === "public");
    if (found === undefined) return [{ wanted: index, fault: "missing" }];
    const { definition } = found;
    if (definition !== null && canonical(definition) !== canonical(index.statement)) {
      return [{ wanted: index, fault: "different", found }];
    }
    return found.valid || found.building ? [] : [{ wanted: index, fault: "invalid", found }];
  });
}

/** What REINDEX CONCURRENTLY calls the index that it makes, and the one that it replaces: left behind when it is ended. */
const LEFTOVER = /_cc(?:new|old)\d*$/;

/** Indexes that a REINDEX left behind. */
export const leftovers = (indexes: readonly Index[]): Index[] =>
  indexes.filter(({ name, valid, building }) => !valid && !building && LEFTOVER.test(name));
