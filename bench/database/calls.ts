import type { Database, Statement } from "../../app/src/database/database.ts";

/** A statement and its parameters. */
export interface Call {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** The statement that some work of the service runs; it is answered with no rows. */
export async function callOf(work: (database: Database) => Promise<unknown>): Promise<Call> {
  const calls: Call[] = [];
  const take = async (statement: Statement, values: readonly unknown[] = []) => {
    calls.push({ statement, values });
    return [];
  };
  const unused = () => {
    throw new Error("only statements are recorded");
  };
  await work({
    read: take,
    readText: take,
    write: take,
    transaction: unused,
    warm: unused,
    check: unused,
    stats: unused,
    close: unused,
  });
  const [call] = calls;
  if (call === undefined || calls.length > 1) throw new Error(`${calls.length} statements instead of one`);
  return call;
}

/** A call with its statement changed, as another one. */
export function changed({ statement, values }: Call, name: string, change: (text: string) => string): Call {
  return { statement: { name: `${statement.name}_${name}`, text: change(statement.text) }, values };
}
