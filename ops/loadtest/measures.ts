import { createHistogram, type RecordableHistogram } from "node:perf_hooks";

/** Counts by what they are of: a status, a kind of failure. */
export type Counts = Readonly<Record<string, number>>;

/** What became of requests: added up as they end. */
export interface Measures {
  /** Requests that were answered with success. */
  answered: number;
  /** Answers by status. */
  readonly statuses: Record<string, number>;
  /** Requests without an answer, by what went wrong. */
  readonly failures: Record<string, number>;
  /**
   * Microseconds from the moment that a request was meant to be sent: of those answered with success, and, as long as it
   * was waited for it, of those that were given up. A quick refusal counts for nothing here: it would flatter.
   */
  readonly latency: RecordableHistogram;
  /** Microseconds from the moment that it was sent: what a client that waits for each answer before it asks again would see. */
  readonly serviceTime: RecordableHistogram;
  /** Microseconds by which the sender itself was late. */
  readonly delay: RecordableHistogram;
}

/** Up to a hundred seconds, to three figures. */
const RANGE = { lowest: 1, highest: 100_000_000, figures: 3 };

export function newMeasures(): Measures {
  const [latency, serviceTime, delay] = [createHistogram(RANGE), createHistogram(RANGE), createHistogram(RANGE)];
  return { answered: 0, statuses: {}, failures: {}, latency, serviceTime, delay };
}

/** Records a time that is given in milliseconds. */
export function record(histogram: RecordableHistogram, milliseconds: number): void {
  histogram.record(Math.min(RANGE.highest, Math.max(RANGE.lowest, Math.round(milliseconds * 1000))));
}

/** Counts one more. */
export function count(counts: Record<string, number>, name: string | number, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more;
}

/** Adds what was measured elsewhere, or later. */
export function addMeasures(sum: Measures, more: Measures): void {
  sum.answered += more.answered;
  for (const [status, times] of Object.entries(more.statuses)) count(sum.statuses, status, times);
  for (const [kind, times] of Object.entries(more.failures)) count(sum.failures, kind, times);
  // An empty histogram has a least value that is greater than its greatest.
  for (const name of ["latency", "serviceTime", "delay"] as const) if (more[name].count > 0) sum[name].add(more[name]);
}

const sum = (counts: Counts) => Object.values(counts).reduce((a, b) => a + b, 0);

/** How many requests ended, one way or another. */
export function ended({ statuses, failures }: Measures): number {
  return sum(statuses) + sum(failures);
}

/** A percentile in milliseconds; undefined where nothing was measured. */
export function percentile(histogram: RecordableHistogram, at: number): number | undefined {
  if (histogram.count === 0) return undefined;
  return (at === 0 ? histogram.min : histogram.percentile(at)) / 1000;
}
