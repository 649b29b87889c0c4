import { wantedSchema } from "../../app/src/database/migrations/wanted.ts";
import { explain, explainWithout, type Plans } from "./plans.ts";
import type { Query } from "./queries.ts";
import type { Server } from "./server.ts";
import { type Times, time } from "./times.ts";

/** What one query costs. */
export interface QueryCost extends Pick<Query, "name" | "source" | "counts"> {
  readonly times: Times;
  readonly plans: Plans;
  /** As if there were no indexes but those of keys. */
  readonly bare: Plans;
}

/** Indexes that the migrations make on tables. */
export const tableIndexes = () => wantedSchema().indexes.filter(({ table }) => !table.startsWith("mv_"));

/** Runs and explains each query, with the indexes and as if there were none but those of keys. */
export async function measureQueries(server: Server, all: readonly Query[], executions: number): Promise<QueryCost[]> {
  const calls = await Promise.all(all.map(({ call }) => call(0)));
  const names = tableIndexes().map(({ name }) => name);
  const bare = await explainWithout(server.owner, names, calls);
  const costs: QueryCost[] = [];
  for (const [index, { name, source, counts, call }] of all.entries()) {
    const [first, without] = [calls[index], bare[index]];
    if (first === undefined || without === undefined) continue;
    const plans = await explain(server.owner, first);
    costs.push({ name, source, counts, plans, bare: without, times: await time(server.app, call, executions) });
  }
  return costs;
}
