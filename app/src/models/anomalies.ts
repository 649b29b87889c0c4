import type { Statement } from "../database/database.ts";
import { utcTimestamp } from "../http/timestamp.ts";
import type { ModelRow } from "./model.ts";
import type { Scored } from "./models.ts";
import type { PredictionRequest } from "./schemas.ts";

/** All anomalies of a request in one statement. Where no time was given, they are of now: the first array is NULL then. */
const INSERT: Statement = {
  name: "models_store_anomalies",
  text: `INSERT INTO anomalies (timestamp, value, severity, features, model_id, dataset_id)
SELECT coalesce(timestamp, now()), value, severity, features::double precision[], $5::integer, $6::bigint
FROM unnest($1::timestamptz[], $2::double precision[], $3::double precision[], $4::text[])
  AS anomaly (timestamp, value, severity, features)`,
};

/** How the anomalies among some rows are stored. */
export interface Storing {
  readonly statement: Statement;
  readonly values: readonly unknown[];
  /** How many anomalies there are. */
  readonly count: number;
}

/** What is stored of the rows that were labelled: the score as severity, the first feature as value, and the whole row. */
export function storing(model: ModelRow, request: PredictionRequest, { scores, labels }: Scored): Storing {
  const { rows, timestamps, dataset_id } = request;
  const anomalous = rows.flatMap((row, index) =>
    labels[index] === 1 ? [{ row, severity: scores[index], timestamp: timestamps?.[index] }] : [],
  );
  return {
    statement: INSERT,
    values: [
      timestamps === undefined ? null : anomalous.map(({ timestamp = "" }) => utcTimestamp(timestamp)),
      anomalous.map(({ row }) => row[0]),
      anomalous.map(({ severity }) => severity),
      anomalous.map(({ row }) => `{${row.join(",")}}`),
      model.id,
      dataset_id ?? null,
    ],
    count: anomalous.length,
  };
}
