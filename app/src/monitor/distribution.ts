import type { Sample, Snapshot } from "../telemetry/snapshot.ts";

/** How many values are at most each bound; the last bound is infinite. */
export type Distribution = ReadonlyMap<number, number>;

/** The values of a histogram, or of those series of it that are asked for. */
export function distribution(
  snapshot: Snapshot,
  name: string,
  counted: (labels: Sample["labels"]) => boolean = () => true,
): Distribution {
  const counts = new Map<number, number>();
  for (const { metricName, labels, value } of snapshot.find((metric) => metric.name === name)?.values ?? []) {
    if (metricName !== `${name}_bucket` || !counted(labels)) continue;
    const bound = labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
}

/** The values that came between two moments. */
export function since(before: Distribution, now: Distribution): Distribution {
  return new Map([...now].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)]));
}

/** How many values there are. */
export const size = (distribution: Distribution): number => distribution.get(Number.POSITIVE_INFINITY) ?? 0;

/**
 * The value that this share of all values is at most, as if a bucket's values lay evenly between its bounds; null when
 * there are none. Above the last finite bound nothing more is known, and it is that bound.
 */
export function percentile(distribution: Distribution, share: number): number | null {
  const rank = share * size(distribution);
  if (rank === 0) return null;
  let [lower, below] = [0, 0];
  for (const [bound, count] of [...distribution].sort(([a], [b]) => a - b)) {
    if (bound === Number.POSITIVE_INFINITY) break;
    if (count >= rank) return lower + (bound - lower) * ((rank - below) / (count - below));
    [lower, below] = [bound, count];
  }
  return lower;
}
