import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionBudget } from "../../sizing/connections";
import { LIMITS } from "../../sizing/limits";
import { SERVICE } from "../../sizing/service";
import type { Timeline } from "../../sizing/timeline";
import { bytes } from "../../sizing/units";

type EnvVar = k8s.types.input.core.v1.EnvVar;

/** Requests that one worker takes on at once; guide, Kubernetes Resource Optimization: WORKER_CONNECTIONS. */
const WORKER_CONNECTIONS = 1000;

/** Share of the memory limit, in %, that V8's old spaces may fill in all workers; buffers and native code take the rest. */
const HEAP_PERCENT = 75;

/** Share of the memory limit, in %, that loaded models may fill: native memory, beside V8's. */
const MODELS_PERCENT = 10;

/** Where the image keeps its models. */
const MODELS_FOLDER = "/app/models";

/** A replica that is read from, and the name that it has among its like. */
export interface DatabaseReplica {
  readonly name: string;
  readonly endpoint: pulumi.Input<string>;
}

/** Where the service finds its data, and under whose name. */
export interface Backends {
  readonly database: {
    /** Writes go here: the proxy. */
    readonly proxyEndpoint: pulumi.Input<string>;
    /** Migrations and maintenance go here: the instance, as a proxy does not keep a session's advisory lock and settings. */
    readonly writerEndpoint: pulumi.Input<string>;
    /** Reads go here. */
    readonly replicas: readonly DatabaseReplica[];
    readonly port: number;
    /** Secret of the role that the API logs in as. */
    readonly appSecretArn: pulumi.Input<string>;
    /** Secret of the role that owns the schema: migrations only. */
    readonly ownerSecretArn: pulumi.Input<string>;
    /** Secret of the role that `analyze` and `verify` log in as. */
    readonly readonlySecretArn: pulumi.Input<string>;
    /** Secret of the role that `optimize` logs in as. */
    readonly maintenanceSecretArn: pulumi.Input<string>;
  };
  readonly cache: {
    readonly primaryEndpoint: pulumi.Input<string>;
    readonly port: number;
    readonly userName: pulumi.Input<string>;
    readonly userArn: pulumi.Input<string>;
    readonly replicationGroupId: pulumi.Input<string>;
    readonly replicationGroupArn: pulumi.Input<string>;
  };
}

/** How clients reach the service. */
export interface Frontage {
  /** Host name that clients ask for. */
  readonly hostName: pulumi.Input<string>;
  /** Origin of the pages that may call the API. */
  readonly origin: pulumi.Input<string>;
  /** Proxies in front of the service, each of which adds the address it was called from to `X-Forwarded-For`. */
  readonly trustedProxies: number;
}

/**
 * Addresses and names, known only when the things exist: a ConfigMap's data. No secret is among them, nor where one is:
 * that is told to whom it belongs ({@link secretArns}).
 */
export function connectionData(region: string, { database, cache, frontage }: Backends & { frontage: Frontage }) {
  return {
    AWS_REGION: region,
    ALLOWED_HOSTS: frontage.hostName,
    CORS_ORIGINS: frontage.origin,
    DATABASE_NAME: SERVICE.databaseName,
    DATABASE_PORT: String(database.port),
    DATABASE_TLS: "on",
    DATABASE_WRITER_HOST: database.proxyEndpoint,
    DATABASE_INSTANCE_HOST: database.writerEndpoint,
    DATABASE_READER_HOSTS: list(database.replicas.map(({ endpoint }) => endpoint)),
    CACHE_HOST: cache.primaryEndpoint,
    CACHE_PORT: String(cache.port),
    CACHE_USER: cache.userName,
    CACHE_REPLICATION_GROUP_ID: cache.replicationGroupId,
  };
}

