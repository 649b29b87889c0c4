import { mayRun } from "../server.ts";
import type { Step } from "./step.ts";

/** Counts the days that are over, in the owner's name: migrations/0013-anomaly-days. */
export const countsStep: Step = async ({ reader, server }) => {
  if (!(await mayRun(reader, "count_anomaly_days(integer)"))) {
    const message = `${server.user} may not run count_anomaly_days(), or the migrations have not made it yet`;
    return { actions: [], problems: [{ subject: "count_anomaly_days", message }] };
  }
  const sql = "SELECT count_anomaly_days() AS days";
  return {
    actions: [
      {
        subject: "days of anomalies",
        sql,
        async perform(worker) {
          let total = 0;
          for (;;) {
            const [{ days } = { days: 0 }] = await worker.run<{ days: number }>(sql, "days of anomalies");
            total += days;
            if (days === 0) return `${total} counted`;
            worker.note(`  days of anomalies: ${total} counted so far`);
          }
        },
      },
    ],
    problems: [],
  };
};
