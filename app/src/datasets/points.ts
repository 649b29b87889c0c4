import { TIMESTAMP_ALLOWED, utcTimestamp } from "../http/timestamp.ts";

/** A dataset that points are meant for. */
export interface Target {
  readonly datasetId: number;
  readonly featureCount: number;
}

/** What is wrong with a point. */
export class PointError extends Error {
  /** JSON pointer into the point. */
  readonly pointer: string;

  /** @param detail what was found, and what is allowed */
  constructor(pointer: string, detail: string) {
    super(detail);
    this.name = "PointError";
    this.pointer = pointer;
  }
}

const FIELDS = ["timestamp", "values", "is_anomaly"];

/**
 * A point as a row of COPY's text format. Nothing in it needs escaping: it is made of numbers, a time and a letter.
 *
 * @param point what JSON.parse made of it
 * @throws PointError for the first thing that is wrong
 */
export function copyRow(point: unknown, { datasetId, featureCount }: Target): string {
  if (typeof point !== "object" || point === null || Array.isArray(point)) {
    throw new PointError("", "it is no object; allowed: {timestamp, values, is_anomaly}");
  }
  const fields = point as Readonly<Record<string, unknown>>;
  for (const name in fields) {
    if (!FIELDS.includes(name)) {
      throw new PointError(`/${escapePointer(name)}`, `the field is unknown; allowed: ${FIELDS.join(", ")}`);
    }
  }
  const { timestamp, values, is_anomaly: isAnomaly = false } = fields;
  const time = typeof timestamp === "string" ? utcTimestamp(timestamp) : undefined;
  if (time === undefined) throw new PointError("/timestamp", `allowed: ${TIMESTAMP_ALLOWED}`);
  if (!Array.isArray(values) || values.length !== featureCount) {
    const found = Array.isArray(values) ? `${values.length} values` : "no array";
    throw new PointError("/values", `found ${found}; allowed: ${featureCount}, one for each feature of the dataset`);
  }
  // A number too large for a double is Infinity by now.
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong !== -1) {
    throw new PointError(
      `/values/${wrong}`,
      "allowed: a number from -1.7976931348623157e308 to 1.7976931348623157e308",
    );
  }
  if (typeof isAnomaly !== "boolean") throw new PointError("/is_anomaly", "allowed: true or false");
  return `${datasetId}\t${time}\t{${values.join(",")}}\t${isAnomaly ? "t" : "f"}\n`;
}

/** A name as a part of a JSON pointer (RFC 6901), not too long for an answer. */
function escapePointer(name: string): string {
  return name.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1");
}
