import { CONNECTIONS, POOL_CONNECTIONS, REQUEST_DURATION } from "../telemetry/metrics.ts";
import { LOOP_DELAY, LOOP_TIME } from "../telemetry/process-metrics.ts";
import { type Sample, type Snapshot, sumOfCounts } from "../telemetry/snapshot.ts";
import { type Distribution, distribution, percentile, since, size } from "./distribution.ts";

/** The metrics of every worker, at one moment. */
export interface Collected {
  /** Seconds of a clock that only goes forward. */
  readonly time: number;
  readonly workers: ReadonlyMap<number, Snapshot>;
  /** What workers counted that are gone: without it, sums would fall. */
  readonly retired: Snapshot;
}

/** What the workers did between two moments; null where nothing was there to be measured. */
export interface Traffic {
  /** Requests per second. */
  readonly throughput: number;
  /** Share of the requests that were answered with a status of 500 or above, 0 to 1. */
  readonly error_rate: number | null;
  /** ms; the 95th percentile, as one number for the guide's `response_time`. */
  readonly response_time: number | null;
  /** ms. */
  readonly response_time_p50: number | null;
  /** ms. */
  readonly response_time_p95: number | null;
  /** ms. */
  readonly response_time_p99: number | null;
  readonly active_connections: number;
  /** ms, of the worker where it is longest. */
  readonly event_loop_delay_p99: number | null;
  /** Share of the time that the event loop worked, 0 to 1, of the worker that is busiest. */
  readonly event_loop_utilization: number | null;
  /** Connections in use, in % of those allowed, of the database pool that is fullest. */
  readonly pool_percent: number | null;
}

/** Routes of probes and load balancers. Under low traffic their answers would hide the clients' own. */
const PROBES: ReadonlySet<unknown> = new Set(["/health", "/ready"]);

const ofClients = (labels: Sample["labels"]) => !PROBES.has(labels.route);
const failed = (labels: Sample["labels"]) => ofClients(labels) && labels.status === "5xx";

/** What the workers did from `before` until `now`. */
export function trafficBetween(before: Collected, now: Collected): Traffic {
  const [countsBefore, countsNow] = [before, now].map(({ workers, retired }) =>
    sumOfCounts([...workers.values(), retired]),
  );
  const requests = grown(countsBefore, countsNow, REQUEST_DURATION, ofClients);
  const errors = size(grown(countsBefore, countsNow, REQUEST_DURATION, failed));
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => milliseconds(percentile(requests, share)));
  const eachWorker = [...now.workers].map(([id, snapshot]) => ({ earlier: before.workers.get(id), snapshot }));
  return {
    throughput: size(requests) / (now.time - before.time),
    error_rate: size(requests) === 0 ? null : errors / size(requests),
    response_time: p95 ?? null,
    response_time_p50: p50 ?? null,
    response_time_p95: p95 ?? null,
    response_time_p99: p99 ?? null,
    active_connections: total(now, CONNECTIONS),
    event_loop_delay_p99: milliseconds(
      largest(eachWorker.map(({ earlier, snapshot }) => percentile(grown(earlier, snapshot, LOOP_DELAY), 0.99))),
    ),
    event_loop_utilization: largest(eachWorker.map(({ earlier, snapshot }) => utilization(earlier, snapshot))),
    pool_percent: poolPercent(now),
  };
}

function grown(
  before: Snapshot | undefined,
  now: Snapshot | undefined,
  name: string,
  counted?: (labels: Sample["labels"]) => boolean,
): Distribution {
  return since(distribution(before ?? [], name, counted), distribution(now ?? [], name, counted));
}

function utilization(before: Snapshot | undefined, now: Snapshot): number | null {
  const [active = 0, idle = 0] = ["active", "idle"].map(
    (state) => value(now, LOOP_TIME, { state }) - value(before ?? [], LOOP_TIME, { state }),
  );
  return active + idle > 0 ? active / (active + idle) : null;
}

function poolPercent({ workers }: Collected): number | null {
  const use = new Map<string | number, { busy: number; max: number }>();
  for (const { labels, value: count } of [...workers.values()].flatMap((snapshot) =>
    samples(snapshot, POOL_CONNECTIONS),
  )) {
    const pool = use.get(labels.pool ?? "") ?? { busy: 0, max: 0 };
    use.set(labels.pool ?? "", pool);
    if (labels.state === "total") pool.busy += count;
    if (labels.state === "idle") pool.busy -= count;
    if (labels.state === "max") pool.max += count;
  }
  return largest([...use.values()].map(({ busy, max }) => (max > 0 ? (busy / max) * 100 : null)));
}

const samples = (snapshot: Snapshot, name: string): readonly Sample[] =>
  snapshot.find((metric) => metric.name === name)?.values ?? [];

const value = (snapshot: Snapshot, name: string, { state }: { readonly state: string }): number =>
  samples(snapshot, name).find(({ labels }) => labels.state === state)?.value ?? 0;

const total = ({ workers }: Collected, name: string): number =>
  [...workers.values()].flatMap((snapshot) => samples(snapshot, name)).reduce((sum, sample) => sum + sample.value, 0);

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((one) => one !== null);
  return known.length === 0 ? null : Math.max(...known);
}

const milliseconds = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000);
