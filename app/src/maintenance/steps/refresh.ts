import type { Action } from "../action.ts";
import { quote } from "../sql.ts";
import type { Problem, Step } from "./step.ts";

/** Brings the materialized views up to date, which can be read meanwhile. */
export const refreshStep: Step = async ({ reader, wanted }) => {
  const views = await reader.query<{ name: string; populated: boolean; unique: boolean }>(`
    SELECT c.relname AS name, c.relispopulated AS populated,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND indisunique AND indisvalid
                   AND indpred IS NULL AND indexprs IS NULL) AS unique
    FROM pg_class c WHERE c.relkind = 'm' AND c.relnamespace = 'public'::regnamespace`);
  const actions: Action[] = [];
  const problems: Problem[] = [];
  for (const name of wanted.views) {
    const view = views.find((candidate) => candidate.name === name);
    if (view === undefined) problems.push({ subject: name, message: "is missing: run the migrations" });
    else if (!view.unique) {
      problems.push({ subject: name, message: "has no unique index, without which nobody could read it meanwhile" });
    } else {
      // One that has no rows yet can be read by nobody, and CONCURRENTLY compares with the rows that are there.
      const how = view.populated ? "CONCURRENTLY " : "";
      actions.push({ subject: name, sql: `REFRESH MATERIALIZED VIEW ${how}${quote(name)}`, measured: name });
    }
  }
  return { actions, problems };
};