/** Where the service's programs find the passwords of the database's roles. */
export const secretArns = ({ database }: Pick<Backends, "database">) => ({
  app: { name: "DATABASE_SECRET_ARN", value: database.appSecretArn },
  owner: { name: "DATABASE_OWNER_SECRET_ARN", value: database.ownerSecretArn },
  readonly: { name: "DATABASE_READONLY_SECRET_ARN", value: database.readonlySecretArn },
  maintenance: { name: "DATABASE_MAINTENANCE_SECRET_ARN", value: database.maintenanceSecretArn },
});

/** What sizing decides about the service. */
export interface Tuning {
  readonly connections: Pick<
    ConnectionBudget,
    "workersPerPod" | "writerPoolPerProcess" | "readerPoolPerProcess" | "poolIdleSeconds"
  >;
  readonly timeline: Timeline;
  /** Memory limit of a pod, as Kubernetes writes it. */
  readonly memoryLimit: string;
  readonly trustedProxies: number;
}

/** Numbers that sizing decides, as literal `env` entries: policies read them at preview. */
export function tuning(decided: Tuning): EnvVar[] {
  return Object.entries(tuningVariables(decided)).map(([name, value]) => ({ name, value }));
}

/**
 * The same numbers by the names of their variables; a rehearsal runs with them, too.
 *
 * The guide's PYTHONUNBUFFERED and PYTHONDONTWRITEBYTECODE have no counterpart in Node.
 */
export function tuningVariables({
  connections,
  timeline,
  memoryLimit,
  trustedProxies,
}: Tuning): Record<string, string> {
  const workers = connections.workersPerPod;
  const values: Record<string, string | number> = {
    NODE_ENV: "production",
    // Workers share it: the process that starts them gives each its part.
    NODE_OPTIONS: `--max-old-space-size-percentage=${HEAP_PERCENT}`,
    LOG_LEVEL: "info",
    PORT: SERVICE.port,
    METRICS_PORT: SERVICE.metricsPort,
    WORKERS: workers,
    WORKER_CONNECTIONS,
    TRUSTED_PROXIES: trustedProxies,
    MAX_HEADER_BYTES: LIMITS.maxHeaderBytes,
    MAX_BODY_BYTES: LIMITS.maxBodyBytes,
    KEEP_ALIVE_REQUESTS: LIMITS.keepAliveRequests,
    GZIP_MIN_BYTES: LIMITS.gzipMinBytes,
    GZIP_LEVEL: LIMITS.gzipLevel,
    RATE_REQUESTS_PER_SECOND: LIMITS.apiRate.requestsPerSecond,
    RATE_BURST: LIMITS.apiRate.burst,
    AUTH_RATE_REQUESTS_PER_SECOND: LIMITS.authRate.requestsPerSecond,
    AUTH_RATE_BURST: LIMITS.authRate.burst,
    DATABASE_WRITER_POOL_MAX: connections.writerPoolPerProcess,
    DATABASE_READER_POOL_MAX: connections.readerPoolPerProcess,
    DATABASE_POOL_IDLE_SECONDS: connections.poolIdleSeconds,
    API_CACHE_SECONDS: LIMITS.apiCacheSeconds,
    MODELS_LOCATION: MODELS_FOLDER,
    MODELS_MEMORY_BYTES: Math.floor((bytes(memoryLimit) * MODELS_PERCENT) / 100 / workers),
    STATEMENT_TIMEOUT_SECONDS: timeline.statementTimeoutSeconds,
    REQUEST_TIMEOUT_SECONDS: timeline.requestTimeoutSeconds,
    KEEP_ALIVE_TIMEOUT_SECONDS: timeline.keepAliveSeconds,
    HEADERS_TIMEOUT_SECONDS: timeline.headersTimeoutSeconds,
    SHUTDOWN_TIMEOUT_SECONDS: timeline.drainSeconds,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

const list = (hosts: readonly pulumi.Input<string>[]): pulumi.Output<string> =>
  pulumi.all([...hosts]).apply((all) => all.join(","));
