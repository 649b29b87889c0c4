import type { MetricSnapshot, Sample } from "./snapshot.ts";

/**
 * Upper bounds of buckets, in seconds: close together around the targets for p50, p95 and p99, 50, 100 and 250 ms (guide,
 * Performance Targets), and up to the request time-out.
 */
export const LATENCY_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.2, 0.25, 0.3, 0.5, 1, 2.5, 5, 10, 30,
];

/** Times of one kind, counted in buckets. */
export class Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly #bounds: readonly number[];
  /** One bucket for each bound, and one for what is above them all. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[], labels: Readonly<Record<string, string>>) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
    this.labels = labels;
  }

  /** On the path of every request: nothing is allocated, and most times are in the first buckets. */
  observe(seconds: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += seconds;
  }

  /** Whether nothing was observed. */
  get empty(): boolean {
    return this.#counts.every((count) => count === 0);
  }

  /** Prometheus' samples, whose buckets each hold the ones below. */
  samples(name: string): Sample[] {
    let total = 0;
    const buckets = [...this.#counts].map((count, bucket) => {
      total += count;
      return {
        metricName: `${name}_bucket`,
        labels: { ...this.labels, le: this.#bounds[bucket] ?? "+Inf" },
        value: total,
      };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: this.labels, value: this.#sum },
      { metricName: `${name}_count`, labels: this.labels, value: total },
    ];
  }
}

/** Prometheus' histogram of some series. */
export function histogram(name: string, help: string, series: readonly Series[]): MetricSnapshot {
  return { name, help, type: "histogram", aggregator: "sum", values: series.flatMap((one) => one.samples(name)) };
}
