/** A value that must not stay above a threshold. */
export interface Threshold {
  /** Key of the value in a measurement. */
  readonly measure: "cpu_percent" | "memory_percent" | "response_time" | "error_rate";
  /** The alert is raised above it. */
  readonly above: number;
  readonly unit: "%" | "ms" | "";
  readonly title: string;
}

/** When alerts are raised: guide, Application Performance Monitoring, `alerts_config`. */
export const THRESHOLDS = {
  cpu: { measure: "cpu_percent", above: 80, unit: "%", title: "High CPU usage" },
  memory: { measure: "memory_percent", above: 85, unit: "%", title: "High memory usage" },
  response_time: { measure: "response_time", above: 1000, unit: "ms", title: "High response time" },
  error_rate: { measure: "error_rate", above: 0.05, unit: "", title: "High error rate" },
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
