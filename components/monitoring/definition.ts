import type * as pulumi from "@pulumi/pulumi";
import { type Target, type TargetName, targets } from "../../targets";
import type { Runbook } from "./runbooks";

/** One CloudWatch metric, reduced by one statistic. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>;
  readonly statistic: "Average" | "Maximum" | "Minimum" | "Sum" | "p50" | "p95" | "p99";
}

/** A value made of several metrics. Two definitions that share one measure share its line on the dashboard. */
export interface Formula {
  /** CloudWatch metric math over the ids of {@link Formula.metrics}, or a search. */
  readonly expression: string;
  /** By id: a lower-case letter first, and unlike any other id of the same panel. */
  readonly metrics: Readonly<Record<string, Metric>>;
}

/** How many lines of a log match. A metric filter makes a metric of it. */
export interface LogCount {
  readonly logGroupName: pulumi.Input<string>;
  /** CloudWatch Logs' filter pattern. */
  readonly pattern: string;
}

/** What is measured. */
export type Measure = Metric | Formula | LogCount;

/** Tells a formula from the other kinds of measure. */
export const isFormula = (measure: Measure): measure is Formula => "expression" in measure;

/** Tells a count of log lines from the other kinds of measure. */
export const isLogCount = (measure: Measure): measure is LogCount => "pattern" in measure;

/** The parts of the dashboard, in its order. */
export const GROUPS = ["Service", "Database", "Cache", "Cluster"] as const;

/** Something watched: a line on the dashboard, and for {@link AlarmDefinition} an alarm too. */
export interface Watched {
  /** Kebab-case, unique; part of the alarm's name. */
  readonly id: string;
  readonly title: string;
  readonly group: (typeof GROUPS)[number];
  /** Title of the dashboard panel; what has the same one is drawn together. */
  readonly panel: string;
  readonly measure: Measure;
  /** The guide's target that this judges. */
  readonly target?: TargetName;
  /** The line that must not be crossed, in the measure's own unit. */
  readonly threshold?: number;
}

/** One alarm. */
export interface AlarmDefinition extends Watched {
  readonly threshold: number;
  /** How the measured value stands to the threshold when something is wrong. */
  readonly breach: "atLeast" | "above" | "below";
  /**
   * `page`: users suffer or soon will. `ticket`: a cause or a tightness, for working hours. `part`: only tells
   * something together with others, in a composite alarm.
   */
  readonly severity: "page" | "ticket" | "part";
  readonly window: Window;
  /**
   * What no data means. `notBreaching`: nothing happened. `breaching`: the thing itself is gone. `missing`: unknown, and
   * another alarm tells whether the thing is gone.
   */
  readonly missingData: "notBreaching" | "breaching" | "missing";
  /** What it means that the alarm is on, in one sentence. */
  readonly meaning: string;
  /** Where to look first, in one sentence. */
  readonly firstLook: string;
  /** What to do about it. */
  readonly runbook: Runbook;
}

/** Something watched whose measure CloudWatch has: no log line is left to be counted. */
export type InMetrics<W extends Watched> = Omit<W, "measure"> & { readonly measure: Metric | Formula };

/** How long a value must stand before it counts. */
export interface Window {
  readonly periodSeconds: number;
  /** Periods that are looked at. */
  readonly periods: number;
  /** How many of them must be bad. */
  readonly bad: number;
}

const window = (periodSeconds: number, periods: number, bad: number): Window =>
  Object.freeze({ periodSeconds, periods, bad });

/** The windows in use: an average is judged over a quarter of an hour, a peak when it comes back within minutes. */
export const WINDOWS = Object.freeze({
  sustained: window(300, 3, 3),
  repeated: window(60, 5, 3),
  continuous: window(60, 5, 5),
  long: window(300, 6, 6),
  /** Once heals by itself; twice in half an hour does not. */
  recurring: window(300, 6, 2),
  /** One event, kept on long enough to be seen. */
  once: window(3600, 1, 1),
});

/** An alarm made of others. */
export interface CompositeDefinition {
  readonly id: string;
  readonly title: string;
  /** The alarms it is made of, by id: metric alarms, and composites that come before it. */
  readonly of: readonly string[];
  /** Whether all of them must be on, or any. */
  readonly when: "all" | "any";
  /** Whether people are told. */
  readonly notifies: boolean;
  /** Composite during which people are not told of this one. */
  readonly suppressedBy?: string;
  readonly meaning: string;
  readonly firstLook: string;
  readonly runbook: Runbook;
}

/** The threshold of a target: its value in another unit, `scale` of which make one of the target's. */
export const ofTarget = (name: TargetName, scale = 1): { readonly target: TargetName; readonly threshold: number } => ({
  target: name,
  threshold: exact(targets[name].value * scale),
});

/** Milliseconds to seconds, CloudWatch's unit of latency. */
export const MS_IN_SECONDS = 1 / 1000;

/** A product of decimal numbers without the noise of binary ones: 14.4 × 0.1 is 1.44. */
export const exact = (value: number): number => Number(value.toPrecision(12));

/** A target in words: "API response time, median: below 50 ms". */
export const targetText = ({ title, bound, value, unit }: Target): string => `${title}: ${bound} ${value} ${unit}`;
