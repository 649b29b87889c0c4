import * as T from "../../policy/framework/types";
import type { Given } from "./engine";
import { given } from "./given";

const LABELS = { app: "shop" };

const parameters = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]) => ({ name, value, applyMethod: "pending-reboot" }));

/** 4 GiB of shared_buffers in 8 kB pages, and the rest of a budget that fits 16 GiB. */
const MEMORY = {
  shared_buffers: "524288",
  max_connections: "200",
  work_mem: "8192",
  maintenance_work_mem: "1048576",
  autovacuum_max_workers: "4",
  autovacuum_work_mem: "262144",
};

const CONTAINER = {
  name: "shop",
  env: Object.entries({
    WORKERS: "1",
    DATABASE_WRITER_POOL_MAX: "6",
    DATABASE_READER_POOL_MAX: "6",
    STATEMENT_TIMEOUT_SECONDS: "25",
    REQUEST_TIMEOUT_SECONDS: "30",
    KEEP_ALIVE_TIMEOUT_SECONDS: "65",
    HEADERS_TIMEOUT_SECONDS: "66",
    SHUTDOWN_TIMEOUT_SECONDS: "30",
  }).map(([name, value]) => ({ name, value })),
  resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
  lifecycle: { preStop: { sleep: { seconds: 20 } } },
};

/**
 * A sound system that shares no name and no component with the repository's own: an API behind a load balancer on a node group of
 * its own, a database with two replicas and a proxy.
 */
export function system(): Given[] {
  return [
    given("pulumi:pulumi:Stack", {}, { name: "fixture-test" }),
    given(T.RDS_PARAMETER_GROUP, { family: "postgres17", parameters: parameters(MEMORY) }, { name: "parameters" }),
    given(
      T.RDS_INSTANCE,
      { instanceClass: "db.m7g.xlarge", availabilityZone: "us-east-1a" },
      { name: "orders", refs: { parameterGroupName: ["parameters"] } },
    ),
    ...["b", "c"].map((zone) =>
      given(
        T.RDS_INSTANCE,
        { instanceClass: "db.m7g.xlarge", availabilityZone: `us-east-1${zone}`, replicateSourceDb: "orders" },
        { name: `orders-${zone}`, refs: { replicateSourceDb: ["orders"], parameterGroupName: ["parameters"] } },
      ),
    ),
    given(T.RDS_PROXY, {}, { name: "proxy" }),
    given(
      T.RDS_PROXY_TARGET,
      {},
      { name: "proxied", refs: { dbInstanceIdentifier: ["orders"], dbProxyName: ["proxy"] } },
    ),
    given(
      T.RDS_PROXY_TARGET_GROUP,
      { connectionPoolConfig: { maxConnectionsPercent: 80 } },
      { name: "proxy-pool", refs: { dbProxyName: ["proxy"] } },
    ),

    given(T.EKS_CLUSTER, {}, { name: "cluster" }),
    given(T.EKS_ADDON, { addonName: "metrics-server" }, { name: "metrics" }),
    given(
      T.NODE_GROUP,
      { instanceTypes: ["m7g.large"], scalingConfig: { maxSize: 4 }, subnetIds: ["a", "b", "c"] },
      { name: "general" },
    ),
    given(
      T.NODE_GROUP,
      {
        instanceTypes: ["c7i.2xlarge"],
        scalingConfig: { maxSize: 6 },
        subnetIds: ["a", "b", "c"],
        labels: { "node-type": "fast" },
        taints: [{ key: "fast", value: "true", effect: "NO_SCHEDULE" }],
      },
      { name: "fast" },
    ),

    given(
      T.DEPLOYMENT,
      {
        metadata: { name: "shop", namespace: "shop", labels: LABELS },
        spec: {
          replicas: 4,
          strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
          template: {
            metadata: { labels: LABELS },
            spec: {
              nodeSelector: { "node-type": "fast", "kubernetes.io/os": "linux" },
              tolerations: [{ key: "fast", operator: "Equal", value: "true", effect: "NoSchedule" }],
              terminationGracePeriodSeconds: 60,
              containers: [CONTAINER],
            },
          },
        },
      },
      { name: "shop", ignoreChanges: ["spec.replicas"] },
    ),
    given(
      T.AUTOSCALER,
      {
        metadata: { name: "shop", namespace: "shop" },
        spec: {
          minReplicas: 4,
          maxReplicas: 20,
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shop" },
          metrics: [
            { type: "Resource", resource: { name: "cpu" } },
            { type: "Resource", resource: { name: "memory" } },
          ],
        },
      },
      { name: "scaler" },
    ),
    given(
      T.DISRUPTION_BUDGET,
      { metadata: { namespace: "shop" }, spec: { minAvailable: "75%", selector: { matchLabels: LABELS } } },
      { name: "budget" },
    ),
    given(T.SERVICE, { metadata: { name: "front", namespace: "shop" }, spec: { selector: LABELS } }, { name: "front" }),
    given(
      T.TARGET_GROUP_BINDING,
      { metadata: { namespace: "shop" }, spec: { serviceRef: { name: "front", port: 80 } } },
      { name: "binding", refs: { spec: ["targets"] } },
    ),
    given(T.TARGET_GROUPS[0], { deregistrationDelay: 30 }, { name: "targets" }),
    given(
      T.LISTENERS[0],
      {},
      { name: "listener", refs: { loadBalancerArn: ["balancer"], defaultActions: ["targets"] } },
    ),
    given(T.LOAD_BALANCERS[0], { idleTimeout: 60 }, { name: "balancer" }),
  ];
}

/** The system without its proxy: pools reach the writer themselves. */
export const direct = (): Given[] => system().filter(({ name }) => !name.startsWith("prox"));

/** A database alone, with a static and a dynamic parameter. */
export const DATABASE: readonly Given[] = [
  given(
    T.RDS_INSTANCE,
    { applyImmediately: false, maintenanceWindow: "sun:04:30-sun:05:30" },
    { name: "orders", refs: { parameterGroupName: ["parameters"] } },
  ),
  given(
    T.RDS_PARAMETER_GROUP,
    {
      family: "postgres17",
      parameters: [
        { name: "max_connections", value: "200" },
        { name: "work_mem", value: "8192" },
      ],
    },
    { name: "parameters" },
  ),
];

/** Path of the container in the system's Deployment. */
export const CONTAINER_PATH = "spec.template.spec.containers.0";

/** Path of an environment variable of the system's container, in the order of its list. */
export function variablePath(name: string): string {
  const index = CONTAINER.env.findIndex((entry) => entry.name === name);
  return `${CONTAINER_PATH}.env.${index}.value`;
}
