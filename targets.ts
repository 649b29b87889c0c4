/**
 * The guide's performance targets: the only place where they are written. Alarms, autoscaling, dashboard, load test,
 * checklist and policies read them from here.
 */

/** A bound that a measured value keeps to. */
export interface Target {
  /** What is measured, in words for a report. */
  readonly title: string;
  /** `below`: the measured value stays under {@link Target.value}; `above`: it stays over it. */
  readonly bound: "below" | "above";
  /** The bound, in {@link Target.unit}. */
  readonly value: number;
  readonly unit: "ms" | "requests/s" | "users" | "%" | "GiB" | "minutes";
  /** Where the guide states it: section and key. */
  readonly source: string;
}

const target = (bound: Target["bound"], value: number, unit: Target["unit"], key: string, title: string): Target =>
  Object.freeze({ title, bound, value, unit, source: `guide, Performance Targets: ${key}` });

/** Every target of the guide's section "Performance Targets", by name. */
export const targets = Object.freeze({
  apiLatencyP50: target("below", 50, "ms", "api_response_time.p50", "API response time, median"),
  apiLatencyP95: target("below", 100, "ms", "api_response_time.p95", "API response time, 95th percentile"),
  apiLatencyP99: target("below", 250, "ms", "api_response_time.p99", "API response time, 99th percentile"),
  requestRate: target("above", 1_000, "requests/s", "throughput.requests_per_second", "Requests served per second"),
  concurrentUsers: target("above", 10_000, "users", "throughput.concurrent_users", "Users served at the same time"),
  queryTime: target("below", 10, "ms", "database.query_response_time", "Database query response time"),
  connectionUtilization: target(
    "below",
    80,
    "%",
    "database.connection_pool_utilization",
    "Database connections in use, of those allowed",
  ),
  apiMemory: target("below", 2, "GiB", "memory_usage.application", "Memory of one API instance"),
  databaseMemory: target("below", 8, "GiB", "memory_usage.database", "Memory of the database's own processes"),
  cacheMemory: target("below", 1, "GiB", "memory_usage.redis", "Memory used by the cache's data"),
  cpuAverage: target("below", 70, "%", "cpu_utilization.average", "CPU in use, average"),
  cpuPeak: target("below", 90, "%", "cpu_utilization.peak", "CPU in use, peak"),
  availability: target("above", 99.9, "%", "availability.uptime", "Requests answered without a server error"),
  timeToRecover: target("below", 15, "minutes", "availability.mttr", "Mean time to recover"),
} satisfies Record<string, Target>);

/** The name of a target. */
export type TargetName = keyof typeof targets;
