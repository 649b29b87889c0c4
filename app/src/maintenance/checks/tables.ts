import { type Bloat, indexBloat, tableBloat } from "../bloat.ts";
import { counted, number, percent, size } from "../format.ts";
import type { Check, Finding } from "./finding.ts";

/** How much of what is read was in memory. */
export const cache: Check = async ({ reader, thresholds }) => {
  const [pages] = await reader.query<{ database: string; hit: number; read: number; since: string | null }>(
    `SELECT datname AS database, blks_hit AS hit, blks_read AS read, stats_reset AS since
     FROM pg_stat_database WHERE datname = current_database()`,
  );
  if (pages === undefined) return [];
  const { database, hit, read } = pages;
  const all = hit + read;
  const ratio = all === 0 ? null : hit / all;
  const low = ratio !== null && ratio < thresholds.cacheHitRatio && all >= thresholds.cacheBlocks;
  return [
    {
      check: "cache",
      severity: low ? "warning" : "info",
      subject: database,
      found: ratio === null ? "nothing was read yet" : `${percent(ratio)} of ${counted(all, "page")} found in memory`,
      advice: low
        ? `at least ${percent(thresholds.cacheHitRatio)}: a larger shared_buffers (instance class), or statements that read less`
        : null,
      details: { hit, read, ratio },
    },
  ];
};

/** Room in tables and indexes that holds nothing. */
export const bloat: Check = async ({ reader, server, thresholds }) => {
  const tables = await tableBloat(reader, server);
  const indexes = await indexBloat(reader, server);
  const found = [
    ...tables.flatMap((table): Finding[] => {
      if (table.dead / table.bytes >= thresholds.deadShare) {
        return [bloated(table, table.dead, "dead rows", "VACUUM it, or end the transaction that still sees them")];
      }
      if (table.wasted / table.bytes < thresholds.tableBloatShare) return [];
      return [
        bloated(
          table,
          table.wasted,
          "unused room",
          "new rows fill it; VACUUM FULL gives it back, and locks the table meanwhile",
        ),
      ];
    }),
    ...indexes
      .filter(({ wasted, bytes }) => wasted / bytes >= thresholds.indexBloatShare)
      .map((index) =>
        bloated(index, index.wasted, "unused room", `REINDEX INDEX CONCURRENTLY ${index.name}; optimize does`),
      ),
  ];
  if (found.length > 0) return found;
  const how = tables[0]?.method ?? indexes[0]?.method;
  const looked = `${counted(tables.length, "table")} and ${counted(indexes.length, "index", "indexes")} of 1 MB or more`;
  return [
    {
      check: "bloat",
      severity: "info",
      subject: "tables and indexes",
      found: how === undefined ? `${looked}` : `${looked}, ${how}: none bloated`,
      advice: null,
      details: { method: how ?? null, tables: tables.length, indexes: indexes.length },
    },
  ];
};

function bloated({ name, table, bytes, method }: Bloat, part: number, what: string, advice: string): Finding {
  return {
    check: "bloat",
    severity: "warning",
    subject: name,
    found: `${size(part)} of ${size(bytes)} ${what} (${percent(part / bytes)}, ${method})`,
    advice,
    details: { table, bytes, wasted: part, method },
  };
}

/** Tables that autovacuum has not got to. */
export const vacuum: Check = async ({ reader, server, thresholds }) => {
  if (server.standby) return [];
  const [settings] = await reader.query<{ autovacuum: boolean }>(
    "SELECT current_setting('autovacuum')::boolean AS autovacuum",
  );
  const off: Finding[] =
    settings?.autovacuum === false
      ? [about("autovacuum", "critical", "off: dead rows pile up, and transaction ids run out", "autovacuum = on", {})]
      : [];
  const option = (name: string) =>
    `(SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = '${name}')`;
  const trigger = (kind: "vacuum" | "analyze") => {
    const value = (name: string) => `coalesce(${option(name)}, current_setting('${name}'))::float`;
    return `${value(`autovacuum_${kind}_threshold`)} + ${value(`autovacuum_${kind}_scale_factor`)} * greatest(c.reltuples, 0)`;
  };
  const tables = await reader.query<{
    name: string;
    enabled: boolean;
    live: number;
    dead: number;
    modified: number;
    dead_trigger: number;
    modified_trigger: number;
    analyzed: boolean;
  }>(`
    SELECT s.relname AS name, coalesce(${option("autovacuum_enabled")}::boolean, true) AS enabled,
           n_live_tup AS live, n_dead_tup AS dead, n_mod_since_analyze AS modified,
           ${trigger("vacuum")} AS dead_trigger, ${trigger("analyze")} AS modified_trigger,
           coalesce(last_analyze, last_autoanalyze) IS NOT NULL AS analyzed
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid ORDER BY s.relname`);
  const findings = tables.flatMap((table): Finding[] => {
    const { name, enabled, live, dead, modified, dead_trigger, modified_trigger, analyzed } = table;
    const details = { live, dead, modified, dead_trigger, modified_trigger };
    const warn = (found: string, advice: string) => about(name, "warning", found, advice, details);
    return [
      ...(enabled ? [] : [warn("autovacuum is off for it", `ALTER TABLE ${name} RESET (autovacuum_enabled)`)]),
      ...(dead > thresholds.vacuumBacklog * dead_trigger
        ? [warn(`${number(dead)} dead rows, autovacuum was to begin at ${number(dead_trigger)}`, `VACUUM ${name}`)]
        : []),
      ...(!analyzed && live >= thresholds.analyzedRows
        ? [warn(`never analyzed, ${counted(live, "row")}: the planner guesses`, `ANALYZE ${name}`)]
        : []),
      ...(analyzed && modified > thresholds.vacuumBacklog * modified_trigger
        ? [warn(`${counted(modified, "row")} changed since it was analyzed`, `ANALYZE ${name}`)]
        : []),
    ];
  });
  const all = [...off, ...findings];
  return all.length > 0 ? all : [about("tables", "info", `${counted(tables.length, "table")}: none behind`, null, {})];
};

const about = (
  subject: string,
  severity: Finding["severity"],
  found: string,
  advice: string | null,
  details: Finding["details"],
): Finding => ({ check: "vacuum", severity, subject, found, advice, details });
