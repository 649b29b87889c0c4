import { gib } from "../../sizing/units";
import { type Target, type TargetName, targets } from "../../targets";
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
  const measurements: Record<TargetName, Measurement> = {
    apiLatencyP50: notMeasured("make loadtest"),
    apiLatencyP95: notMeasured("make loadtest"),
    apiLatencyP99: notMeasured("make loadtest"),
    requestRate: notMeasured("make loadtest"),
    concurrentUsers: notMeasured("make loadtest"),
    queryTime: slowestQuery(result),
    connectionUtilization: notMeasured("make loadtest"),
    apiMemory: notMeasured("make loadtest"),
    databaseMemory: databaseMemory(result),
    cacheMemory: notMeasured("make loadtest"),
    cpuAverage: notMeasured(SHARED),
    cpuPeak: notMeasured(SHARED),
    availability: notMeasured("make loadtest"),
    timeToRecover: notMeasured("no outage is rehearsed"),
  };
  return (Object.keys(targets) as TargetName[]).map((name) => judge(name, measurements[name]));
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
