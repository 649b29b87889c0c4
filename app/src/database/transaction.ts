import type { Session } from "./session.ts";
import type { Executor, Statement } from "./statement.ts";
import { parsedTypes } from "./types.ts";

/** A transaction under way. */
export interface Transaction extends Executor {
  /**
   * Streams rows into a `COPY … FROM STDIN`. Rows that reject end the transaction.
   *
   * @returns how many rows were copied
   */
  copyFrom(sql: string, rows: AsyncIterable<Buffer | string>): Promise<number>;
}

const BEGIN = { text: "BEGIN", types: parsedTypes };
const COMMIT = { text: "COMMIT", types: parsedTypes };
const ROLLBACK = { text: "ROLLBACK", types: parsedTypes };

/**
 * Does the work in a transaction of the session.
 *
 * @throws what the work rejects with, after the rollback; Error when the work went on after a statement had failed, which
 * leaves nothing to commit
 */
export async function inTransaction<T>(session: Session, work: (tx: Transaction) => Promise<T>): Promise<T> {
  await session.query(BEGIN);
  let over = false;
  const open = () => {
    // The connection is another's by then.
    if (over) throw new Error("the transaction is over");
  };
  const tx: Transaction = {
    async query<Row>({ text }: Statement, values?: readonly unknown[]) {
      open();
      return (await session.query({ text, values, types: parsedTypes })).rows as Row[];
    },
    async copyFrom(sql, rows) {
      open();
      return await session.copyFrom(sql, rows);
    },
  };
  try {
    const result = await work(tx);
    over = true;
    // PostgreSQL answers COMMIT of a transaction in which a statement failed with ROLLBACK, and without an error.
    const { command } = await session.query(COMMIT);
    if (command !== "COMMIT") throw new Error("nothing was committed: a statement of the transaction had failed");
    return result;
  } catch (error) {
    over = true;
    await rollBack(session);
    throw error;
  }
}

/** A connection that cannot roll back is not used again; the server rolls back when it ends. */
async function rollBack(session: Session): Promise<void> {
  if (session.broken) return;
  try {
    await session.query(ROLLBACK);
  } catch {
    session.broken = true;
  }
}
