import type { Sections } from "./sections";

/** Monitoring & Profiling. */
export const MONITORING: Sections = {
  "Application Performance Monitoring: alerts": [
    "cpu_threshold: 80.0",
    "memory_threshold: 85.0",
    "response_time_threshold: 1000.0",
    "error_rate_threshold: 0.05",
    "interval: 30",
    "timeout: 10",
    "metrics_history: 1000",
    "recent_metrics: 60",
    "send_alert_notification",
  ],
  "Application Performance Monitoring: the monitor": [
    "PerformanceMetrics",
    "collect_metrics",
    "_measure_response_time",
    "_measure_throughput",
    "_measure_error_rate",
    "_get_active_connections",
    "add_alert_callback",
    "check_alerts",
    "get_performance_summary",
    "start_monitoring",
  ],
};
