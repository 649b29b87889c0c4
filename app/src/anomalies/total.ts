import type { AnomalyFilters, PageRequest } from "./query.ts";
import { type Call, plannedByValue, where } from "./where.ts";

/** The statement that counts the rows of all pages: from counts that are kept, where they tell, and else in an index. */
export function countCall({ filters }: PageRequest): Call {
  const { modelId, datasetId, from, to, minSeverity } = filters;
  if (from === undefined && to === undefined && minSeverity === undefined) {
    return counted(filters, "coalesce(sum(anomaly_count), 0) FROM anomaly_counts");
  }
  return modelId === undefined && datasetId === undefined
    ? countedByDay(filters)
    : counted(filters, "count(*) FROM anomalies");
}

function counted(filters: AnomalyFilters, total: string): Call {
  const { name, text, values } = where(filters);
  const statement = {
    name: `anomalies_count${name}`,
    text: `SELECT ${total}${text}`,
    unprepared: plannedByValue(filters),
  };
  return { statement, values };
}

/** The steps from 0 to 1 by which a day's severities are counted: migrations/0016-anomaly-thousandths. */
const STEPS = 1000;

/** The days that are counted and lie in the range as a whole, and what of the range lies between them. */
const DAYS_AND_GAPS = `
WITH days AS MATERIALIZED (
  SELECT day::timestamp AT TIME ZONE 'UTC' AS begins, (day + 1)::timestamp AT TIME ZONE 'UTC' AS ends,
    from_thousandth[$3] AS anomalies
  FROM anomaly_days
  WHERE from_thousandth IS NOT NULL
    AND day::timestamp AT TIME ZONE 'UTC' >= $1 AND (day + 1)::timestamp AT TIME ZONE 'UTC' <= $2
), gaps AS (
  SELECT lag(ends, 1, $1::timestamptz) OVER (ORDER BY begins) AS begins, begins AS ends
  FROM (SELECT begins, ends FROM days UNION ALL SELECT $2, NULL) AS edges
)`;

/**
 * Adds up the days that are counted, by the step of a severity, and counts in an index what lies between them and,
 * where the severity is between two steps, what is below the higher one.
 */
function countedByDay({ from, to, minSeverity }: AnomalyFilters): Call {
  const step = stepFrom(minSeverity ?? 0);
  const values: unknown[] = [from ?? "-infinity", to ?? "infinity", step + 1];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const names = ["anomalies_count_days"];
  const terms = ["(SELECT coalesce(sum(anomalies), 0) FROM days)"];
  const uncounted = (severity: string) => `(
    SELECT coalesce(sum(anomalies), 0)
    FROM gaps, LATERAL (
      SELECT count(*) AS anomalies FROM anomalies
      WHERE timestamp >= gaps.begins AND timestamp < gaps.ends${severity}) AS counted
    WHERE gaps.begins < gaps.ends)`;
  if (minSeverity === undefined) terms.push(uncounted(""));
  else {
    names.push("severity");
    const bound = parameter(step / STEPS);
    terms.push(uncounted(` AND severity >= ${bound}`));
    if (step / STEPS !== minSeverity) {
      names.push("below");
      const conditions = [`severity >= ${parameter(minSeverity)}`, `severity < ${bound}`];
      // Only where given: to compare each row's time with infinity takes an eighth of the count's time.
      const times = [
        { name: "from", time: from, condition: "timestamp >= $1" },
        { name: "to", time: to, condition: "timestamp < $2" },
      ].filter(({ time }) => time !== undefined);
      names.push(...times.map(({ name }) => name));
      conditions.push(...times.map(({ condition }) => condition));
      terms.push(`(SELECT count(*) FROM anomalies WHERE ${conditions.join(" AND ")})`);
    }
  }
  const statement = {
    name: names.join("_"),
    text: `${DAYS_AND_GAPS} SELECT ${terms.join(" + ")}`,
    unprepared: plannedByValue({ minSeverity }),
  };
  return { statement, values };
}

/** The first step that is no less than a severity; the quotient is the number that its decimals write. */
function stepFrom(severity: number): number {
  const nearest = Math.round(severity * STEPS);
  return nearest / STEPS < severity ? nearest + 1 : nearest;
}
