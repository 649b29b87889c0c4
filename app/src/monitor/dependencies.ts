import { CACHE_CONNECTED, POOL_HEALTHY } from "../telemetry/metrics.ts";
import type { Snapshot } from "../telemetry/snapshot.ts";
import type { Collected } from "./traffic.ts";

/** What the workers miss of that which they work with; null where no worker tells. */
export interface Dependencies {
  /** Share of the workers to which the cache does not answer, 0 to 1. */
  readonly cache_missing: number | null;
  /** Share of the workers that do not reach the writer, 0 to 1. */
  readonly writer_missing: number | null;
  /** Replicas that a worker does not read from: gone, or too far behind. Null without replicas. */
  readonly replicas_out: number | null;
}

/** Name of the pool of the writer. */
const WRITER = "writer";

/** What the workers miss now. */
export function dependencies({ workers }: Collected): Dependencies {
  const snapshots = [...workers.values()];
  const pools = snapshots.flatMap((snapshot) => values(snapshot, POOL_HEALTHY));
  const replicas = pools.filter(({ pool }) => pool !== WRITER);
  const out = new Set(replicas.filter(({ up }) => !up).map(({ pool }) => pool));
  return {
    cache_missing: missing(snapshots.flatMap((snapshot) => values(snapshot, CACHE_CONNECTED))),
    writer_missing: missing(pools.filter(({ pool }) => pool === WRITER)),
    replicas_out: replicas.length === 0 ? null : out.size,
  };
}

const values = (snapshot: Snapshot, name: string) =>
  (snapshot.find((metric) => metric.name === name)?.values ?? []).map(({ labels, value }) => ({
    pool: labels.pool,
    up: value === 1,
  }));

const missing = (all: readonly { readonly up: boolean }[]): number | null =>
  all.length === 0 ? null : all.filter(({ up }) => !up).length / all.length;
