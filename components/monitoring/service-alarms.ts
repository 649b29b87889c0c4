import type * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { THRESHOLDS } from "../../sizing/thresholds";
import { targets } from "../../targets";
import { type AlarmDefinition, type Metric, MS_IN_SECONDS, ofTarget, type Watched, WINDOWS } from "./definition";

/** What clients reach, as CloudWatch names it. */
export interface WatchedService {
  /** Dimension `LoadBalancer`: `app/<name>/<id>`. */
  readonly loadBalancerArnSuffix: pulumi.Input<string>;
  /** Dimension `TargetGroup`: `targetgroup/<name>/<id>`. */
  readonly targetGroupArnSuffix: pulumi.Input<string>;
  /** Dimension `WebACL` of the web ACL on the load balancer. */
  readonly webAclMetricName: pulumi.Input<string>;
  readonly region: string;
  /**
   * Dimension `Environment` of the service's metrics in Application Signals.
   * @default none, where it gets no metrics
   */
  readonly signalsEnvironment?: string;
  /**
   * Dimension `CanaryName` of the canary that asks from outside.
   * @default none, where the internet does not reach the service
   */
  readonly canaryName?: pulumi.Input<string>;
}

const SECONDS_PER_MINUTE = 60;

/**
 * How often the canary asks: one run costs 0.0012 USD (CloudWatch pricing, us-east-1), 10.70 USD a month; every minute,
 * 53.60 USD.
 */
export const CANARY_MINUTES = 5;

type Statistic = Metric["statistic"];

/** Metrics of the load balancer. */
export const onBalancer =
  (service: WatchedService) =>
  (name: string, statistic: Statistic): Metric => ({
    namespace: "AWS/ApplicationELB",
    name,
    dimensions: { LoadBalancer: service.loadBalancerArnSuffix },
    statistic,
  });

const onTargets =
  (service: WatchedService) =>
  (name: string, statistic: Statistic): Metric => ({
    namespace: "AWS/ApplicationELB",
    name,
    dimensions: { LoadBalancer: service.loadBalancerArnSuffix, TargetGroup: service.targetGroupArnSuffix },
    statistic,
  });

const LATENCIES = [
  { percentile: "p50", target: "apiLatencyP50", severity: "ticket" },
  { percentile: "p95", target: "apiLatencyP95", severity: "ticket" },
  { percentile: "p99", target: "apiLatencyP99", severity: "page" },
] as const;

