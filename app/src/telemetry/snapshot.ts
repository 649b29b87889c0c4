import { type Aggregator, AggregatorRegistry } from "prom-client";

/** One value of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** A histogram's samples are named apart: `_bucket`, `_sum`, `_count`. */
  readonly metricName?: string;
}

/** One metric of one process, in prom-client's JSON. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** How the values of several processes become one. */
  readonly aggregator: Aggregator;
  readonly values: readonly Sample[];
}

/** Every metric of one process at one moment. */
export type Snapshot = readonly MetricSnapshot[];

/** What only grows; by convention its name ends in `_total`. */
export function counter(name: string, help: string, values: readonly Sample[]): MetricSnapshot {
  return { name, help, type: "counter", aggregator: "sum", values };
}

/** What goes up and down. */
export function gauge(name: string, help: string, values: readonly Sample[]): MetricSnapshot {
  return { name, help, type: "gauge", aggregator: "sum", values };
}

/** The value of a metric without labels. */
export const plain = (value: number): readonly Sample[] => [{ labels: {}, value }];

/** The snapshots of several processes as one, in Prometheus' text format. */
export function prometheusText(snapshots: readonly Snapshot[]): Promise<string> {
  // Of the aggregated metrics, prom-client changes none.
  return AggregatorRegistry.aggregate(snapshots.map((snapshot) => [...snapshot])).metrics();
}

/** Content type of {@link prometheusText}. */
export const PROMETHEUS_TEXT = AggregatorRegistry.PROMETHEUS_CONTENT_TYPE;

/** What only grows, of all snapshots together: counters and histograms. */
export function sumOfCounts(snapshots: readonly Snapshot[]): Snapshot {
  const metrics = new Map<string, { metric: MetricSnapshot; values: Map<string, Sample> }>();
  for (const metric of snapshots.flat()) {
    if (metric.type === "gauge") continue;
    const sum = metrics.get(metric.name) ?? { metric, values: new Map() };
    metrics.set(metric.name, sum);
    for (const sample of metric.values) {
      const key = JSON.stringify([sample.metricName, sample.labels]);
      const before = sum.values.get(key)?.value ?? 0;
      sum.values.set(key, { ...sample, value: before + sample.value });
    }
  }
  return [...metrics.values()].map(({ metric, values }) => ({ ...metric, values: [...values.values()] }));
}
