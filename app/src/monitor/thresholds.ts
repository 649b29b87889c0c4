/** A value that must not stay above a threshold. */
export interface Threshold {
  /** Key of the value in a measurement. */
  readonly measure:
    | "cpu_percent"
    | "memory_percent"
    | "response_time"
    | "error_rate"
    | "cache_missing"
    | "writer_missing"
    | "replicas_out";
  /** The alert is raised above it. */
  readonly above: number;
  readonly unit: "%" | "ms" | "replicas" | "";
  readonly title: string;
}

/** When half of the workers miss something, it is not one worker's fault. */
const HALF = 0.5;

/**
 * When alerts are raised: guide, Application Performance Monitoring, `alerts_config`; and what the guide's four do not
 * see, as the service goes on without it: a cache, a writer or a replica that is gone.
 */
export const THRESHOLDS = {
  cpu: { measure: "cpu_percent", above: 80, unit: "%", title: "High CPU usage" },
  memory: { measure: "memory_percent", above: 85, unit: "%", title: "High memory usage" },
  response_time: { measure: "response_time", above: 1000, unit: "ms", title: "High response time" },
  error_rate: { measure: "error_rate", above: 0.05, unit: "", title: "High error rate" },
  cache: { measure: "cache_missing", above: HALF, unit: "", title: "Workers without the cache" },
  writer: { measure: "writer_missing", above: HALF, unit: "", title: "Workers without the database's writer" },
  replicas: { measure: "replicas_out", above: HALF, unit: "replicas", title: "Replicas that are not read from" },
} as const satisfies Record<string, Threshold>;

/** How much of the threshold a value must fall to before its alert is over: one that hovers there raises it once. */
export const CLEAR_SHARE = 0.9;

/** An alert is not raised again sooner than this after it was raised. */
export const COOL_DOWN_SECONDS = 300;

/** Time between two measurements; guide, Application Performance Monitoring, `start_monitoring`. */
export const INTERVAL_SECONDS = 30;

/** Measurements that are kept; guide, Application Performance Monitoring, `collect_metrics`. */
export const HISTORY_LENGTH = 1000;

/** Measurements that the summary is of; guide, Application Performance Monitoring, `get_performance_summary`. */
export const SUMMARY_LENGTH = 60;
