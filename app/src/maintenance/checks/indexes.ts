import { counted, duration, number, size } from "../format.ts";
import { deviations, type Index } from "../indexes.ts";
import type { Check, Finding, Inspection } from "./finding.ts";

const OPTIMIZE = "run optimize --only indexes as the owner, as the migration Job does";

/** Wanted indexes that are not there, foreign keys without an index, tables that are read whole again and again. */
export const missingIndexes: Check = async (inspection) => {
  const { wanted, indexes } = inspection;
  const absent = deviations(wanted.indexes, indexes).map(({ wanted, fault, found }): Finding => {
    const base = { check: "missing-indexes", subject: wanted.name, details: { table: wanted.table, fault } } as const;
    if (fault === "different") {
      const advice = `DROP INDEX CONCURRENTLY ${wanted.name} and ${OPTIMIZE}, or change it by a migration`;
      return { ...base, severity: "warning", found: `not as ${wanted.migration} has it: ${found?.definition}`, advice };
    }
    const is = fault === "missing" ? "missing" : "left invalid: it costs every write and serves no read";
    return {
      ...base,
      severity: "critical",
      found: `${is} (${wanted.migration}, on ${wanted.table})`,
      advice: OPTIMIZE,
    };
  });
  return [...absent, ...(await foreignKeys(inspection)), ...(await sequentialScans(inspection))];
};

async function foreignKeys({ reader, indexes, wanted }: Inspection): Promise<Finding[]> {
  const keys = await reader.query<{ name: string; schema: string; table: string; columns: string[]; parent: string }>(`
    SELECT conname AS name, n.nspname AS schema, t.relname AS table, confrelid::regclass::text AS parent,
           ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (attnum, place)
                 JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = key.attnum ORDER BY place) AS columns
    FROM pg_constraint JOIN pg_class t ON t.oid = conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE contype = 'f' AND conparentid = 0 ORDER BY t.relname, conname`);
  const serves = (index: Index, columns: readonly string[]) => {
    const first = index.columns.slice(0, columns.length);
    return index.valid && !index.partial && columns.every((column) => first.includes(column));
  };
  // A wanted index that is missing is told of as such.
  const willServe = (table: string, columns: readonly string[]) =>
    wanted.indexes.some(({ statement }) => new RegExp(`ON ${table} \\(${columns.join(", ")}[,)]`).test(statement));
  return keys
    .filter(
      ({ schema, table, columns }) =>
        !indexes.some((index) => index.schema === schema && index.table === table && serves(index, columns)) &&
        !willServe(table, columns),
    )
    .map(({ name, table, columns, parent }) => ({
      check: "missing-indexes",
      severity: "warning",
      subject: `${table} (${columns.join(", ")})`,
      found: `the foreign key ${name} has no index: all of ${table} is read when a row of ${parent} is deleted`,
      advice: `CREATE INDEX CONCURRENTLY ON ${table} (${columns.join(", ")}), in a migration`,
      details: { table, constraint: name },
    }));
}

async function sequentialScans({ reader, thresholds }: Inspection): Promise<Finding[]> {
  const tables = await reader.query<{ name: string; scans: number; rows: number; index_scans: number }>(
    `SELECT relname AS name, seq_scan AS scans, seq_tup_read / seq_scan AS rows, coalesce(idx_scan, 0) AS index_scans
     FROM pg_stat_user_tables WHERE seq_scan >= $1 AND seq_tup_read / seq_scan >= $2 ORDER BY seq_tup_read DESC`,
    [thresholds.sequentialScans, thresholds.sequentialRows],
  );
  return tables.map(({ name, scans, rows, index_scans }) => ({
    check: "missing-indexes",
    severity: "warning",
    subject: name,
    found: `read whole ${counted(scans, "time")}, ${number(rows)} rows each; by an index ${counted(index_scans, "time")}`,
    advice: "find the statement in pg_stat_statements; an index on what its condition names",
    details: { table: name, sequential_scans: scans, rows_per_scan: rows, index_scans },
  }));
}

