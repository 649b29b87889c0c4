import { promisify } from "node:util";
import type { ApplicationSignals, OperationRecorder } from "./application-signals.ts";
import { histogram, LATENCY_BOUNDS, Series } from "./histogram.ts";
import { watchProcess } from "./process-metrics.ts";
import { counter, gauge, type MetricSnapshot, plain, type Sample, type Snapshot } from "./snapshot.ts";

/** Name of the histogram of requests: rate, errors and duration. */
export const REQUEST_DURATION = "http_request_duration_seconds";
/** Name of the gauge of open connections. */
export const CONNECTIONS = "http_connections";
/** Name of the gauge of the database pools' connections, by pool and state. */
export const POOL_CONNECTIONS = "pynomaly_database_pool_connections";

/** Name of the gauge of whether each pool's server is sound: 1 or 0 of each worker. */
export const POOL_HEALTHY = "pynomaly_database_pool_healthy";
/** Name of the gauge of whether the cache answers: 1 or 0 of each worker. */
export const CACHE_CONNECTED = "pynomaly_cache_connected";

/** The answer to a request whose quota is used up (RFC 6585, 4). */
const TOO_MANY_REQUESTS = 429;

/** The parts of a worker that count for themselves. Each is read when the metrics are, never per request. */
export interface Parts {
  readonly database: { stats(): readonly PoolCounts[] };
  readonly cache: { stats(): CacheCounts };
  readonly models: { stats(): ModelCounts };
  /** The server whose connections are counted. */
  readonly server: { getConnections(done: (error: Error | null, count: number) => void): void };
}

/** A pool's connections. */
export interface PoolCounts {
  readonly name: string;
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
  /** Its server answers and, a replica's, is not far behind. */
  readonly healthy: boolean;
}

/** Look-ups of the cache by outcome, since the process began, and whether it answers now. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly connected: boolean;
}

/** The models in memory. */
export interface ModelCounts {
  readonly loaded: number;
  readonly bytes: number;
}

/** What one worker counts. */
export interface Metrics {
  /**
   * Counts an answered request.
   *
   * @param route the route's template, such as `/api/v1/anomalies/:id`; never the path, whose values have no end
   * @param seconds from the request's arrival to the end of its answer
   */
  observe(route: string, method: string, status: number, seconds: number): void;
  /** Requests that are not yet answered; whoever takes them on keeps it. */
  inFlight: number;
  /** Requests refused since the start because there was too much to do; whoever refuses adds. */
  shed: number;
  attach(parts: Parts): void;
  /** Every metric as it is now. */
  snapshot(): Promise<Snapshot>;
}

/** What is counted of one route and method. */
interface Counted {
  /** By the status' first digit. */
  readonly series: readonly Series[];
  readonly signals: OperationRecorder | undefined;
}

/**
 * The metrics of this process, which is watched from now on.
 *
 * @param signals counts the same requests for Application Signals
 */
export function createMetrics(signals?: Pick<ApplicationSignals, "operation">): Metrics {
  const readProcess = watchProcess();
  const requests = new Map<string, Map<string, Counted>>();
  let parts: Parts | undefined;
  let rateLimited = 0;

  const metrics: Metrics = {
    inFlight: 0,
    shed: 0,
    observe(route, method, status, seconds) {
      if (status === TOO_MANY_REQUESTS) rateLimited += 1;
      const counted = requests.get(route)?.get(method) ?? added(route, method);
      counted.series[Math.floor(status / 100)]?.observe(seconds);
      counted.signals?.record(status, seconds);
    },
    attach(attached) {
      parts = attached;
    },
    async snapshot() {
      const series = [...requests.values()].flatMap((byMethod) => [...byMethod.values()].flatMap((one) => one.series));
      return [
        histogram(
          REQUEST_DURATION,
          "Answered requests",
          series.filter((one) => !one.empty),
        ),
        gauge("http_requests_in_flight", "Requests not yet answered", plain(metrics.inFlight)),
        counter("http_requests_rate_limited_total", "Requests refused: a quota is used up", plain(rateLimited)),
        counter("http_requests_shed_total", "Requests refused: too much to do", plain(metrics.shed)),
        ...readProcess(),
        ...(parts ? await partMetrics(parts) : []),
      ];
    },
  };
  function added(route: string, method: string): Counted {
    const classes = [0, 1, 2, 3, 4, 5].map((digit) => ({ route, method, status: `${digit}xx` }));
    const series = classes.map((labels) => new Series(LATENCY_BOUNDS, labels));
    const counted = { series, signals: signals?.operation(method, route) };
    const byMethod = requests.get(route) ?? new Map<string, Counted>();
    requests.set(route, byMethod.set(method, counted));
    return counted;
  }
  return metrics;
}

async function partMetrics({ database, cache, models, server }: Parts): Promise<MetricSnapshot[]> {
  const connections = await promisify(server.getConnections.bind(server))();
  const { hits, misses, stale, connected } = cache.stats();
  const { loaded, bytes } = models.stats();
  const stats = database.stats();
  const healthy = stats.map(({ name: pool, healthy }): Sample => ({ labels: { pool }, value: Number(healthy) }));
  const pools = stats.flatMap(({ name: pool, total, idle, waiting, max }): Sample[] =>
    Object.entries({ total, idle, waiting, max }).map(([state, value]) => ({ labels: { pool, state }, value })),
  );
  const outcomes = Object.entries({ hit: hits, miss: misses, stale });
  return [
    gauge(CONNECTIONS, "Open connections", plain(connections)),
    gauge(POOL_CONNECTIONS, "Connections of the database pools", pools),
    gauge(POOL_HEALTHY, "Workers for which the pool's server is sound", healthy),
    gauge(CACHE_CONNECTED, "Workers to which the cache answers", plain(Number(connected))),
    counter(
      "pynomaly_cache_lookups_total",
      "Look-ups of the cache",
      outcomes.map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    gauge("pynomaly_models_loaded", "Models in memory", plain(loaded)),
    gauge("pynomaly_models_bytes", "Memory of the models", plain(bytes)),
  ];
}
