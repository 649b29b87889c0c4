/**
 * Alarm thresholds that are not targets of the guide: what warns before a target is missed. Thresholds that are
 * targets stay in `targets.ts`.
 */

/** A value at which an alarm goes off. */
export interface Threshold {
  /** In {@link Threshold.unit}. */
  readonly value: number;
  readonly unit: "s" | "%" | "count" | "transactions" | "targets";
  /** Where the number comes from: a document, or the reasoning of this project. */
  readonly source: string;
}

const threshold = (value: number, unit: Threshold["unit"], source: string): Threshold =>
  Object.freeze({ value, unit, source });

/** Every threshold that is not a target, by name. */
export const THRESHOLDS = Object.freeze({
  /** Memory of a pod, in % of its limit, and of a node. */
  memoryUtilization: threshold(85, "%", "guide, Application Performance Monitoring: alerts_config.memory_threshold"),
  /** Lag of a read replica. */
  replicaLag: threshold(
    30,
    "s",
    "chosen: a client that reads what it wrote one request time-out ago (guide, Nginx: proxy_read_timeout 30s) sees it",
  ),
  /** Free storage, in % of what was allocated first. */
  freeStorage: threshold(
    10,
    "%",
    "Amazon RDS User Guide, storage autoscaling: it starts below 10 % free; lower for long, it does not help",
  ),
  /** Age of the oldest transaction id; PostgreSQL stops writing at about 2.1 thousand million. */
  usedTransactionIds: threshold(
    1_000_000_000,
    "transactions",
    "AWS Database Blog, early warning system for transaction ID wraparound: look into it from 1 thousand million on",
  ),
  /** Keys evicted in a minute. */
  evictions: threshold(0, "count", "chosen: within the memory target, the smallest production node evicts nothing"),
  /** Look-ups that the cache answers, in % of all. */
  cacheHitRate: threshold(
    80,
    "%",
    "AWS Database Blog, monitoring best practices with ElastiCache for Redis: below about 0.8 keys are evicted, expired or not there",
  ),
  /** Statements that PostgreSQL logs as slow in a minute, in % of the requests of the target load. */
  slowStatements: threshold(
    1,
    "%",
    "chosen: a statement of 100 ms (guide, PostgreSQL: log_min_duration_statement) misses the p95 of its request; 1 in 100 is still within it",
  ),
  /** Runs of the canary that find the service, in % of all. */
  canarySuccess: threshold(100, "%", "chosen: a run tries three times before it fails"),
  /** Jobs of the service's namespace that failed in an hour: maintenance, migrations. */
  failedJobs: threshold(1, "count", "chosen: each of them has something to do that is not done"),
  /** Alerts of pods that miss the cache, the writer or a replica, in an hour. */
  dependencyAlerts: threshold(1, "count", "chosen: a pod tells of each once, and not again within five minutes"),
  /** Restarts of the API's containers in five minutes. */
  podRestarts: threshold(1, "count", "chosen: the service ends by itself only when it cannot go on"),
  /** Connections that the load balancer turned away in a minute. */
  rejectedConnections: threshold(0, "count", "chosen: each one is a client without an answer"),
  /** Targets that fail the load balancer's health check. */
  unhealthyTargets: threshold(1, "targets", "chosen: a pod that stays unready is broken or overloaded"),
  /** Targets that pass it. */
  healthyTargets: threshold(1, "targets", "chosen: below one, the API is down"),
  /** Pods that wait for a node. */
  pendingPods: threshold(1, "count", "chosen: a pod that waits this long has no node that it fits on"),
  /** Requests that AWS WAF blocks, in % of the request rate that is the target. */
  blockedRequests: threshold(10, "%", "chosen: a tenth of the target load is more than a few misbehaving clients"),
});

/** How fast an error budget is used up, and over which two windows that must hold. */
export interface BurnRate {
  readonly name: "fast" | "slow";
  /** Times the rate at which the budget of 30 days would last exactly 30 days. */
  readonly rate: number;
  /** Long window: tells that the budget really suffers. In seconds. */
  readonly longWindowSeconds: number;
  /** Short window: tells that it still does, so that the alarm ends with the errors. In seconds. */
  readonly shortWindowSeconds: number;
}

/** Google, The Site Reliability Workbook, "Alerting on SLOs": multiwindow, multi-burn-rate alerts, the two that page. */
export const BURN_RATES: readonly BurnRate[] = Object.freeze([
  { name: "fast", rate: 14.4, longWindowSeconds: 60 * 60, shortWindowSeconds: 5 * 60 },
  { name: "slow", rate: 6, longWindowSeconds: 6 * 60 * 60, shortWindowSeconds: 30 * 60 },
]);
