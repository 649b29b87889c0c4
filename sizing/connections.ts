import { targets } from "../targets";
import { podsWithSurge } from "./autoscaling";
import { timeline } from "./timeline";

/** What the connection budget depends on. */
export interface ConnectionInput {
  readonly maxConnections: number;
  /** Most API pods the autoscaler may ask for. */
  readonly maxReplicas: number;
  /** CPU limit of one API pod, in thousandths of a CPU. */
  readonly cpuLimitMillis: number;
}

/** How the database's connections are shared out. */
export interface ConnectionBudget {
  /** Most API pods at once, a rollout's surge included. */
  readonly pods: number;
  /** Node processes in one pod, each with pools of its own. */
  readonly workersPerPod: number;
  /** Processes in all pods. */
  readonly processes: number;
  /** Connections that PostgreSQL and RDS keep for themselves. */
  readonly reserved: number;
  /** Connections kept for migrations, maintenance and operators. */
  readonly operators: number;
  /** Connections of one instance that the API may use: within the utilisation target, less the operators'. */
  readonly usable: number;
  /** Largest pool of one process to the writer's proxy; 0 when the budget is impossible. */
  readonly writerPoolPerProcess: number;
  /** Largest pool of one process to each replica; 0 when the budget is impossible. */
  readonly readerPoolPerProcess: number;
  readonly proxy: {
    /** Share of `max_connections` that the proxy may open. */
    readonly maxConnectionsPercent: number;
    /** Share that it keeps open while idle. */
    readonly maxIdleConnectionsPercent: number;
    /** How long a client waits for a connection before it gets an error: what a request has beside its statement. */
    readonly connectionBorrowTimeoutSeconds: number;
    /** How long a client's connection may idle before the proxy closes it. */
    readonly idleClientTimeoutSeconds: number;
  };
  /** How long a pooled connection may idle before the pool closes it. */
  readonly poolIdleSeconds: number;
}

/**
 * Connections that an ordinary role never gets: `superuser_reserved_connections` (PostgreSQL's default, 3) and
 * `rds.rds_superuser_reserved_connections` (RDS's default, 2).
 */
export const RESERVED_CONNECTIONS = 3 + 2;

/**
 * Connections to an instance itself, kept beside the API's. Two of a migration: its own, and one to try a role's password.
 * Two of the nightly maintenance, whose commands take turns: `optimize` works in one and watches in the other. Two of
 * people and of the rotation of passwords.
 */
export const OPERATOR_CONNECTIONS = 2 + 2 + 2;

/** RDS Proxy's default: it keeps up to half of its connections open (Amazon RDS User Guide, "MaxIdleConnectionsPercent"). */
const PROXY_IDLE_PERCENT = targets.connectionUtilization.value / 2;

/** RDS Proxy's default `IdleClientTimeout`: longer than {@link POOL_IDLE_SECONDS}, so that the pool closes first. */
const PROXY_CLIENT_IDLE_SECONDS = 1800;

/** `max_inactive_connection_lifetime=300`: guide, Query Performance Optimization. */
const POOL_IDLE_SECONDS = 300;

/** Processes in a pod: a Node process uses one CPU, so as many as the CPU limit has whole CPUs, and at least one. */
export const workersPerPod = (cpuLimitMillis: number): number => Math.max(1, Math.floor(cpuLimitMillis / 1000));

const usableConnections = (maxConnections: number): number =>
  Math.floor(((maxConnections - RESERVED_CONNECTIONS) * targets.connectionUtilization.value) / 100) -
  OPERATOR_CONNECTIONS;

/**
 * Shares `max_connections` among every process that may run at once.
 *
 * Reads go to the replicas directly, so the pools of all processes fit on each replica. Writes go through RDS Proxy,
 * which multiplexes transactions; the writer's pools still fit without that, so that no client waits even if every
 * session is pinned to its connection. What is left above the utilisation target covers pods that are terminating.
 * The guide's 50 connections × 4 workers × 20 pods would be 4000.
 */
export function connectionBudget(input: ConnectionInput): ConnectionBudget {
  const pods = podsWithSurge(input.maxReplicas);
  const workers = workersPerPod(input.cpuLimitMillis);
  const processes = pods * workers;
  const usable = Math.max(0, usableConnections(input.maxConnections));
  const poolPerProcess = Math.floor(usable / processes);
  return {
    pods,
    workersPerPod: workers,
    processes,
    reserved: RESERVED_CONNECTIONS,
    operators: OPERATOR_CONNECTIONS,
    usable,
    writerPoolPerProcess: poolPerProcess,
    readerPoolPerProcess: poolPerProcess,
    proxy: {
      maxConnectionsPercent: targets.connectionUtilization.value,
      maxIdleConnectionsPercent: PROXY_IDLE_PERCENT,
      connectionBorrowTimeoutSeconds: timeline.requestTimeoutSeconds - timeline.statementTimeoutSeconds,
      idleClientTimeoutSeconds: PROXY_CLIENT_IDLE_SECONDS,
    },
    poolIdleSeconds: POOL_IDLE_SECONDS,
  };
}

/** The least `max_connections` with which each of `processes` gets a pool of one connection. */
export const leastMaxConnections = (processes: number): number =>
  Math.ceil(((processes + OPERATOR_CONNECTIONS) * 100) / targets.connectionUtilization.value) + RESERVED_CONNECTIONS;
