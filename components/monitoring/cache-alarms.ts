import type * as pulumi from "@pulumi/pulumi";
import { THRESHOLDS } from "../../sizing/thresholds";
import { gib } from "../../sizing/units";
import { type AlarmDefinition, type Measure, type Metric, ofTarget, type Watched, WINDOWS } from "./definition";

/** The cache, as CloudWatch names it. */
export interface WatchedCache {
  /** Dimension `CacheClusterId` of each node. */
  readonly nodeIds: readonly pulumi.Input<string>[];
}

/**
 * One value for all nodes, because a failover makes any of them the primary.
 *
 * @param combine - metric math that makes one series of several: `MAX` or `SUM`
 */
function overNodes(
  cache: WatchedCache,
  name: string,
  statistic: Metric["statistic"],
  combine: "MAX" | "SUM" | "AVG",
): Measure {
  const metrics = cache.nodeIds.map(
    (nodeId): Metric => ({ namespace: "AWS/ElastiCache", name, dimensions: { CacheClusterId: nodeId }, statistic }),
  );
  const [only] = metrics;
  if (metrics.length === 1 && only !== undefined) return only;
  const id = (index: number) => `${name.toLowerCase()}_${statistic.toLowerCase()}_${index + 1}`;
  return {
    expression: `${combine}([${metrics.map((_, index) => id(index)).join(", ")}])`,
    metrics: Object.fromEntries(metrics.map((metric, index) => [id(index), metric])),
  };
}

/** Alarms on memory, evictions and the engine's one processor. */
export function cacheAlarms(cache: WatchedCache): AlarmDefinition[] {
  const common = { group: "Cache", severity: "ticket", breach: "atLeast", missingData: "missing" } as const;
  const cpu = {
    ...common,
    panel: "Cache engine CPU",
    firstLook: "The slow log, then commands per second by kind; the engine runs commands on one processor.",
  };
  return [
    {
      ...common,
      ...ofTarget("cacheMemory", gib(1)),
      id: "cache-memory",
      title: "Memory used by the cache's data",
      panel: "Cache memory",
      measure: overNodes(cache, "BytesUsedForCache", "Maximum", "MAX"),
      window: WINDOWS.sustained,
      missingData: "breaching",
      meaning: "The cache holds more than planned, or reports nothing at all.",
      firstLook: "Is it up? Then keys without a time to live, and which key prefix grew.",
    },
    {
      ...common,
      id: "cache-evictions",
      title: "Keys evicted per minute",
      panel: "Cache evictions",
      measure: overNodes(cache, "Evictions", "Sum", "SUM"),
      threshold: THRESHOLDS.evictions.value,
      breach: "above",
      window: WINDOWS.repeated,
      missingData: "notBreaching",
      meaning: "The cache is full and throws out keys that were to live longer; the database answers instead.",
      firstLook: "Memory used by the cache's data, then the node type's own limit.",
    },
    {
      ...cpu,
      ...ofTarget("cpuAverage"),
      id: "cache-cpu-average",
      title: "Engine CPU, average",
      measure: overNodes(cache, "EngineCPUUtilization", "Average", "MAX"),
      window: WINDOWS.sustained,
      meaning: "The busiest cache node has little CPU left for a surge.",
    },
    {
      ...cpu,
      ...ofTarget("cpuPeak"),
      id: "cache-cpu-peak",
      title: "Engine CPU, peak",
      measure: overNodes(cache, "EngineCPUUtilization", "Maximum", "MAX"),
      window: WINDOWS.repeated,
      meaning: "The busiest cache node is out of CPU: every command waits.",
    },
  ];
}

/** What is shown without an alarm. */
export const cacheLoad = (cache: WatchedCache): Watched[] => [
  {
    id: "cache-hit-rate",
    title: "Cache hit rate, in %",
    group: "Cache",
    panel: "Cache hit rate",
    measure: overNodes(cache, "CacheHitRate", "Average", "AVG"),
  },
];
