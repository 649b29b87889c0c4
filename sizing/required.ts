import type { CapacityInputs, CapacityPlan } from "./capacity";
import { type Limit, limits, podRates, type RequestCost } from "./demand";
import { databaseClass, databaseClassNames } from "./instances";
import { planCapacity } from "./plan";

/** What a stack needs for a load. */
export interface Requirement {
  /** Settings with which it carries the load, or as near as settings get. */
  readonly inputs: CapacityInputs;
  readonly plan: CapacityPlan;
  /** Pods at which the autoscaler comes to rest. */
  readonly pods: number;
  /** What no setting moves far enough. */
  readonly unmet: readonly Limit[];
}

/** No stack of this shape needs more of either. */
const MOST = { connections: 5000, nodes: 450 } as const;
const CONNECTION_STEP = 50;

/** Limits that settings move. */
const MOVABLE = ["pods", "database CPU", "database connections"];

/**
 * The smallest settings with which a stack carries a load: first more pods and nodes, then replicas of the database in zones
 * that have none, then a larger class of its family, and the connections that all of them need.
 *
 * @param requestsPerSecond of the average request
 */
export function requirement(
  given: CapacityInputs,
  cost: RequestCost,
  requestsPerSecond: number,
  users: number | undefined,
): Requirement {
  const pods = Math.max(given.apiMinReplicas, Math.ceil(requestsPerSecond / podRates(given, cost).goal));
  const inputs = { ...given, apiMaxReplicas: Math.max(given.apiMaxReplicas, pods) };
  let last: Requirement | undefined;
  for (const databaseInstanceClass of largerClasses(given.databaseInstanceClass)) {
    for (const databaseReplicaZones of moreZones(given)) {
      const fitted = withRoom({ ...inputs, databaseInstanceClass, databaseReplicaZones }, cost, requestsPerSecond);
      if (fitted === undefined) continue;
      const unmet = limits(fitted.inputs, fitted.plan, cost, users).filter(
        (limit) => limit.requestsPerSecond < requestsPerSecond,
      );
      last = { ...fitted, pods, unmet };
      if (!unmet.some(({ name }) => MOVABLE.includes(name))) return last;
    }
  }
  if (last === undefined) throw new Error(`no settings fit ${pods} pods`);
  return last;
}

/** Nodes and connections that the rest needs; undefined when no number of them fits. */
function withRoom(
  given: CapacityInputs,
  cost: RequestCost,
  requestsPerSecond: number,
): { readonly inputs: CapacityInputs; readonly plan: CapacityPlan } | undefined {
  let inputs = given;
  while (inputs.databaseMaxConnections <= MOST.connections && inputs.computeNodeMax <= MOST.nodes) {
    const { plan, problems } = planCapacity(inputs);
    const keys = problems.map(({ key }) => key);
    if (plan === undefined) {
      if (keys.includes("computeNodeMax")) inputs = { ...inputs, computeNodeMax: inputs.computeNodeMax + 1 };
      else if (keys.includes("databaseMaxConnections")) inputs = moreConnections(inputs);
      else return undefined;
      continue;
    }
    const connections = limits(inputs, plan, cost, undefined).find(({ name }) => name === "database connections");
    if (connections === undefined || connections.requestsPerSecond >= requestsPerSecond) return { inputs, plan };
    inputs = moreConnections(inputs);
  }
  return undefined;
}

const moreConnections = (inputs: CapacityInputs): CapacityInputs => ({
  ...inputs,
  databaseMaxConnections: inputs.databaseMaxConnections + CONNECTION_STEP,
});

/** The class itself and the larger ones of its family, by their CPUs. */
function largerClasses(name: string): string[] {
  const vcpu = (of: string) => databaseClass(of)?.vcpu ?? 0;
  const family = name.slice(0, name.lastIndexOf(".") + 1);
  const larger = databaseClassNames.filter((other) => other.startsWith(family) && vcpu(other) > vcpu(name));
  return [name, ...larger.toSorted((a, b) => vcpu(a) - vcpu(b))];
}

/** Replicas as they are, then one more for each zone that has none. */
function moreZones({ databaseReplicaZones, availabilityZones }: CapacityInputs): (readonly string[])[] {
  const free = availabilityZones.filter((zone) => !databaseReplicaZones.includes(zone));
  return [databaseReplicaZones, ...free.map((_, index) => [...databaseReplicaZones, ...free.slice(0, index + 1)])];
}
