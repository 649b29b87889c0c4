import * as T from "../../../policy/framework/types";
import type { packs } from "../../../policy/packs";
import { drop, type Edit, options, refer, remove, replace, set } from "./edits";

const WRITER = /writer/;
const REPLICA = /replica-/;
const API = /^api-deployment$/;
const POD = "spec.template.spec";
const CONTAINER = `${POD}.containers.0`;
const env = (name: string): string => `${CONTAINER}.env[name=${name}].value`;
const parameter = (name: string, property = "value"): string => `parameters[name=${name}].${property}`;
const group = (name: RegExp, parameterName: string, value: string): Edit[] =>
  set(T.RDS_PARAMETER_GROUP, parameter(parameterName), [value], name);
const apart = (parameterName: string, method: string): Edit[] =>
  set(T.RDS_PARAMETER_GROUP, parameter(parameterName, "applyMethod"), [method]);

/** Faults of the stack that rules about resources and sizes must see, by rule. */
export const resourceEdits: Readonly<Record<(typeof packs)[0]["rules"][number]["id"], readonly Edit[]>> = {
  "rds-multi-az": set(T.RDS_INSTANCE, "multiAz", [false, undefined], WRITER),
  "rds-backups": [
    ...set(T.RDS_INSTANCE, "backupRetentionPeriod", [0, 6, undefined], WRITER),
    ...drop(T.RDS_INSTANCE, ["backupWindow"], WRITER),
  ],
  "rds-deletion-protection": set(T.RDS_INSTANCE, "deletionProtection", [false, undefined], WRITER),
  "rds-final-snapshot": [
    ...set(T.RDS_INSTANCE, "skipFinalSnapshot", [true], WRITER),
    ...drop(T.RDS_INSTANCE, ["finalSnapshotIdentifier"], WRITER),
  ],
  "rds-storage-headroom": [
    ...set(T.RDS_INSTANCE, "maxAllocatedStorage", [400, 503, undefined], WRITER),
    ...set(T.RDS_INSTANCE, "storageType", ["gp2", "standard", undefined]),
    ...set(T.RDS_INSTANCE, "allocatedStorage", [800], WRITER),
  ],
  "rds-param-apply-method": [
    ...[
      "shared_buffers",
      "max_connections",
      "wal_buffers",
      "shared_preload_libraries",
      "autovacuum_max_workers",
    ].flatMap((name) => apart(name, "immediate")),
    ...["work_mem", "random_page_cost", "log_lock_waits"].flatMap((name) => apart(name, "pending-reboot")),
    ...set(T.RDS_PARAMETER_GROUP, parameter("work_mem", "name"), ["work_memory", "wal_level"]),
  ],
  "rds-log-statement-safe": [
    ...["ddl", "mod", "all"].flatMap((value) => group(/./, "log_statement", value)),
    ...group(/./, "log_duration", "1"),
    ...["-1", "0"].flatMap((value) => group(/./, "log_min_duration_statement", value)),
  ],
  "rds-log-exports": set(T.RDS_INSTANCE, "enabledCloudwatchLogsExports", [["postgresql"], ["upgrade"], [], undefined]),
  "rds-insights": [
    ...set(T.RDS_INSTANCE, "performanceInsightsEnabled", [false]),
    ...set(T.RDS_INSTANCE, "performanceInsightsRetentionPeriod", [7, undefined]),
    ...drop(T.RDS_INSTANCE, ["performanceInsightsKmsKeyId"]),
  ],
  "rds-no-managed-password-with-replica": set(T.RDS_INSTANCE, "manageMasterUserPassword", [true], WRITER),
  "cache-failover": [
    ...set(T.REPLICATION_GROUP, "automaticFailoverEnabled", [false, undefined]),
    ...set(T.REPLICATION_GROUP, "multiAzEnabled", [false, undefined]),
    ...set(T.REPLICATION_GROUP, "numCacheClusters", [1]),
  ],
  "cache-slowlog": set(T.REPLICATION_GROUP, "logDeliveryConfigurations", [[], undefined]),
  "lb-delete-prot": set(T.LOAD_BALANCERS, "enableDeletionProtection", [false, undefined]),
  "node-type-compute-optimised": set(
    T.NODE_GROUP,
    "instanceTypes",
    [["m7i.2xlarge"], ["t3.2xlarge"], ["c7i.2xlarge", "r7i.2xlarge"], undefined],
    /compute/,
  ),
  "k8s-resources": [
    ...drop(T.DEPLOYMENT, [`${CONTAINER}.resources.requests.cpu`, `${CONTAINER}.resources.requests.memory`]),
    ...drop(T.WORKLOADS, [`${CONTAINER}.resources.limits.memory`, `${CONTAINER}.resources`]),
  ],
  "k8s-probes": [
    ...drop(
      T.DEPLOYMENT,
      ["startupProbe", "readinessProbe", "livenessProbe"].map((probe) => `${CONTAINER}.${probe}`),
    ),
    ...set(T.DEPLOYMENT, `${CONTAINER}.livenessProbe.httpGet.path`, ["/ready"]),
  ],
  "k8s-no-lb-service": set(T.SERVICE, "spec.type", ["LoadBalancer", "NodePort"]),
  "logs-retention": [...drop(T.LOG_GROUP, ["retentionInDays"]), ...set(T.LOG_GROUP, "retentionInDays", [0], /proxy/)],
  "alarm-actions": [
    ...set(T.METRIC_ALARM, "alarmActions", [[], undefined], /p99|writer-(cpu|memory)/),
    ...set(T.COMPOSITE_ALARM, "actionsEnabled", [false]),
  ],
  "prod-protect": [
    ...options(T.RDS_INSTANCE, { protect: false }, WRITER),
    ...options([T.REPLICATION_GROUP, T.KMS_KEY], { protect: false }),
  ],
  "tags-required": ["Project", "Environment", "Owner", "CostCenter"].flatMap((tag) =>
    replace(T.AWS_PROVIDER, "defaultTags", new RegExp(`"${tag}":"[^"]*",?`), ""),
  ),
  "connection-budget": [
    ...set(T.DEPLOYMENT, env("DATABASE_READER_POOL_MAX"), ["7", "50"], API),
    ...set(T.DEPLOYMENT, env("WORKERS"), ["2", "4"], API),
    ...set(T.AUTOSCALER, "spec.maxReplicas", [30]),
    ...set(T.DEPLOYMENT, "spec.strategy.rollingUpdate.maxSurge", ["50%", 20], API),
    ...group(/replica/, "max_connections", "180"),
    ...set(T.RDS_PROXY_TARGET_GROUP, "connectionPoolConfig.maxConnectionsPercent", [81, 100, undefined]),
    ...remove(T.RDS_PROXY_TARGET_GROUP),
  ],
  "postgres-memory": [
    // The guide's own 64 MB.
    ...group(/./, "work_mem", "65536"),
    ...group(/./, "shared_buffers", "1048576"),
    ...group(/./, "shared_buffers", "131072"),
    ...group(/./, "shared_buffers", "{DBInstanceClassMemory/32768}"),
    ...group(/./, "max_connections", "800"),
    ...group(/./, "autovacuum_work_mem", "2097152"),
    ...group(/./, "maintenance_work_mem", "8388608"),
    ...set(T.RDS_INSTANCE, "instanceClass", ["db.m7g.large", "db.x9.huge"]),
  ],
  "static-parameters": [
    ...set(T.RDS_INSTANCE, "applyImmediately", [true]),
    ...drop(T.RDS_INSTANCE, ["maintenanceWindow"]),
  ],
  "replica-fit": [
    ...set(T.RDS_INSTANCE, "instanceClass", ["db.m7g.large", "db.t4g.medium"], REPLICA),
    ...set(T.RDS_INSTANCE, "instanceClass", ["db.m7g.2xlarge"], WRITER),
    ...set(T.RDS_INSTANCE, "availabilityZone", ["us-east-1c"], /replica-b/),
    ...group(/replica/, "max_connections", "100"),
    ...group(/writer/, "max_connections", "300"),
    ...refer(T.RDS_INSTANCE, "parameterGroupName", [], REPLICA),
  ],
  "cache-fit": [
    ...set(T.REPLICATION_GROUP, "nodeType", ["cache.t4g.micro", "cache.x9.huge"]),
    ...set(T.CACHE_PARAMETER_GROUP, parameter("reserved-memory-percent"), ["0", "10"]),
    ...set(T.CACHE_PARAMETER_GROUP, "family", ["redis6.x", "valkey8"]),
    ...set(T.REPLICATION_GROUP, "engine", ["valkey"]),
    ...set(T.REPLICATION_GROUP, "engineVersion", ["6.2"]),
  ],
  "subnet-addresses": [
    ...set(T.SUBNET, "cidrBlock", ["10.0.0.0/23", "10.0.0.0/24"], /private/),
    ...set(T.SUBNET, "cidrBlock", ["10.0.224.0/27", "10.0.224.0/28"], /data/),
    ...set(T.SUBNET, "cidrBlock", ["10.0.192.0/28"], /public/),
    ...set(T.NODE_GROUP, "scalingConfig.maxSize", [100]),
    ...set(T.NODE_GROUP, "instanceTypes", [["c9i.huge"]]),
  ],
  "node-capacity": [
    ...set(T.NODE_GROUP, "scalingConfig.maxSize", [1, 2], /compute/),
    ...set(T.NODE_GROUP, "instanceTypes", [["c7i.large"], ["c9i.huge"]], /compute/),
    ...set(T.NODE_GROUP, "subnetIds", [["subnet-a"]], /compute/),
    ...set(T.AUTOSCALER, "spec.maxReplicas", [60]),
    ...set(T.DEPLOYMENT, `${CONTAINER}.resources.requests.memory`, ["4Gi", "64Gi"], API),
    ...set(T.DEPLOYMENT, `${CONTAINER}.resources.requests.cpu`, ["2000m"], API),
  ],
  schedulable: [
    ...set(T.DEPLOYMENT, `${POD}.nodeSelector.node-type`, ["memory-optimized"], API),
    ...set(T.DEPLOYMENT, `${POD}.tolerations`, [[], undefined], API),
    ...set(T.DEPLOYMENT, `${POD}.tolerations.0.effect`, ["NoExecute"], API),
    ...set(T.DEPLOYMENT, `${POD}.tolerations.0.value`, ["yes"], API),
    ...drop(T.NODE_GROUP, ["labels"], /compute/),
    ...set(T.NODE_GROUP, "taints", [[{ key: "dedicated", value: "true", effect: "NO_SCHEDULE" }]]),
    ...remove(T.NODE_GROUP),
  ],
  "zone-spread": [
    ...drop(T.DEPLOYMENT, [`${POD}.topologySpreadConstraints`], API),
    ...set(T.DEPLOYMENT, `${POD}.topologySpreadConstraints.0.topologyKey`, ["kubernetes.io/hostname"], API),
  ],
  "k8s-namespace-declared": remove(T.NAMESPACE),
  "keep-alive-order": [
    ...set(T.LOAD_BALANCERS, "idleTimeout", [30, 65, 90, 4000]),
    // The guide's own 30 s.
    ...set(T.DEPLOYMENT, env("KEEP_ALIVE_TIMEOUT_SECONDS"), ["30", "60", "66", undefined], API),
    ...set(T.DEPLOYMENT, env("HEADERS_TIMEOUT_SECONDS"), ["65", undefined], API),
    ...set(T.DEPLOYMENT, env("REQUEST_TIMEOUT_SECONDS"), ["60", "24", undefined], API),
    ...set(T.DEPLOYMENT, env("STATEMENT_TIMEOUT_SECONDS"), ["31", undefined], API),
  ],
  "shutdown-order": [
    ...set(T.DEPLOYMENT, `${POD}.terminationGracePeriodSeconds`, [30, 49, undefined], API),
    ...set(T.DEPLOYMENT, `${CONTAINER}.lifecycle.preStop.sleep.seconds`, [31, 0], API),
    ...drop(T.DEPLOYMENT, [`${CONTAINER}.lifecycle`], API),
    ...set(T.DEPLOYMENT, env("SHUTDOWN_TIMEOUT_SECONDS"), ["41", undefined], API),
    ...set(T.TARGET_GROUPS, "deregistrationDelay", [29, 61, undefined]),
    ...set(T.DEPLOYMENT, env("REQUEST_TIMEOUT_SECONDS"), ["31"], API),
  ],
  "rollout-quorum": [
    ...remove(T.DISRUPTION_BUDGET),
    ...set(T.DISRUPTION_BUDGET, "spec.maxUnavailable", [0, "0%"]),
    ...set(T.DISRUPTION_BUDGET, "spec.selector.matchLabels.app", ["other"]),
    ...set(T.AUTOSCALER, "spec.minReplicas", [1, 2]),
    ...set(T.DEPLOYMENT, "spec.strategy.rollingUpdate.maxUnavailable", ["50%", 2], API),
    ...set(T.DEPLOYMENT, "spec.strategy.type", ["Recreate"], API),
  ],
  "hpa-target": [
    ...set(T.AUTOSCALER, "spec.scaleTargetRef.name", ["pynomaly"]),
    ...set(T.AUTOSCALER, "spec.scaleTargetRef.kind", ["StatefulSet"]),
    ...options(T.DEPLOYMENT, { ignoreChanges: [] }, API),
    ...drop(T.DEPLOYMENT, [`${CONTAINER}.resources.requests.cpu`, `${CONTAINER}.resources.requests.memory`], API),
    ...remove(T.DEPLOYMENT, API),
    ...remove(T.EKS_ADDON, /metrics-server/),
  ],
  "cost-cap": [
    ...set(T.BUDGET, "limitAmount", ["1", "1000"]),
    ...set(T.NODE_GROUP, "scalingConfig.maxSize", [100]),
    ...set(T.RDS_INSTANCE, "maxAllocatedStorage", [50_000], WRITER),
    ...set(T.REPLICATION_GROUP, "numCacheClusters", [60]),
  ],
  "alarms-equal-targets": [
    ...remove(T.METRIC_ALARM, /latency-p\d|db-\w+(-\d)?-(connections|cpu|memory)|cache-(memory|cpu)|pod-memory/),
    ...set(T.METRIC_ALARM, "threshold", [1], /latency/),
    ...set(T.METRIC_ALARM, "threshold", [99], /cpu-(average|peak)/),
    ...set(T.METRIC_ALARM, "threshold", [170], /db-.*-connections$/),
    ...set(T.METRIC_ALARM, "threshold", [2 ** 34], /cache-memory|db-.*-memory/),
    ...set(T.METRIC_ALARM, "threshold", [2], /error-budget/),
    ...set(T.METRIC_ALARM, "threshold", [101], /pod-memory/),
    ...set(T.METRIC_ALARM, "comparisonOperator", ["LessThanThreshold"], /latency-p|cpu-average/),
    ...set(T.METRIC_ALARM, "extendedStatistic", ["p50"], /p95|p99/),
    ...set(T.METRIC_ALARM, "statistic", ["Minimum"], /(db|node|pod)-.*cpu-peak/),
    ...set(T.METRIC_ALARM, "metricQueries.0.metric.stat", ["Minimum"], /cache-cpu-peak/),
    ...set(T.METRIC_ALARM, "tags.Target", ["apiLatency", "requestRate"], /latency-p99/),
    ...refer(T.METRIC_ALARM, "dimensions", [], /latency-p|db-writer-(connections|cpu-peak)/),
  ],
  "rds-enhanced-monitoring": [
    ...set(T.RDS_INSTANCE, "monitoringInterval", [0, undefined]),
    ...drop(T.RDS_INSTANCE, ["monitoringRoleArn"]),
  ],
  "rds-minor-upgrades": set(T.RDS_INSTANCE, "autoMinorVersionUpgrade", [false]),
  "rds-copy-tags": set(T.RDS_INSTANCE, "copyTagsToSnapshot", [false, undefined]),
  "cache-backups": set(T.REPLICATION_GROUP, "snapshotRetentionLimit", [0, undefined]),
  "cache-minor-upgrades": set(T.REPLICATION_GROUP, "autoMinorVersionUpgrade", [false, "false"]),
  "s3-lifecycle": [...remove(T.BUCKET_LIFECYCLE), ...refer(T.BUCKET_LIFECYCLE, "bucket", [])],
  "ecr-lifecycle": [...remove(T.ECR_LIFECYCLE), ...refer(T.ECR_LIFECYCLE, "repository", [])],
  "budget-notifies": set(T.BUDGET, "notifications", [undefined, [], [{ threshold: 100 }]]),
};
