import type { Database } from "../../app/src/database/database.ts";
import { createPool } from "../../app/src/database/pool.ts";
import { inTransaction } from "../../app/src/database/transaction.ts";
import { parsedTypes, textTypes } from "../../app/src/database/types.ts";
import type { Place } from "./server.ts";

/** The service's database access, each statement of which carries a tag: the server counts what each tag costs. */
export interface TaggedDatabase {
  tagged(tag: string): Database;
  close(): Promise<void>;
}

/** Where statements are run, and by how many connections at most. */
export interface TaggedOptions extends Place {
  readonly connections: number;
}

/** What must be said of a statement that takes longer is that it does not end. */
const TIMEOUT_SECONDS = 60;

/** One pool of the service for reads, which are prepared as on a replica, and for writes, which are not, as on the writer. */
export function taggedDatabase({ postgres, database, role, connections }: TaggedOptions): TaggedDatabase {
  const pool = createPool({
    name: "benchmark",
    server: { host: postgres.host, port: postgres.port, tls: false },
    database,
    max: connections,
    idleSeconds: 300,
    statementTimeoutSeconds: TIMEOUT_SECONDS,
    readCredential: async () => role,
    logger: { debug: () => undefined, info: () => undefined, warn: console.warn },
  });
  const unused = () => {
    throw new Error("no work of the benchmark needs it");
  };
  return {
    tagged(tag) {
      const comment = `/* ${tag} */ `;
      return {
        async read<Row>({ name, text }: { name: string; text: string }, values?: readonly unknown[]) {
          const query = { name, text: comment + text, values, types: parsedTypes };
          return (await pool.use((session) => session.query(query))).rows as Row[];
        },
        async readText({ name, text }, values) {
          const query = { name, text: comment + text, values, types: textTypes, rowMode: "array" as const };
          return (await pool.use((session) => session.query(query))).rows as unknown as (string | null)[][];
        },
        async write<Row>({ text }: { text: string }, values?: readonly unknown[]) {
          const query = { text: comment + text, values, types: parsedTypes };
          return (await pool.use((session) => session.query(query))).rows as Row[];
        },
        transaction: (work) =>
          pool.use((session) =>
            inTransaction(session, (tx) => work({ ...tx, copyFrom: (sql, rows) => tx.copyFrom(comment + sql, rows) })),
          ),
        warm: unused,
        check: unused,
        stats: unused,
        close: unused,
      };
    },
    close: () => pool.close(),
  };
}