/** Alarms on what clients see: latency, capacity to answer, and requests refused. */
export function serviceAlarms(service: WatchedService): AlarmDefinition[] {
  const balancer = onBalancer(service);
  const pods = onTargets(service);
  const latency = LATENCIES.map(
    ({ percentile, target, severity }): AlarmDefinition => ({
      ...ofTarget(target, MS_IN_SECONDS),
      id: `api-latency-${percentile}`,
      title: targets[target].title,
      group: "Service",
      panel: "API latency",
      measure: balancer("TargetResponseTime", percentile),
      breach: "atLeast",
      severity,
      window: WINDOWS.continuous,
      missingData: "notBreaching",
      meaning: `The API answers too slowly (${percentile}).`,
      firstLook: "Compare with database load, cache hit rate and pod CPU on the dashboard at the same minute.",
      runbook: "api-latency",
    }),
  );
  return [
    ...latency,
    ...(service.canaryName === undefined ? [] : [unreachable(service.canaryName)]),
    {
      id: "no-healthy-target",
      title: "Pods that pass the health check",
      group: "Service",
      panel: "Targets",
      measure: pods("HealthyHostCount", "Maximum"),
      threshold: THRESHOLDS.healthyTargets.value,
      breach: "below",
      severity: "page",
      window: WINDOWS.repeated,
      missingData: "breaching",
      meaning: "No pod is ready: every request fails.",
      firstLook: `kubectl -n ${SERVICE.namespace} get pods, then the events and logs of one that is not ready.`,
      runbook: "unhealthy-targets",
    },
    {
      id: "unhealthy-target",
      title: "Pods that fail the health check",
      group: "Service",
      panel: "Targets",
      measure: pods("UnHealthyHostCount", "Maximum"),
      threshold: THRESHOLDS.unhealthyTargets.value,
      breach: "atLeast",
      severity: "ticket",
      window: WINDOWS.continuous,
      missingData: "notBreaching",
      meaning: "A pod stays unready behind the load balancer.",
      firstLook: `The target group's health reasons, then ${SERVICE.readinessPath} of that pod: which dependency does it miss?`,
      runbook: "unhealthy-targets",
    },
    {
      id: "rejected-connections",
      title: "Connections rejected by the load balancer",
      group: "Service",
      panel: "Connections",
      measure: balancer("RejectedConnectionCount", "Sum"),
      threshold: THRESHOLDS.rejectedConnections.value,
      breach: "above",
      severity: "page",
      window: WINDOWS.repeated,
      missingData: "notBreaching",
      meaning: "The load balancer is at its most connections and turns clients away.",
      firstLook:
        "Active and new connections on the dashboard: a surge of clients, or connections that are never closed?",
      runbook: "rejected-connections",
    },
    {
      id: "blocked-requests",
      title: "Requests blocked by the web ACL, per minute",
      group: "Service",
      panel: "Blocked requests",
      measure: {
        namespace: "AWS/WAFV2",
        name: "BlockedRequests",
        dimensions: { WebACL: service.webAclMetricName, Region: service.region, Rule: "ALL" },
        statistic: "Sum",
      },
      threshold: (THRESHOLDS.blockedRequests.value / 100) * targets.requestRate.value * SECONDS_PER_MINUTE,
      breach: "atLeast",
      severity: "ticket",
      window: WINDOWS.continuous,
      missingData: "notBreaching",
      meaning: "The web ACL refuses a surge of requests: an attack, or a rule that hits honest clients.",
      firstLook: "Which rule blocks, and whom: the log group aws-waf-logs-… by terminatingRuleId and clientIp.",
      runbook: "blocked-requests",
    },
  ];
}

/** The alarm of the canary: what the load balancer itself cannot count, such as names, certificates and the way to it. */
const unreachable = (canaryName: pulumi.Input<string>): AlarmDefinition => ({
  id: "unreachable",
  title: `${SERVICE.readinessPath} from outside, in % of the runs`,
  group: "Service",
  panel: "Seen from outside",
  measure: {
    namespace: "CloudWatchSynthetics",
    name: "SuccessPercent",
    dimensions: { CanaryName: canaryName },
    statistic: "Minimum",
  },
  threshold: THRESHOLDS.canarySuccess.value,
  breach: "below",
  severity: "page",
  window: { periodSeconds: CANARY_MINUTES * SECONDS_PER_MINUTE, periods: 1, bad: 1 },
  // A run that comes late is no outage; that no pod is healthy, another alarm tells.
  missingData: "missing",
  meaning: `From outside, ${SERVICE.readinessPath} did not answer 200 in three tries: users do not reach the API.`,
  firstLook: "Ask it yourself; then DNS and certificate, then the web ACL's blocked requests, then the targets.",
  runbook: "unreachable",
});

/**
 * What is shown without an alarm. Throughput and users are loads that the system must be able to carry: a quiet night
 * misses both, so that only a load test can tell whether the target is met.
 */
export function serviceLoad(service: WatchedService): Watched[] {
  const balancer = onBalancer(service);
  return [
    {
      ...ofTarget("requestRate"),
      id: "request-rate",
      title: targets.requestRate.title,
      group: "Service",
      panel: "Request rate",
      measure: { expression: "rate / PERIOD(rate)", metrics: { rate: balancer("RequestCount", "Sum") } },
    },
    {
      ...ofTarget("concurrentUsers"),
      id: "active-connections",
      title: targets.concurrentUsers.title,
      group: "Service",
      panel: "Connections",
      measure: balancer("ActiveConnectionCount", "Sum"),
    },
  ];
}
