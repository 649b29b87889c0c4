import type { AddressPlan } from "./addresses";
import type { CacheSizing } from "./cache";
import type { ConnectionBudget } from "./connections";
import type { DatabaseMemoryBudget } from "./memory";
import type { NodeCapacity } from "./nodes";
import type { PostgresParameter } from "./postgres";
import type { Timeline } from "./timeline";

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
