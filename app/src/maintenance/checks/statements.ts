import pg from "pg";
import { counted, cut, number, percent } from "../format.ts";
import type { Finding, Inspection } from "./finding.ts";

/** A statement's figures: the guide's columns (Query Performance Optimization), under PostgreSQL's present names. */
export interface StatementFigures {
  readonly queryid: string;
  /** Without any value: PostgreSQL has parameters in place of most, and `'…'` is in that of the others. */
  readonly query: string;
  readonly calls: number;
  /** Milliseconds, as are the next three. */
  readonly total_exec_time: number;
  readonly mean_exec_time: number;
  readonly max_exec_time: number;
  readonly stddev_exec_time: number;
  readonly rows: number;
  /** Percent of the pages that were in memory; null when it read none. */
  readonly hit_ratio: number | null;
}

/** What the statements' statistics say. */
export interface StatementReport {
  readonly findings: readonly Finding[];
  /** Those that took the most time together. */
  readonly statements: readonly StatementFigures[];
}

const EXTENSION = "pg_stat_statements";

/** The first version with `total_exec_time`, which the guide calls `total_time`. */
const OLDEST = [1, 8];

/** Guide, Query Performance Optimization: `LIMIT 20`. */
const LIMIT = 20;

/** object_not_in_prerequisite_state: the library was not loaded at the server's start. */
const NOT_LOADED = "55000";

/** Texts that PostgreSQL leaves in statements that define something: a role's password may be among them. */
const TEXT = /(?:\b[EBXU]&?)?'(?:[^']|'')*(?:'|$)|(\$\w*\$).*?(?:\1|$)/gis;

/** What a service runs; definitions and maintenance take as long as they take. */
const JUDGED = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH)\b/i;

/** Looks for slow statements. */
export async function statementReport(inspection: Inspection): Promise<StatementReport> {
  const { server, thresholds } = inspection;
  const extension = server.extensions.get(EXTENSION);
  if (extension === undefined)
    return unknown(`${EXTENSION} is not created in ${server.database}`, "run the migrations");
  if (older(extension.version)) {
    return unknown(`${EXTENSION} ${extension.version} is too old`, `ALTER EXTENSION ${EXTENSION} UPDATE`);
  }
  const figures = await read(inspection, `${extension.schema}.${EXTENSION}`);
  if (figures === undefined) {
    return unknown(
      `${EXTENSION} was not loaded at the server's start`,
      `add it to shared_preload_libraries and restart the server`,
    );
  }
  const statements = figures.map((statement) => ({ ...statement, query: withoutTexts(statement.query) }));
  const slow = statements.filter(
    ({ query, mean_exec_time }) => JUDGED.test(query) && mean_exec_time >= thresholds.statementMs,
  );
  if (slow.length === 0) {
    const found = `none above ${thresholds.statementMs} ms on average, among ${counted(statements.length, "statement")}`;
    return { statements, findings: [finding("info", "statements", found, null)] };
  }
  const findings = slow.map(({ queryid, query, calls, mean_exec_time, max_exec_time, hit_ratio }) =>
    finding(
      "warning",
      queryid,
      `${number(mean_exec_time)} ms on average, ${number(max_exec_time)} ms at most, ${counted(calls, "call")}` +
        `${hit_ratio === null ? "" : `, ${percent(hit_ratio / 100)} of pages in memory`}: ${cut(query, 80)}`,
      "EXPLAIN (ANALYZE, BUFFERS) it: an index, a narrower condition or fewer rows",
      { queryid, calls, mean_exec_time, max_exec_time, hit_ratio },
    ),
  );
  return { statements, findings };
}

/** A statement without the texts in it. */
export const withoutTexts = (query: string): string => query.replace(TEXT, "'…'");

function unknown(found: string, advice: string): StatementReport {
  return {
    statements: [],
    findings: [finding("warning", EXTENSION, `slow statements are not known: ${found}`, advice)],
  };
}

const finding = (
  severity: Finding["severity"],
  subject: string,
  found: string,
  advice: string | null,
  details: Finding["details"] = {},
): Finding => ({ check: "slow-queries", severity, subject, found, advice, details });

function older(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

async function read({ reader, thresholds }: Inspection, view: string): Promise<StatementFigures[] | undefined> {
  try {
    return await reader.query<StatementFigures>(
      `SELECT queryid::text, query, calls, total_exec_time, mean_exec_time, max_exec_time, stddev_exec_time, rows,
              100.0 * shared_blks_hit / nullif(shared_blks_hit + shared_blks_read, 0) AS hit_ratio
       FROM ${view} WHERE calls > $1 AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
       ORDER BY total_exec_time DESC LIMIT ${LIMIT}`,
      [thresholds.statementCalls],
    );
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === NOT_LOADED) return undefined;
    throw error;
  }
}
