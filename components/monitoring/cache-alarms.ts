import type * as pulumi from "@pulumi/pulumi";
import { THRESHOLDS } from "../../sizing/thresholds";
import { gib } from "../../sizing/units";
import { type AlarmDefinition, type Formula, type Measure, type Metric, ofTarget, WINDOWS } from "./definition";

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
function overNodes(cache: WatchedCache, name: string, statistic: Metric["statistic"], combine: "MAX" | "SUM"): Measure {
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

/** Hits in % of all look-ups, over all nodes: a node that is asked for nothing has no part in it. */
function hitRate(cache: WatchedCache): Formula {
  const counted = (name: "CacheHits" | "CacheMisses") =>
    cache.nodeIds.map((nodeId, index): [string, Metric] => [
      `${name === "CacheHits" ? "hits" : "misses"}_${index + 1}`,
      { namespace: "AWS/ElastiCache", name, dimensions: { CacheClusterId: nodeId }, statistic: "Sum" },
    ]);
  const [hits, misses] = [counted("CacheHits"), counted("CacheMisses")];
  const sum = (series: readonly [string, Metric][]) => `SUM([${series.map(([id]) => id).join(", ")}])`;
  return {
    expression: `100 * ${sum(hits)} / (${sum(hits)} + ${sum(misses)})`,
    metrics: Object.fromEntries([...hits, ...misses]),
  };
}

/** Alarms on memory, evictions, the hit rate and the engine's one processor. */
export function cacheAlarms(cache: WatchedCache): AlarmDefinition[] {
  const common = { group: "Cache", severity: "ticket", breach: "atLeast", missingData: "missing" } as const;
  const cpu = {
    ...common,
    panel: "Cache engine CPU",
    runbook: "cache-cpu",
    firstLook: "The slow log, then commands per second by kind; the engine runs commands on one processor.",
  } as const;
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
      runbook: "cache-memory",
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
      runbook: "cache-memory",
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
    {
      ...common,
      id: "cache-hit-rate",
      title: "Cache hit rate, in %",
      panel: "Cache hit rate",
      measure: hitRate(cache),
      threshold: THRESHOLDS.cacheHitRate.value,
      breach: "below",
      window: WINDOWS.long,
      // Nothing is looked up: a quiet hour.
      missingData: "notBreaching",
      meaning: "Too many look-ups find nothing in the cache; the database answers instead.",
      firstLook: "Evictions and memory, then writes, each of which outdates a namespace, and the latest deployment.",
      runbook: "cache-hit-rate",
    },
  ];
}
