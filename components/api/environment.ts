import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionBudget } from "../../sizing/connections";
import { SERVICE } from "../../sizing/service";
import type { Timeline } from "../../sizing/timeline";

/** Connections that one worker accepts at once; guide, Kubernetes Resource Optimization: WORKER_CONNECTIONS. */
const WORKER_CONNECTIONS = 1000;

/** Share of the memory limit, in %, that V8's old space may fill; buffers and native code take the rest. */
const HEAP_PERCENT = 75;

/** Where the service finds its data, and under whose name. */
export interface Backends {
  readonly database: {
    /** Writes go here: the proxy. */
    readonly proxyEndpoint: pulumi.Input<string>;
    /** Migrations go here: the instance, as a proxy does not keep a session's advisory lock and settings. */
    readonly writerEndpoint: pulumi.Input<string>;
    /** Reads go here. */
    readonly replicaEndpoints: readonly pulumi.Input<string>[];
    readonly port: number;
    /** Secret of the role that the API logs in as. */
    readonly appSecretArn: pulumi.Input<string>;
    /** Secret of the role that owns the schema: migrations only. */
    readonly ownerSecretArn: pulumi.Input<string>;
  };
  readonly cache: {
    readonly primaryEndpoint: pulumi.Input<string>;
    readonly readerEndpoint: pulumi.Input<string>;
    readonly port: number;
    readonly userName: pulumi.Input<string>;
    readonly userArn: pulumi.Input<string>;
    readonly replicationGroupId: pulumi.Input<string>;
    readonly replicationGroupArn: pulumi.Input<string>;
  };
}

/** Addresses and names, known only when the things exist: a ConfigMap's data. No secret is among them. */
export function connectionData(region: string, { database, cache }: Backends) {
  return {
    AWS_REGION: region,
    DATABASE_NAME: SERVICE.databaseName,
    DATABASE_PORT: String(database.port),
    DATABASE_WRITER_HOST: database.proxyEndpoint,
    DATABASE_MIGRATION_HOST: database.writerEndpoint,
    DATABASE_READER_HOSTS: list(database.replicaEndpoints),
    DATABASE_SECRET_ARN: database.appSecretArn,
    DATABASE_OWNER_SECRET_ARN: database.ownerSecretArn,
    CACHE_HOST: cache.primaryEndpoint,
    CACHE_READER_HOST: cache.readerEndpoint,
    CACHE_PORT: String(cache.port),
    CACHE_USER: cache.userName,
    CACHE_REPLICATION_GROUP_ID: cache.replicationGroupId,
  };
}

/**
 * Numbers that sizing decides, as literal `env` entries: policies read them at preview.
 *
 * The guide's PYTHONUNBUFFERED and PYTHONDONTWRITEBYTECODE have no counterpart in Node.
 */
export function tuning(
  connections: Pick<
    ConnectionBudget,
    "workersPerPod" | "writerPoolPerProcess" | "readerPoolPerProcess" | "poolIdleSeconds"
  >,
  timeline: Timeline,
): k8s.types.input.core.v1.EnvVar[] {
  const values: Record<string, string | number> = {
    NODE_ENV: "production",
    NODE_OPTIONS: `--max-old-space-size-percentage=${HEAP_PERCENT}`,
    PORT: SERVICE.port,
    WORKERS: connections.workersPerPod,
    WORKER_CONNECTIONS,
    DATABASE_WRITER_POOL_MAX: connections.writerPoolPerProcess,
    DATABASE_READER_POOL_MAX: connections.readerPoolPerProcess,
    DATABASE_POOL_IDLE_SECONDS: connections.poolIdleSeconds,
    STATEMENT_TIMEOUT_SECONDS: timeline.statementTimeoutSeconds,
    REQUEST_TIMEOUT_SECONDS: timeline.requestTimeoutSeconds,
    KEEP_ALIVE_TIMEOUT_SECONDS: timeline.keepAliveSeconds,
    HEADERS_TIMEOUT_SECONDS: timeline.headersTimeoutSeconds,
    SHUTDOWN_TIMEOUT_SECONDS: timeline.drainSeconds,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));
}

const list = (hosts: readonly pulumi.Input<string>[]): pulumi.Output<string> =>
  pulumi.all([...hosts]).apply((all) => all.join(","));
