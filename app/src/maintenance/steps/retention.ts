import { mayRun } from "../server.ts";
import type { Step } from "./step.ts";

/** What one call of the function deleted, by table. */
type Deleted = Readonly<Record<string, number>>;

/** Deletes the rows that nobody keeps, in the owner's name: migrations/0006-maintenance. */
export const retentionStep: Step = async ({ reader, server, keep }) => {
  if (!(await mayRun(reader, "delete_expired(integer, integer, integer)"))) {
    const message = `${server.user} may not run delete_expired(), or the migrations have not made it yet`;
    return { actions: [], problems: [{ subject: "delete_expired", message }] };
  }
  const sql = `SELECT * FROM delete_expired(${keep.anomalies ?? "NULL"}, ${keep.metrics ?? "NULL"})`;
  return {
    actions: [
      {
        subject: "expired rows",
        sql,
        async perform(worker) {
          let total: Deleted = {};
          for (;;) {
            const [deleted = {}] = await worker.run<Deleted>(sql, "expired rows");
            total = Object.fromEntries(
              Object.entries(deleted).map(([table, rows]) => [table, (total[table] ?? 0) + rows]),
            );
            if (Object.values(deleted).every((rows) => rows === 0)) break;
            worker.note(`  expired rows: ${told(total)} so far`);
          }
          return told(total);
        },
      },
    ],
    problems: [],
  };
};

const told = (deleted: Deleted): string =>
  Object.entries(deleted)
    .filter(([, rows]) => rows > 0)
    .map(([table, rows]) => `${rows} of ${table}`)
    .join(", ") || "none";
