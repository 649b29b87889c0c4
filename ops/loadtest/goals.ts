import { type TargetName, type Target as TargetOfGuide, targets } from "../../targets";
import { ConfigurationError } from "../command/errors";

/** The targets that a client can measure from outside, in the order of a report. */
export const MEASURED = [
  "apiLatencyP50",
  "apiLatencyP95",
  "apiLatencyP99",
  "requestRate",
  "concurrentUsers",
  "availability",
] as const satisfies readonly TargetName[];

export type MeasuredTarget = (typeof MEASURED)[number];

/** What a load test holds the service to. */
export interface Goals {
  /** The value of each target. Rate and users decide the load, also where they are not judged. */
  readonly values: Readonly<Record<MeasuredTarget, number>>;
  /** The targets that are judged. */
  readonly judged: readonly MeasuredTarget[];
}

/** What was found of a target; `unknown`: it was not measured, or not to the end. */
export type Verdict = "met" | "missed" | "unknown";

/**
 * Reads what is written for TARGETS: names separated by commas or spaces, each with or without a value.
 * `requestRate=200,apiLatencyP99=300` judges every target, these two by other values; a bare name, as in
 * `apiLatencyP99,availability`, leaves out those that are not named.
 *
 * @throws ConfigurationError that lists all that is wrong
 */
export function readGoals(text = ""): Goals {
  const values = Object.fromEntries(MEASURED.map((name) => [name, targets[name].value])) as Record<
    MeasuredTarget,
    number
  >;
  const named: MeasuredTarget[] = [];
  const problems: string[] = [];
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  for (const word of words) {
    const [given = "", value] = word.split(/=(.*)/s);
    const name = MEASURED.find((measured) => measured === given);
    if (name === undefined) {
      problems.push(`found ${JSON.stringify(given)}; allowed: ${MEASURED.join(", ")}${elsewhere(given)}`);
      continue;
    }
    named.push(name);
    if (value === undefined) continue;
    const { unit } = targets[name];
    const number = value.trim() === "" ? Number.NaN : Number(value);
    const most = unit === "%" ? 100 : 1_000_000;
    if (number > 0 && number <= most) values[name] = number;
    else problems.push(`${name}: found ${JSON.stringify(value)}; allowed: a number of ${unit} above 0, up to ${most}`);
  }
  if (problems.length > 0) throw new ConfigurationError("TARGETS", problems);
  const all = words.every((word) => word.includes("="));
  return { values, judged: all ? MEASURED : MEASURED.filter((name) => named.includes(name)) };
}

function elsewhere(name: string): string {
  return name in targets ? ", which a client can measure" : "";
}

/** @param complete whether all of the load was sent: half of it may miss a target, but not meet one */
export function verdict(name: MeasuredTarget, measured: number | undefined, value: number, complete: boolean): Verdict {
  if (measured === undefined) return "unknown";
  const { bound }: TargetOfGuide = targets[name];
  const met = bound === "below" ? measured < value : measured > value;
  if (complete) return met ? "met" : "missed";
  // What was not sent cannot be reached: rate and users of a load that was stopped say nothing.
  return bound === "below" && !met ? "missed" : "unknown";
}
