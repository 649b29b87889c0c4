import { gib } from "../../sizing/units";
import { type Target, type TargetName, targets } from "../../targets";
import type { MeasuredTarget } from "../loadtest/goals";
import { type Result, TUNED } from "./result";

/** A target beside what was measured. */
export interface TargetVerdict {
  readonly name: TargetName;
  readonly target: Target;
  /** In the target's unit; none where nothing was measured. */
  readonly measured: number | undefined;
  /** What it was measured at, or why it was not. */
  readonly note: string;
  readonly verdict: "holds" | "missed" | "not measured";
}

interface Measurement {
  readonly value: number | undefined;
  readonly note: string;
}

const notMeasured = (note: string): Measurement => ({ value: undefined, note });

const SHARED = "what makes the load shares this machine's CPUs";

/** Each target of the guide, in its order. */
export function targetVerdicts(result: Result): TargetVerdict[] {
  const { peaks } = result.loaded;
  const underLoad = (value: number | undefined): Measurement =>
    value === undefined ? notMeasured("only Linux tells") : { value, note: "at most, under the load test" };
  const measurements: Record<TargetName, Measurement> = {
    apiLatencyP50: ofLoadTest(result, "apiLatencyP50"),
    apiLatencyP95: ofLoadTest(result, "apiLatencyP95"),
    apiLatencyP99: ofLoadTest(result, "apiLatencyP99"),
    requestRate: ofLoadTest(result, "requestRate"),
    concurrentUsers: ofLoadTest(result, "concurrentUsers"),
    queryTime: slowestQuery(result),
    connectionUtilization: underLoad((peaks.connections / peaks.maxConnections) * 100),
    apiMemory: underLoad(peaks.serviceBytes && peaks.serviceBytes / gib(1)),
    databaseMemory: databaseMemory(result),
    cacheMemory: underLoad(peaks.cacheBytes / gib(1)),
    cpuAverage: notMeasured(SHARED),
    cpuPeak: notMeasured(SHARED),
    availability: ofLoadTest(result, "availability"),
    timeToRecover: notMeasured("no outage is rehearsed"),
  };
  return (Object.keys(targets) as TargetName[]).map((name) => judge(name, measurements[name]));
}

/** What a client saw; nothing of a load that was stopped. */
function ofLoadTest({ loaded, plan }: Result, name: MeasuredTarget): Measurement {
  const { stopped, targets: found } = loaded.report;
  if (stopped !== undefined) return notMeasured(`the load was stopped: ${stopped.message}`);
  return {
    value: found.find((target) => target.name === name)?.measured,
    note: `by the load test, of 1 pod in place of ${plan.pods.min} to ${plan.pods.max}`,
  };
}

function judge(name: TargetName, { value, note }: Measurement): TargetVerdict {
  const target: Target = targets[name];
  if (value === undefined) return { name, target, measured: undefined, note, verdict: "not measured" };
  const holds = target.bound === "below" ? value < target.value : value > target.value;
  return { name, target, measured: value, note, verdict: holds ? "holds" : "missed" };
}

/** In the server, while the mixed load runs: the API's reads, each class by the median of the rounds. */
function slowestQuery({ rounds }: Result): Measurement {
  const cells = rounds.flat().filter(({ side }) => side === TUNED);
  const names = cells[0]?.works.filter(({ kind, source }) => kind === "read" && source === "API") ?? [];
  const medians = names.map(({ name }) => {
    const times = cells
      .flatMap(({ works }) => works.find((work) => work.name === name)?.serverMs ?? [])
      .sort((a, b) => a - b);
    return { name, ms: times[Math.floor(times.length / 2)] ?? Number.NaN };
  });
  const slowest = medians.reduce((a, b) => (b.ms > a.ms ? b : a));
  return {
    value: slowest.ms,
    note: `the slowest of ${medians.length} classes of the API's reads under the mixed load: ${slowest.name}`,
  };
}

function databaseMemory({ rounds }: Result): Measurement {
  const sizes = rounds.flat().flatMap(({ side, memoryBytes }) => (side === TUNED ? (memoryBytes ?? []) : []));
  if (sizes.length === 0) return notMeasured("only Linux tells");
  return { value: Math.max(...sizes) / gib(1), note: "under the mixed load" };
}
