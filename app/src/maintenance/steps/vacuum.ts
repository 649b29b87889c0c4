import { qualified } from "../sql.ts";
import type { Step } from "./step.ts";

/** Vacuums and analyzes the tables and views that changed since it was done last. */
export const vacuumStep: Step = async ({ reader }) => {
  const tables = await reader.query<{ schema: string; name: string }>(`
    SELECT schemaname AS schema, relname AS name FROM pg_stat_user_tables
    WHERE n_dead_tup > 0 OR n_mod_since_analyze > 0 OR n_ins_since_vacuum > 0
       OR n_live_tup > 0 AND (coalesce(last_vacuum, last_autovacuum) IS NULL OR coalesce(last_analyze, last_autoanalyze) IS NULL)
    ORDER BY schemaname, relname`);
  const actions = tables.map(({ schema, name }) => {
    const table = qualified(schema, name);
    return { subject: name, sql: `VACUUM (ANALYZE) ${table}`, measured: table };
  });
  return { actions, problems: [] };
};
