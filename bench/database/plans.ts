import type { Call } from "./calls.ts";
import type { Client } from "./server.ts";

/** How a statement was run. */
export interface Plan {
  /** Pages that it looked at, wherever they were. */
  readonly buffers: number;
  /** Milliseconds that it took in the server. */
  readonly ms: number;
  readonly indexes: readonly string[];
}

interface Node {
  readonly "Index Name"?: string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly Plans?: readonly Node[];
}

/**
 * A prepared statement's plans: for the values that it is run with, and the one for any values. The server takes either; of a
 * statement that is not prepared, the first.
 */
export interface Plans {
  readonly custom: Plan;
  readonly generic: Plan;
}

/** Runs a call by each of its plans. */
export async function explain(client: Client, call: Call): Promise<Plans> {
  const planned = async (mode: string) => {
    await client.query(`SET plan_cache_mode = ${mode}`);
    // The first run leaves hints in the pages that it reads.
    await explainOnce(client, call);
    return explainOnce(client, call);
  };
  const custom = await planned("force_custom_plan");
  return { custom, generic: call.statement.unprepared ? custom : await planned("force_generic_plan") };
}

async function explainOnce(client: Client, { statement, values }: Call): Promise<Plan> {
  await client.query(`PREPARE explained AS ${statement.text}`);
  try {
    const parameters = values.length === 0 ? "" : `(${values.map(literal).join(", ")})`;
    const { rows } = await client.query(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE explained${parameters}`,
    );
    const { Plan: top, "Execution Time": ms } = rows[0]["QUERY PLAN"][0] as { Plan: Node; "Execution Time": number };
    const buffers = top["Shared Hit Blocks"] + top["Shared Read Blocks"];
    return { buffers, ms, indexes: [...new Set(indexesOf(top))] };
  } finally {
    await client.query("DEALLOCATE explained");
  }
}

function literal(value: unknown): string {
  const text = Buffer.isBuffer(value) ? `\\x${value.toString("hex")}` : String(value);
  return `'${text.replaceAll("'", "''")}'`;
}

function indexesOf({ "Index Name": own, Plans = [] }: Node): string[] {
  return [...(own === undefined ? [] : [own]), ...Plans.flatMap(indexesOf)];
}

/** Explains calls as if some indexes were not there. */
export async function explainWithout(
  client: Client,
  indexes: readonly string[],
  calls: readonly Call[],
): Promise<Plans[]> {
  await client.query("BEGIN");
  try {
    for (const index of indexes) await client.query(`DROP INDEX ${index}`);
    const plans: Plans[] = [];
    for (const call of calls) plans.push(await explain(client, call));
    return plans;
  } finally {
    await client.query("ROLLBACK");
  }
}
