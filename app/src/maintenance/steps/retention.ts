import { byFunction } from "./by-function.ts";

/** What one call of the function deleted, by table. */
type Deleted = Readonly<Record<string, number>>;

/** Deletes the rows that nobody keeps: migrations/0006-maintenance. */
export const retentionStep = byFunction("delete_expired(integer, integer, integer)", ({ keep }) => {
  const sql = `SELECT * FROM delete_expired(${keep.anomalies ?? "NULL"}, ${keep.metrics ?? "NULL"})`;
  return {
    subject: "expired rows",
    sql,
    async perform(worker) {
      let total: Deleted = {};
      for (;;) {
        const [deleted = {}] = await worker.run<Deleted>(sql, "expired rows");
        total = Object.fromEntries(Object.entries(deleted).map(([table, rows]) => [table, (total[table] ?? 0) + rows]));
        if (Object.values(deleted).every((rows) => rows === 0)) break;
        worker.note(`  expired rows: ${told(total)} so far`);
      }
      return told(total);
    },
  };
});

const told = (deleted: Deleted): string =>
  Object.entries(deleted)
    .filter(([, rows]) => rows > 0)
    .map(([table, rows]) => `${rows} of ${table}`)
    .join(", ") || "none";
