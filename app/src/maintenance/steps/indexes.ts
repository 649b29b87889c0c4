import { setTimeout as delay } from "node:timers/promises";
import type { WantedIndex } from "../../database/migrations/wanted.ts";
import type { Action, Discard } from "../action.ts";
import type { Reader } from "../connection.ts";
import { deviations, leftovers, readIndexes } from "../indexes.ts";
import { mayRun } from "../server.ts";
import { qualified } from "../sql.ts";
import type { Problem, Step, Workplace } from "./step.ts";

/** Drops every invalid index in the owner's name: migrations/0006-maintenance. */
const DROP_FUNCTION = "drop_invalid_indexes()";

const DROP_BY_FUNCTION = "SELECT drop_invalid_indexes()";

/** The function waits a second for a table, and all who come after it wait behind it: in between they get through. */
const DROP_PAUSE_MS = 1000;

/** Who may do what with a table. */
interface Owned {
  readonly owner: string;
  /** This role may do what the owner may. */
  readonly own: boolean;
}

/** Drops what is invalid, and makes the wanted indexes that are missing. */
export const indexStep: Step = async (workplace) => {
  const { reader, wanted } = workplace;
  const indexes = await readIndexes(reader);
  const faults = deviations(wanted.indexes, indexes).filter(({ fault }) => fault !== "different");
  const invalid = [...faults.flatMap(({ found }) => found ?? []), ...leftovers(indexes)];
  const owners = await readOwners(reader);
  const own = (table: string) => owners.get(table)?.own === true;

  const drops: Action[] = invalid
    .filter(({ table }) => own(table))
    .map(({ name, schema, table }) => ({
      subject: name,
      sql: `DROP INDEX CONCURRENTLY ${qualified(schema, name)}`,
      indexOf: qualified(schema, table),
      due: () => isInvalid(reader, qualified(schema, name)),
    }));
  const foreign = invalid.filter(({ table }) => !own(table));
  const problems: Problem[] = [];
  if (foreign.length > 0) {
    if (await mayRun(reader, DROP_FUNCTION)) drops.push(dropByFunction(foreign[0]?.table ?? ""));
    else problems.push(...foreign.map(({ name, table }) => notOwner(name, "dropped", table, owners, workplace)));
  }
  const creations: Action[] = [];
  for (const { wanted: index } of faults) {
    const { name, table } = index;
    if (!owners.has(table)) problems.push({ subject: name, message: `${table} is missing: run the migrations first` });
    else if (!own(table)) problems.push(notOwner(name, "made", table, owners, workplace));
    else creations.push(await creation(reader, index));
  }
  return { actions: [...drops, ...creations], problems };
};

/** Drops one index that a statement left behind, as the owner or in its name. */
export function discarding({ reader }: Workplace): Discard {
  return async (worker, table, index) => {
    if ((await readOwners(reader)).get(bare(table))?.own) {
      await worker.runToEnd(`DROP INDEX CONCURRENTLY ${index}`, index);
      return;
    }
    const deadline = performance.now() + worker.limits.lockMs;
    for (;;) {
      await worker.runToEnd(DROP_BY_FUNCTION, index);
      if (!(await isInvalid(reader, index))) return;
      if (performance.now() > deadline) throw new Error(`${table} is in use`);
      await delay(DROP_PAUSE_MS);
    }
  };
}

/** Whether an index that a statement of this role leaves behind on a table can be dropped. */
export async function mayDiscard(reader: Reader, table: string): Promise<boolean> {
  return (await readOwners(reader)).get(table)?.own === true || (await mayRun(reader, DROP_FUNCTION));
}

async function creation(reader: Reader, { name, table, statement }: WantedIndex): Promise<Action> {
  const needsBytes = await estimatedBytes(reader, table, statement);
  return {
    subject: name,
    sql: statement,
    indexOf: table,
    measured: name,
    ...(needsBytes !== undefined && { needsBytes }),
    due: async () => (await reader.query("SELECT FROM pg_class WHERE oid = to_regclass($1)", [name])).length === 0,
  };
}

function dropByFunction(table: string): Action {
  return {
    subject: "invalid indexes",
    sql: DROP_BY_FUNCTION,
    indexOf: table,
    async perform(worker) {
      const dropped = await worker.run<{ drop_invalid_indexes: string }>(DROP_BY_FUNCTION, "invalid indexes");
      const names = dropped.map((row) => row.drop_invalid_indexes).join(", ");
      return names === "" ? "their tables are in use: the next run drops them" : `dropped ${names}`;
    },
  };
}

function notOwner(
  index: string,
  what: "made" | "dropped",
  table: string,
  owners: ReadonlyMap<string, Owned>,
  { server }: Workplace,
): Problem {
  const { owner = "its owner" } = owners.get(table) ?? {};
  const message = `can be ${what} by ${owner} alone, who owns ${table}, not by ${server.user}: the migration Job does`;
  return { subject: index, message };
}

async function readOwners(reader: Reader): Promise<Map<string, Owned>> {
  const rows = await reader.query<Owned & { name: string }>(`
    SELECT relname AS name, relowner::regrole::text AS owner, pg_has_role(relowner, 'USAGE') AS own
    FROM pg_class WHERE relkind IN ('r', 'm', 'p') AND relnamespace = 'public'::regnamespace`);
  return new Map(rows.map(({ name, ...owned }) => [name, owned]));
}

const bare = (table: string): string => table.replace(/^public\./, "");

async function isInvalid(reader: Reader, index: string): Promise<boolean> {
  const rows = await reader.query("SELECT FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid", [
    index,
  ]);
  return rows.length > 0;
}

/**
 * At most so much room does an index take: all rows, with the mean widths of the columns that it names, in pages that are
 * 90 % full. Undefined for other than B-trees, and where the planner has no statistics.
 */
async function estimatedBytes(reader: Reader, table: string, statement: string): Promise<number | undefined> {
  if (/\sUSING\s+(?!btree)/i.test(statement)) return undefined;
  const [row] = await reader.query<{ bytes: number | null }>(
    `SELECT ceil(reltuples * (12 + (SELECT ceil(sum(avg_width) / 8.0) * 8 FROM pg_stats
                                    WHERE schemaname = 'public' AND tablename = $1 AND attname = ANY ($2))) / 0.9) AS bytes
     FROM pg_class WHERE oid = to_regclass($1) AND reltuples >= 0`,
    [table, statement.slice(statement.indexOf("(")).match(/\w+/g) ?? []],
  );
  return row?.bytes ?? undefined;
}
