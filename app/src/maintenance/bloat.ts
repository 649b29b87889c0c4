import type { Reader } from "./connection.ts";
import { mayRun, type Server } from "./server.ts";
import { LOCKED, USER_SCHEMA } from "./sql.ts";

/** Room that a table or an index has and does not use. */
export interface Bloat {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  /** Its table, of an index. */
  readonly table: string;
  readonly bytes: number;
  /** Of those, what a rebuild would give back. */
  readonly wasted: number;
  /** Of a table, what dead rows take of that. */
  readonly dead: number;
  /** Read from the pages themselves by pgstattuple, or computed from the planner's statistics. */
  readonly method: "measured" | "estimated";
}

/** Tables and indexes below this are not looked at: there is nothing to be gained. */
const LEAST_BYTES = 1024 ** 2;

/**
 * Bytes of a page, of what is before its rows, of a row's own head and of the pointer to it (PostgreSQL, "Database Page
 * Layout"). A B-tree's page also ends in 16 bytes of its own.
 */
const PAGE = 8192;
const PAGE_HEAD = 24;
const BTREE_END = 16;
const TABLE_ROW = 24 + 4;
const INDEX_ROW = 8 + 4;

/** How full pages are made when nothing else is said: B-tree indexes leave room for rows between others. */
const TABLE_FILL = 100;
const BTREE_FILL = 90;

const fill = (relation: string, otherwise: number): string =>
  `coalesce((SELECT option_value::integer FROM pg_options_to_table(${relation}.reloptions)
             WHERE option_name = 'fillfactor'), ${otherwise})`;

const isLarge = (relation: string): string =>
  `CASE WHEN ${relation}.oid IN ${LOCKED} THEN false ELSE pg_relation_size(${relation}.oid) >= ${LEAST_BYTES} END`;

/** Bloat of tables and materialized views, the greatest waste first. */
export async function tableBloat(reader: Reader, server: Server): Promise<Bloat[]> {
  const approx = await measuring(reader, server, "pgstattuple_approx");
  const relations = `
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.reltuples, pg_relation_size(c.oid) AS bytes,
           ${fill("c", TABLE_FILL)} AS fill
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND ${USER_SCHEMA} AND ${isLarge("c")}`;
  if (approx !== undefined) {
    return reader.query<Bloat>(
      `SELECT r.oid::bigint AS id, schema, name, name AS table, bytes,
              (m.dead_tuple_len + m.approx_free_space)::bigint AS wasted, m.dead_tuple_len AS dead, 'measured' AS method
       FROM (${relations}) r, LATERAL ${approx}(r.oid) m ORDER BY wasted DESC`,
    );
  }
  // Columns' widths are known to those alone who may read the columns.
  return reader.query<Bloat>(
    `SELECT oid::bigint AS id, schema, name, name AS table, bytes,
            greatest(0, bytes - ceil(reltuples * (${TABLE_ROW} + width) * 100 / fill / ${PAGE - PAGE_HEAD}) * ${PAGE}) AS wasted,
            least(bytes, dead_rows * (${TABLE_ROW} + width)) AS dead, 'estimated' AS method
     FROM (${relations}) r,
          LATERAL (SELECT ceil(sum(avg_width * (1 - null_frac)) / 8) * 8 AS width FROM pg_stats
                   WHERE schemaname = r.schema AND tablename = r.name) s,
          LATERAL (SELECT pg_stat_get_dead_tuples(r.oid) AS dead_rows) d
     WHERE reltuples >= 0 AND width IS NOT NULL ORDER BY wasted DESC`,
  );
}

/** Bloat of valid B-tree indexes, the greatest waste first: others give no account of their pages. */
export async function indexBloat(reader: Reader, server: Server): Promise<Bloat[]> {
  const statistics = await measuring(reader, server, "pgstatindex");
  const relations = `
    SELECT c.oid, n.nspname AS schema, c.relname AS name, t.relname AS table, i.indkey, i.indnatts, c.reltuples,
           pg_relation_size(c.oid) AS bytes, ${fill("c", BTREE_FILL)} AS fill
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am am ON am.oid = c.relam
    WHERE am.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence = 'p' AND i.indisvalid AND i.indisready
      AND t.oid NOT IN ${LOCKED} AND ${USER_SCHEMA} AND ${isLarge("c")}`;
  if (statistics !== undefined) {
    return reader.query<Bloat>(
      `SELECT r.oid::bigint AS id, schema, name, r.table, bytes, 0 AS dead, 'measured' AS method,
              greatest(0, bytes - ceil(m.leaf_pages * m.avg_leaf_density / fill + m.internal_pages + 1) * ${PAGE}) AS wasted
       FROM (${relations}) r, LATERAL ${statistics}(r.oid) m WHERE m.avg_leaf_density <> 'NaN' ORDER BY wasted DESC`,
    );
  }
  return reader.query<Bloat>(
    `SELECT oid::bigint AS id, schema, name, r.table, bytes, 0 AS dead, 'estimated' AS method,
            greatest(0, bytes - ceil(reltuples * (${INDEX_ROW} + width) * 100 / fill / ${PAGE - PAGE_HEAD - BTREE_END}) * ${PAGE}) AS wasted
     FROM (${relations}) r,
          LATERAL (SELECT ceil(sum(s.avg_width) / 8.0) * 8 AS width, count(s.avg_width) AS known
                   FROM unnest(r.indkey::smallint[]) AS key (attnum)
                   JOIN pg_attribute a ON a.attrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = r.oid)
                                      AND a.attnum = key.attnum
                   JOIN pg_stats s ON s.schemaname = r.schema AND s.tablename = r.table AND s.attname = a.attname) w
     WHERE reltuples >= 0 AND known = indnatts ORDER BY wasted DESC`,
  );
}

/** A function of pgstattuple as SQL calls it; undefined when it is not there, or not for this role. */
async function measuring(reader: Reader, { extensions }: Server, name: string): Promise<string | undefined> {
  const extension = extensions.get("pgstattuple");
  if (extension === undefined) return undefined;
  const called = `${extension.schema}.${name}`;
  return (await mayRun(reader, `${called}(regclass)`)) ? called : undefined;
}
