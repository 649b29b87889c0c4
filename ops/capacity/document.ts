import type { CapacityInputs, CapacityPlan } from "../../sizing/capacity";
import { DELAYS, type Simulation } from "../../sizing/simulation";
import { targets } from "../../targets";
import { type Estimate, MIX, type Scenario } from "./estimate";

/** One line of the table: what the stack has, and what it needs. */
export interface Row {
  readonly name: string;
  readonly now: string;
  readonly needs: string;
}

/** A whole number with commas. */
export const whole = (value: number): string => Math.round(value).toLocaleString("en-US");

/** What a load takes, beside what there is. */
export function rowsOf({ now, needs }: Estimate): Row[] {
  const has = (of: (inputs: CapacityInputs, plan: CapacityPlan) => string): Pick<Row, "now" | "needs"> => {
    return { now: of(now.inputs, now.plan), needs: of(needs.inputs, needs.plan) };
  };
  return [
    {
      name: "pods",
      now: `${now.inputs.apiMinReplicas} to ${now.inputs.apiMaxReplicas}`,
      needs: `${needs.pods} at rest, of at most ${needs.inputs.apiMaxReplicas}`,
    },
    {
      name: "compute nodes",
      ...has(
        (inputs, { nodes }) =>
          `${inputs.computeNodeMin} to ${inputs.computeNodeMax} × ${inputs.computeNodeType}, ${nodes.compute.podsPerNode} pods each`,
      ),
    },
    {
      name: "database",
      ...has((inputs) => `${inputs.databaseInstanceClass}, ${inputs.databaseReplicaZones.length} replicas`),
    },
    {
      name: "connections",
      ...has(
        (inputs, { connections }) =>
          `${inputs.databaseMaxConnections}, ${connections.readerPoolPerProcess} a process to each replica`,
      ),
    },
    { name: "cache", ...has((inputs) => `${inputs.cacheNodeType}, ${inputs.cacheReplicas} replicas`) },
    {
      name: "addresses a zone",
      ...has((_, { addresses }) =>
        addresses.demand.map(({ kind, perZone, available }) => `${kind} ${perZone} of ${available}`).join(", "),
      ),
    },
  ];
}

/** The lines to type, so that the stack has what it needs; none when it has. */
export function commands({ now, needs, stack }: Estimate): string[] {
  const keys = Object.keys(needs.inputs) as (keyof CapacityInputs)[];
  return keys.flatMap((key) => {
    const [before, after] = [now.inputs[key], needs.inputs[key]];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    const set = `pulumi config set --stack ${stack}`;
    if (!Array.isArray(after)) return [`${set} ${key} ${after}`];
    return after.map((value, index) => `${set} --path '${key}[${index}]' ${value}`);
  });
}

/** What was measured, on what, and what that says of AWS. */
export function basis({ measured, cost, wanted }: Estimate): string[] {
  const mix = MIX.map(([share, kind]) => `${share * 100} % ${kind}`).join(", ");
  return [
    `measured ${measured.date.slice(0, 10)} on ${measured.machine} (${measured.file})`,
    `a request (${mix}) costs ${whole(cost.serviceMicros)} µs CPU in the service, ${whole(cost.databaseMicros)} in the database, ${whole(cost.cacheMicros)} in the cache`,
    "AWS's processors are others: nothing is corrected for that; make bench-api on the nodes' own type is the better source",
    ...(wanted.users === undefined
      ? []
      : [`${whole(wanted.users)} users, ${(wanted.requestsPerSecond / wanted.users).toFixed(2)} requests/s each`]),
  ];
}

/**
 * What a simulation came to, in words.
 *
 * @param at second at which the load began to change
 */
export function outcome(simulation: Simulation, at: number): string {
  const { requests, overTarget, turnedAway, longestWaitMs, moments, recoveredAt } = simulation;
  const pods = Math.max(...moments.map(({ ready }) => ready));
  if (overTarget === 0) return `no request waits for ${targets.apiLatencyP99.value} ms; at most ${pods} pods`;
  const share = ((100 * overTarget) / requests).toFixed(1);
  const until = recoveredAt === undefined ? "not over at the end" : `over ${recoveredAt - at} s later`;
  const away = turnedAway > 0 ? `, ${whole(turnedAway)} turned away` : "";
  return `${whole(overTarget)} requests (${share} %) over ${targets.apiLatencyP99.value} ms${away}, longest wait ${(longestWaitMs / 1000).toFixed(1)} s, ${until}`;
}

/** What holds back longer: the window of the stack, or none. */
export function scenarioLines(
  { title, at, from, to, withWindow, withoutWindow }: Scenario,
  windowSeconds: number,
): string[] {
  return [
    `${title}, from ${whole(from)} to ${whole(to)} requests/s`,
    `  with the window of ${windowSeconds} s: ${outcome(withWindow, at)}`,
    `  without a window: ${outcome(withoutWindow, at)}`,
  ];
}

/** The delays that the simulation has, with their sources. */
export const delayLines = (): string[] =>
  Object.entries(DELAYS).map(([name, { seconds, source }]) => `${name}: ${seconds} s (${source})`);

/** Everything, as one JSON document. */
export function estimateJson(estimate: Estimate): string {
  const { stack, wanted, measured, cost, limits, byKind, needs, windowSeconds, scenarios, unfeltStep } = estimate;
  const { costs, ...from } = measured;
  const document = {
    stack,
    wanted,
    measured: {
      ...from,
      costs: Object.fromEntries(costs),
      mix: Object.fromEntries(MIX.map(([share, kind]) => [kind, share])),
      cost,
    },
    needs: { pods: needs.pods, table: rowsOf(estimate), commands: commands(estimate), unmet: needs.unmet },
    limits,
    byKind,
    simulation: { windowSeconds, delays: DELAYS, unfeltStep, scenarios },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
