import { targets } from "../targets";
import type { CapacityInputs, CapacityPlan } from "./capacity";
import { workersPerPod } from "./connections";
import { databaseClass } from "./instances";
import { LIMITS } from "./limits";
import { cpuMillis } from "./units";

/** What one request costs, measured: CPU in microseconds. */
export interface RequestCost {
  readonly serviceMicros: number;
  readonly databaseMicros: number;
  readonly cacheMicros: number;
  /** Statements that it runs. */
  readonly statements: number;
}

/** How much of a resource a load takes, and how much there is. */
export interface Limit {
  readonly name: string;
  /** Requests per second at which it is used up. */
  readonly requestsPerSecond: number;
  /** How that comes about, with its numbers. */
  readonly because: string;
  /** What to change to push it further out. */
  readonly remedy: string;
}

/** Cost of the average request of a mix: shares that add up to 1. */
export function mixed(costs: readonly (readonly [share: number, cost: RequestCost])[]): RequestCost {
  const sum = (of: (cost: RequestCost) => number) =>
    costs.reduce((total, [share, cost]) => total + share * of(cost), 0);
  return {
    serviceMicros: sum((cost) => cost.serviceMicros),
    databaseMicros: sum((cost) => cost.databaseMicros),
    cacheMicros: sum((cost) => cost.cacheMicros),
    statements: sum((cost) => cost.statements),
  };
}

const MICROS = 1_000_000;

/** CPU that one pod may use before it is too busy: the peak target's share of its limit, and one CPU for each process. */
const usableMillis = (inputs: CapacityInputs): number => {
  const limit = cpuMillis(inputs.apiCpuLimit);
  return (Math.min(limit, workersPerPod(limit) * 1000) * targets.cpuPeak.value) / 100;
};

/** Requests per second that one pod serves at the autoscaler's goal, and at the peak target. */
export function podRates(inputs: CapacityInputs, cost: RequestCost): { readonly goal: number; readonly peak: number } {
  const goalMillis = (cpuMillis(inputs.apiCpuRequest) * targets.cpuAverage.value) / 100;
  const rate = (millis: number) => (millis * 1000) / cost.serviceMicros;
  return { goal: rate(goalMillis), peak: rate(usableMillis(inputs)) };
}

/** Servers that reads are spread over: the replicas, or the writer where there is none. */
export const readServers = (inputs: CapacityInputs): number => Math.max(1, inputs.databaseReplicaZones.length);

/** The engine runs commands on one thread, whatever the node has. */
const CACHE_THREADS = 1;

/**
 * At which load each part of a stack is used up, the first to break first. Writes are not among them: their cost is not
 * measured, and a client's own limit keeps them few.
 *
 * @param cost of the average request
 * @param users clients with addresses of their own; undefined: as many as it takes
 */
export function limits(
  inputs: CapacityInputs,
  plan: CapacityPlan,
  cost: RequestCost,
  users: number | undefined,
): Limit[] {
  const pods = inputs.apiMaxReplicas;
  const { peak } = podRates(inputs, cost);
  const vcpu = databaseClass(inputs.databaseInstanceClass)?.vcpu ?? 0;
  const servers = readServers(inputs);
  const average = targets.cpuAverage.value / 100;
  const holdSeconds = targets.queryTime.value / 1000;
  const perServer = plan.connections.readerPoolPerProcess * inputs.apiMaxReplicas * plan.connections.workersPerPod;
  const all: (Limit | undefined)[] = [
    {
      name: "pods",
      requestsPerSecond: pods * peak,
      because: `${pods} pods of apiMaxReplicas, each with ${Math.round(peak)} requests/s at ${targets.cpuPeak.value} % of its CPU`,
      remedy: "apiMaxReplicas, and computeNodeMax with it",
    },
    cost.databaseMicros > 0
      ? {
          name: "database CPU",
          requestsPerSecond: (servers * vcpu * average * MICROS) / cost.databaseMicros,
          because: `${servers} × ${inputs.databaseInstanceClass} for reads with ${vcpu} vCPU at ${targets.cpuAverage.value} %, ${round(cost.databaseMicros)} µs for a request`,
          remedy: "databaseInstanceClass, or more databaseReplicaZones",
        }
      : undefined,
    cost.statements > 0
      ? {
          name: "database connections",
          requestsPerSecond: (servers * perServer) / holdSeconds / cost.statements,
          because: `${perServer} to each of ${servers} servers, each held ${targets.queryTime.value} ms a statement: the target`,
          remedy: "databaseMaxConnections",
        }
      : undefined,
    cost.cacheMicros > 0
      ? {
          name: "cache CPU",
          requestsPerSecond: (CACHE_THREADS * average * MICROS) / cost.cacheMicros,
          because: `one thread of ${inputs.cacheNodeType} at ${targets.cpuAverage.value} %, ${round(cost.cacheMicros)} µs for a request`,
          remedy: "answers that are cached for longer: a larger node has no faster thread",
        }
      : undefined,
    users === undefined
      ? undefined
      : {
          name: "clients' rate limit",
          requestsPerSecond: users * LIMITS.apiRate.requestsPerSecond,
          because: `${users} users, each with an address of its own and ${LIMITS.apiRate.requestsPerSecond} requests/s: more is answered 429`,
          remedy: "none: the guide's limit for one client",
        },
  ];
  return all.filter((limit) => limit !== undefined).toSorted((a, b) => a.requestsPerSecond - b.requestsPerSecond);
}

const round = (value: number): string => (value >= 10 ? value.toFixed(0) : value.toPrecision(2));
