import { byFunction } from "./by-function.ts";

const SQL = "SELECT count_anomaly_days() AS days";

/** Counts the days that are over: migrations/0016-anomaly-thousandths. */
export const countsStep = byFunction("count_anomaly_days(integer)", () => ({
  subject: "days of anomalies",
  sql: SQL,
  async perform(worker) {
    let total = 0;
    for (;;) {
      const [{ days } = { days: 0 }] = await worker.run<{ days: number }>(SQL, "days of anomalies");
      total += days;
      if (days === 0) return `${total} counted`;
      worker.note(`  days of anomalies: ${total} counted so far`);
    }
  },
}));
