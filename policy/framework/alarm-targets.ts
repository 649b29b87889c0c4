import { BURN_RATES } from "../../sizing/thresholds";
import { bytes, gib } from "../../sizing/units";
import { type TargetName, targets } from "../../targets";
import { parameter, parameterGroupOf } from "./database";
import { exposedLoadBalancers } from "./edge";
import { appContainers, quantity } from "./kubernetes";
import type { Stack, StackResource } from "./stack";
import { DEPLOYMENT, EKS_CLUSTER, RDS_INSTANCE, REPLICATION_GROUP } from "./types";
import type { Value } from "./value";

/** How alarms watch over a target. */
export interface Watch {
  /** What must be watched, each by an alarm of its own. */
  readonly subjects: (stack: Stack) => StackResource[];
  /** The loosest threshold that still tells, in the unit of the alarm's metric; undefined when it cannot be told. */
  readonly loosest: (stack: Stack, alarm: StackResource) => number | undefined;
  /** The statistic that the target speaks of. @default any */
  readonly statistic?: string;
}

const instances = (stack: Stack): StackResource[] => stack.ofType(RDS_INSTANCE);
const machines = (stack: Stack): StackResource[] => stack.ofType(RDS_INSTANCE, REPLICATION_GROUP, EKS_CLUSTER);

/** A product of decimal numbers without the noise of binary ones: 6 × (100 − 99.9) is 0.6. */
const exact = (value: number): number => Number(value.toPrecision(12));
/** CloudWatch's unit of latency. */
const inSeconds = (name: TargetName) => (): number => exact(targets[name].value / 1000);
const inBytes = (name: TargetName) => (): number => gib(targets[name].value);
const asItIs = (name: TargetName) => (): number => targets[name].value;

/** The targets that alarms judge. Throughput and users are loads to carry, and a time to recover is known afterwards. */
export const WATCHES: Readonly<Partial<Record<TargetName, Watch>>> = {
  apiLatencyP50: { subjects: exposedLoadBalancers, statistic: "p50", loosest: inSeconds("apiLatencyP50") },
  apiLatencyP95: { subjects: exposedLoadBalancers, statistic: "p95", loosest: inSeconds("apiLatencyP95") },
  apiLatencyP99: { subjects: exposedLoadBalancers, statistic: "p99", loosest: inSeconds("apiLatencyP99") },
  availability: { subjects: exposedLoadBalancers, loosest: (_, alarm) => burnedPercent(alarm) },
  queryTime: { subjects: instances, loosest: inSeconds("queryTime") },
  connectionUtilization: { subjects: instances, loosest: (_, alarm) => usableConnections(alarm) },
  databaseMemory: { subjects: instances, loosest: inBytes("databaseMemory") },
  cacheMemory: { subjects: (stack) => stack.ofType(REPLICATION_GROUP), loosest: inBytes("cacheMemory") },
  apiMemory: { subjects: (stack) => stack.ofType(EKS_CLUSTER), loosest: podMemory },
  cpuAverage: { subjects: machines, statistic: "Average", loosest: asItIs("cpuAverage") },
  cpuPeak: { subjects: machines, statistic: "Maximum", loosest: asItIs("cpuPeak") },
};

/** The metrics of an alarm: the alarm itself, or what its expression is made of. */
export const metrics = ({ props }: StackResource): Value[] => {
  const queries = props.at("metricQueries").list();
  return queries.length === 0 ? [props] : queries.map((query) => query.at("metric")).filter((metric) => metric.isSet);
};

/** What an alarm watches. */
export const watched = (alarm: StackResource): readonly StackResource[] => [
  ...alarm.references("dimensions"),
  ...alarm.references("metricQueries"),
];

/** Share of failed requests, in %: all of the error budget, or its burn rate for the window that the alarm looks at. */
function burnedPercent(alarm: StackResource): number {
  const period = Math.max(0, ...metrics(alarm).map((metric) => metric.at("period").number() ?? 0));
  const seconds = period * (alarm.props.at("evaluationPeriods").number() ?? 1);
  const burn = BURN_RATES.find((rate) => [rate.longWindowSeconds, rate.shortWindowSeconds].includes(seconds));
  return exact((burn?.rate ?? 1) * (100 - targets.availability.value));
}

/** Connections of the instances that an alarm watches. */
function usableConnections(alarm: StackResource): number | undefined {
  const most = watched(alarm)
    .filter(({ type }) => type === RDS_INSTANCE)
    .map((instance) => {
      const group = parameterGroupOf(instance);
      return (group && parameter(group, "max_connections")?.number()) ?? Number.NaN;
    });
  const least = Math.min(...most);
  return Number.isFinite(least) ? exact((least * targets.connectionUtilization.value) / 100) : undefined;
}

/** Memory of a pod, in bytes or, where the metric is so, in % of its limit: the target, or the limit where that is lower. */
function podMemory(stack: Stack, alarm: StackResource): number | undefined {
  const target = gib(targets.apiMemory.value);
  if (!metrics(alarm).some((metric) => /utilization/.test(metric.at("metricName").string() ?? ""))) {
    return target;
  }
  const limits = stack
    .ofType(DEPLOYMENT)
    .flatMap(appContainers)
    .map((container) => quantity(container.at("resources.limits.memory"), bytes))
    .filter((limit) => limit > 0);
  return limits.length === 0 ? undefined : exact(Math.min(100, (100 * target) / Math.max(...limits)));
}
