import type { ExponentialHistogram } from "@opentelemetry/sdk-metrics";

/**
 * 16 buckets for each doubling: a value that is read back from one is 2.2 % off at most (OpenTelemetry, "Metrics Data
 * Model", ExponentialHistogram: bucket i holds what is above 2^(i/2^scale), up to and with 2^((i+1)/2^scale)).
 */
const SCALE = 4;
const BUCKETS_PER_DOUBLING = 2 ** SCALE;

/** The first bucket begins at 1/16, the last ends at 2^16: for milliseconds, 62.5 µs to 65 s. What is beyond is counted in them. */
const FIRST_BUCKET = -4 * BUCKETS_PER_DOUBLING;
const BUCKETS = 20 * BUCKETS_PER_DOUBLING;

/** The finest scale, at which the bucket below 1 is as good as 1. */
const FINEST_SCALE = 20;

const NONE = { offset: 0, bucketCounts: [] };

/** Values since they were last taken, in buckets that grow with them: what percentiles of any precision are read from. */
export class Exponential {
  readonly #counts = new Uint32Array(BUCKETS);
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  /** On the path of every request: nothing is allocated. */
  record(value: number): void {
    const bucket = Math.ceil(Math.log2(value) * BUCKETS_PER_DOUBLING) - 1 - FIRST_BUCKET;
    const counted = bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1;
    this.#counts[counted] = (this.#counts[counted] as number) + 1;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /** What was recorded, as OpenTelemetry has it, and begins anew; nothing where nothing was. */
  take(): ExponentialHistogram | undefined {
    const counts = this.#counts;
    const first = counts.findIndex((count) => count > 0);
    if (first < 0) return undefined;
    const last = counts.findLastIndex((count) => count > 0);
    const bucketCounts = [...counts.subarray(first, last + 1)];
    const taken = {
      count: bucketCounts.reduce((sum, count) => sum + count, 0),
      sum: this.#sum,
      min: this.#min,
      max: this.#max,
      scale: SCALE,
      zeroCount: 0,
      positive: { offset: FIRST_BUCKET + first, bucketCounts },
      negative: NONE,
    };
    counts.fill(0);
    this.#sum = 0;
    this.#min = Number.POSITIVE_INFINITY;
    this.#max = Number.NEGATIVE_INFINITY;
    return taken;
  }
}

/** The histogram of a value that was 1 so many times, and 0 the others. */
export function ofOnes(ones: number, count: number): ExponentialHistogram {
  return {
    count,
    sum: ones,
    min: ones < count ? 0 : 1,
    max: ones > 0 ? 1 : 0,
    scale: FINEST_SCALE,
    zeroCount: count - ones,
    positive: ones > 0 ? { offset: -1, bucketCounts: [ones] } : NONE,
    negative: NONE,
  };
}
