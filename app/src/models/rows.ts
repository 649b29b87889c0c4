import { type Fault, Problem } from "../http/problem.ts";
import type { Rows } from "./runtime.ts";
import type { PredictionRequest } from "./schemas.ts";

/** Faults that one answer lists. */
const FAULTS_MAX = 20;

/** The largest number that float32, in which models compute, does not round to Infinity. */
const FLOAT32_MAX = 3.4028235e38;

/**
 * The numbers of a request as a model takes them. Zero has one form, so that equal rows have equal bytes.
 *
 * @throws Problem 400 that names the rows which have another number of features, and numbers beyond float32
 */
export function toRows({ rows, timestamps }: PredictionRequest, features: number): Rows {
  const faults: Fault[] = [];
  if (timestamps !== undefined && timestamps.length !== rows.length) {
    const detail = `found ${timestamps.length}; allowed: ${rows.length}, one for each row`;
    faults.push({ pointer: "/body/timestamps", detail });
  }
  const values = new Float32Array(rows.length * features);
  for (const [index, row] of rows.entries()) {
    if (faults.length === FAULTS_MAX) break;
    if (row.length !== features) {
      const detail = `found ${row.length} numbers; allowed: ${features}, one for each feature of the model`;
      faults.push({ pointer: `/body/rows/${index}`, detail });
      continue;
    }
    for (let feature = 0; feature < features; feature += 1) {
      const value = Math.fround(row[feature] ?? Number.NaN);
      if (Number.isFinite(value)) values[index * features + feature] = value + 0;
      else {
        const detail = `allowed: a number from -${FLOAT32_MAX} to ${FLOAT32_MAX}`;
        faults.push({ pointer: `/body/rows/${index}/${feature}`, detail });
        break;
      }
    }
  }
  if (faults.length > 0)
    throw new Problem(400, "invalid-request", "The rows do not fit the model.", { errors: faults });
  return values;
}
