import type { Action } from "../action.ts";
import { indexBloat } from "../bloat.ts";
import { THRESHOLDS } from "../checks/thresholds.ts";
import { qualified } from "../sql.ts";
import { mayDiscard } from "./indexes.ts";
import type { Problem, Step } from "./step.ts";

/** Rebuilds the indexes that are bloated. */
export const reindexStep: Step = async ({ reader, server }) => {
  const bloated = (await indexBloat(reader, server)).filter(
    ({ wasted, bytes }) => wasted / bytes >= THRESHOLDS.indexBloatShare,
  );
  const actions: Action[] = [];
  const problems: Problem[] = [];
  for (const { schema, name, table, bytes, wasted } of bloated) {
    const index = qualified(schema, name);
    if (!(await mayDiscard(reader, table))) {
      problems.push({
        subject: name,
        message: `is bloated, and ${server.user} could not drop what a rebuild that is ended leaves`,
      });
      continue;
    }
    actions.push({
      subject: name,
      sql: `REINDEX INDEX CONCURRENTLY ${index}`,
      indexOf: qualified(schema, table),
      measured: index,
      needsBytes: bytes - wasted,
    });
  }
  return { actions, problems };
};