/** Indexes that a statement left behind when it was ended. */
export const invalidIndexes: Check = async ({ indexes, wanted, server }) =>
  indexes
    .filter(({ name, valid, building }) => !valid && !building && !wanted.indexes.some((own) => own.name === name))
    .map(({ name, table, bytes }) => ({
      check: "invalid-indexes",
      severity: server.standby ? "info" : "warning",
      subject: name,
      found: `invalid, ${size(bytes)}, on ${table}: it may cost every write and serves no read`,
      advice: server.standby
        ? "look at the primary: it may be being made there"
        : `DROP INDEX CONCURRENTLY ${name}; optimize drops what a REINDEX left`,
      details: { table, bytes },
    }));

/** Indexes whose work another one does. */
export const duplicateIndexes: Check = async ({ indexes, wanted }) =>
  indexes.flatMap((index): Finding[] => {
    const other = indexes.find((candidate) => replaces(candidate, index));
    if (other === undefined) return [];
    const same = other.keys.length === index.keys.length;
    const own = wanted.indexes.find(({ name }) => name === index.name);
    return [
      {
        check: "duplicate-indexes",
        severity: "warning",
        subject: index.name,
        found: `${same ? "the same as" : "the beginning of"} ${other.name}, ${size(index.bytes)}, on ${index.table}`,
        advice: `DROP INDEX CONCURRENTLY ${index.name}${own === undefined ? "" : `, in a migration: ${own.migration} makes it`}`,
        details: { table: index.table, replaced_by: other.name, bytes: index.bytes },
      },
    ];
  });

/** Whether one index does all that the other does. Of two that are the same, the one that keeps more or is older stays. */
function replaces(other: Index, index: Index): boolean {
  if (other.id === index.id || index.constraint || !index.valid || !other.valid) return false;
  const alike =
    other.schema === index.schema &&
    other.table === index.table &&
    other.method === index.method &&
    other.rest === index.rest;
  if (!alike || !index.keys.every((key, place) => other.keys[place] === key)) return false;
  if (other.keys.length > index.keys.length) return index.method === "btree" && !index.unique;
  if (index.unique !== other.unique) return other.unique;
  return other.constraint || other.id < index.id;
}

/** Indexes that nobody has read. */
export const unusedIndexes: Check = async ({ reader, server, indexes, wanted, thresholds }) => {
  const [statistics] = await reader.query<{ since: string; seconds: number }>(
    `SELECT since, extract(epoch FROM now() - since) AS seconds
     FROM pg_stat_database, LATERAL (SELECT coalesce(stats_reset, pg_postmaster_start_time()) AS since) s
     WHERE datname = current_database()`,
  );
  if (statistics === undefined) return [];
  const idle = indexes.filter(({ scans, unique, valid }) => scans === 0 && !unique && valid);
  if (idle.length === 0) return [];
  const age = duration(statistics.seconds);
  if (statistics.seconds < thresholds.unusedDays * 86_400) {
    return [
      {
        check: "unused-indexes",
        severity: "info",
        subject: "indexes",
        found: `${counted(idle.length, "index", "indexes")} not used in ${age}: too short a time to call them unused`,
        advice: null,
        details: { count: idle.length, since: statistics.since },
      },
    ];
  }
  const elsewhere = server.standby ? "the primary and other replicas" : "replicas";
  return idle.map(({ name, table, bytes }) => {
    const own = wanted.indexes.find((index) => index.name === name);
    return {
      check: "unused-indexes",
      severity: own === undefined ? "warning" : "info",
      subject: name,
      found: `not used on this server in ${age}, ${size(bytes)}, on ${table}`,
      advice:
        own === undefined
          ? `look at ${elsewhere}, which count for themselves; then DROP INDEX CONCURRENTLY ${name}`
          : `${own.migration} makes it: look at ${elsewhere} before a migration drops it`,
      details: { table, bytes, since: statistics.since },
    };
  });
};
