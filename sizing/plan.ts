import type { AddressPlan } from "./addresses";
import type { CacheSizing } from "./cache";
import { planAddresses, planCache, planConnections, planDatabase, planNodes } from "./checks";
import type { ConnectionBudget } from "./connections";
import type { DatabaseMemoryBudget } from "./memory";
import type { NodeCapacity } from "./nodes";
import type { PostgresParameter } from "./postgres";
import type { Problem } from "./problem";
import { type Timeline, timeline } from "./timeline";

/** The settings that sizing reads, under their own names. */
export interface CapacityInputs {
  readonly availabilityZones: readonly string[];
  readonly vpcCidr: string;
  readonly databaseInstanceClass: string;
  readonly databaseEngineVersion: string;
  readonly databaseMaxConnections: number;
  readonly databaseWorkMem: string;
  readonly databaseStatementLogging: "production" | "analysis";
  readonly databaseReplicaZones: readonly string[];
  readonly cacheEngine: "redis" | "valkey";
  readonly cacheNodeType: string;
  readonly cacheReplicas: number;
  readonly systemNodeType: string;
  readonly systemNodeMin: number;
  readonly systemNodeMax: number;
  readonly computeNodeType: string;
  readonly computeNodeMin: number;
  readonly computeNodeMax: number;
  readonly apiMinReplicas: number;
  readonly apiMaxReplicas: number;
  readonly apiCpuRequest: string;
  readonly apiCpuLimit: string;
  readonly apiMemoryRequest: string;
}

/** Every size of the stack, computed from its settings. */
export interface CapacityPlan {
  readonly addresses: AddressPlan;
  readonly database: {
    /** Of the writer's parameter group. */
    readonly parameters: readonly PostgresParameter[];
    /** Of the replicas' parameter group. */
    readonly replicaParameters: readonly PostgresParameter[];
    readonly memory: DatabaseMemoryBudget;
  };
  readonly cache: CacheSizing;
  readonly connections: ConnectionBudget;
  readonly nodes: { readonly system: NodeCapacity; readonly compute: NodeCapacity };
  readonly timeline: Timeline;
}

/** The outcome of planning: a plan when nothing is wrong, otherwise every problem at once. */
export interface CapacityResult {
  /** Absent when there are problems. */
  readonly plan?: CapacityPlan;
  /** Each under the key of the setting to change. */
  readonly problems: readonly Problem[];
}

/**
 * Computes every size of the stack and says what does not fit.
 *
 * Expects counts to be whole and at least 1, and at least two zones: the settings' own checks.
 */
export function planCapacity(inputs: CapacityInputs): CapacityResult {
  const problems: Problem[] = [];
  const report = (key: keyof CapacityInputs, found: string, allowed: string) => {
    problems.push({ key, found, allowed });
  };
  const database = planDatabase(inputs, report);
  const cache = planCache(inputs, report);
  const connections = planConnections(inputs, report);
  const nodes = planNodes(inputs, report);
  const addresses = planAddresses(inputs, nodes, report);
  if (problems.length > 0 || !database || !cache || !connections || !nodes || !addresses) return { problems };
  return { plan: { addresses, database, cache, connections, nodes, timeline }, problems };
}
