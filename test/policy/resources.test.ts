import { withWaiverRule } from "../../policy/framework/pack";
import * as T from "../../policy/framework/types";
import { rules } from "../../policy/resources/rules";
import { type Cases, testPack } from "./cases";
import { type Given, TODAY, UNKNOWN } from "./engine";
import { fitCases } from "./fit-cases";
import { change, edit, given, without } from "./given";
import { direct, system, variablePath } from "./system";

const REPLICA = { replicateSourceDb: UNKNOWN };

/** One resource of a type, with properties laid over a sound one. */
const one =
  (type: string, sound: Record<string, unknown>) =>
  (props: Record<string, unknown> = {}): Given[] => [given(type, { ...sound, ...props })];

const writer = one(T.RDS_INSTANCE, {
  engine: "postgres",
  multiAz: true,
  deletionProtection: true,
  finalSnapshotIdentifier: "last",
  backupRetentionPeriod: 14,
  backupWindow: "03:00-04:00",
  storageType: "gp3",
  allocatedStorage: 400,
  maxAllocatedStorage: 1000,
  enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
  performanceInsightsEnabled: true,
  performanceInsightsKmsKeyId: UNKNOWN,
});
const parameterGroup = (...parameters: [name: string, value: string, applyMethod?: string][]): Given[] => [
  given(T.RDS_PARAMETER_GROUP, {
    family: "postgres17",
    parameters: parameters.map(([name, value, applyMethod]) => ({ name, value, applyMethod })),
  }),
];
const cache = one(T.REPLICATION_GROUP, {
  automaticFailoverEnabled: true,
  multiAzEnabled: true,
  numCacheClusters: 3,
  logDeliveryConfigurations: [{ logType: "slow-log" }],
});
const nodes = one(T.NODE_GROUP, { labels: { "node-type": "compute-optimized" }, instanceTypes: ["c7i.2xlarge"] });
const balancer = one(T.LOAD_BALANCERS[0], { enableDeletionProtection: true });
const alarm = one(T.METRIC_ALARM, { alarmActions: [UNKNOWN] });
const service = one(T.SERVICE, { spec: { type: "ClusterIP" } });

const SOUND_CONTAINER = {
  name: "api",
  resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
  startupProbe: { httpGet: { path: "/health" } },
  livenessProbe: { httpGet: { path: "/health" } },
  readinessProbe: { httpGet: { path: "/ready" } },
};
const deployment = (container: Record<string, unknown> = {}, pod: Record<string, unknown> = {}): Given[] => [
  given(T.DEPLOYMENT, {
    spec: { template: { spec: { containers: [{ ...SOUND_CONTAINER, ...container }], ...pod } } },
  }),
];
const cronJob = (container: Record<string, unknown>): Given[] => [
  given(T.CRON_JOB, { spec: { jobTemplate: { spec: { template: { spec: { containers: [container] } } } } } }),
];

const provider = (tags: Record<string, string>): Given[] => [
  given(T.AWS_PROVIDER, { defaultTags: JSON.stringify({ tags }) }),
];
const TAGS = { Project: "p", Environment: "e", Owner: "o", CostCenter: "c" };

const container = "spec.template.spec.containers.0";

const cases: Record<string, Cases> = {
  ...fitCases,
  "rds-multi-az": {
    holds: [writer(), writer({ multiAz: false, ...REPLICA })],
    breaks: [
      [writer({ multiAz: false }), /multiAz is false/],
      [writer({ multiAz: undefined }), /multiAz is not set/],
    ],
  },
  "rds-backups": {
    holds: [writer(), writer({ backupRetentionPeriod: 0, backupWindow: undefined, ...REPLICA })],
    breaks: [
      [writer({ backupRetentionPeriod: 6 }), /backupRetentionPeriod is 6/],
      [writer({ backupRetentionPeriod: 0 }), /backupRetentionPeriod is 0/],
      [writer({ backupRetentionPeriod: undefined }), /backupRetentionPeriod is not set/],
      [writer({ backupWindow: undefined }), /backupWindow is not set/],
    ],
  },
  "rds-deletion-protection": {
    holds: [writer(), writer({ deletionProtection: false, ...REPLICA })],
    breaks: [[writer({ deletionProtection: false }), /deletionProtection is false/]],
  },
  "rds-final-snapshot": {
    holds: [writer(), writer({ skipFinalSnapshot: false }), writer({ skipFinalSnapshot: true, ...REPLICA })],
    breaks: [
      [writer({ skipFinalSnapshot: true }), /skipFinalSnapshot is true/],
      [writer({ finalSnapshotIdentifier: undefined }), /finalSnapshotIdentifier is not set/],
    ],
  },
  "rds-storage-headroom": {
    holds: [writer(), writer({ maxAllocatedStorage: 504 })],
    breaks: [
      [writer({ maxAllocatedStorage: 500 }), /maxAllocatedStorage is 500 and allocatedStorage is 400/],
      [writer({ maxAllocatedStorage: undefined }), /maxAllocatedStorage is not set/],
      [writer({ storageType: "gp2" }), /storageType is "gp2"/],
      [writer({ storageType: undefined }), /storageType is not set/],
    ],
  },
  "rds-param-apply-method": {
    holds: [
      parameterGroup(["shared_buffers", "524288", "pending-reboot"], ["work_mem", "8192", "immediate"]),
      parameterGroup(["work_mem", "8192"]),
      [given(T.RDS_PARAMETER_GROUP, { family: "mysql8.4", parameters: [{ name: "anything" }] })],
    ],
    breaks: [
      [parameterGroup(["shared_buffers", "524288", "immediate"]), /parameters.0.applyMethod is "immediate"/],
      [parameterGroup(["max_connections", "200"]), /parameters.0.applyMethod is not set/],
      [parameterGroup(["work_mem", "8192", "pending-reboot"]), /"pending-reboot" for work_mem, which is dynamic/],
      [parameterGroup(["wal_level", "replica", "pending-reboot"]), /"wal_level", which RDS refuses: RDS derives it/],
      [parameterGroup(["work_memory", "8192"]), /"work_memory", which the parameter catalogue does not know/],
    ],
  },
  "rds-log-statement-safe": {
    holds: [
      parameterGroup(["log_statement", "none"], ["log_min_duration_statement", "100"], ["log_duration", "0"]),
      parameterGroup(["log_min_duration_statement", "100"]),
    ],
    breaks: [
      [parameterGroup(["log_statement", "all"], ["log_min_duration_statement", "100"]), /log_statement/],
      [parameterGroup(["log_statement", "ddl"], ["log_min_duration_statement", "100"]), /log_statement/],
      [parameterGroup(["log_duration", "1"], ["log_min_duration_statement", "100"]), /log_duration is on/],
      [parameterGroup(["log_statement", "none"]), /log_min_duration_statement is not set/],
      [parameterGroup(["log_min_duration_statement", "-1"]), /log_min_duration_statement: .*-1/],
    ],
  },
  "rds-log-exports": {
    holds: [writer(), writer({ engine: "mysql", enabledCloudwatchLogsExports: [] })],
    breaks: [
      [writer({ enabledCloudwatchLogsExports: ["postgresql"] }), /lacks upgrade/],
      [writer({ engine: undefined, enabledCloudwatchLogsExports: undefined }), /lacks postgresql/],
    ],
  },
  "rds-insights": {
    holds: [writer(), writer({ databaseInsightsMode: "advanced", performanceInsightsRetentionPeriod: 465 })],
    breaks: [
      [writer({ performanceInsightsEnabled: false }), /performanceInsightsEnabled is false/],
      [writer({ performanceInsightsKmsKeyId: undefined }), /performanceInsightsKmsKeyId is not set/],
      [writer({ databaseInsightsMode: "advanced", performanceInsightsRetentionPeriod: 7 }), /RetentionPeriod is 7/],
    ],
  },
  "rds-no-managed-password-with-replica": {
    holds: [system(), [given(T.RDS_INSTANCE, { manageMasterUserPassword: true })]],
    breaks: [[edit(system(), "orders", "manageMasterUserPassword", true), /true and orders-b, orders-c replicates it/]],
  },
  "cache-failover": {
    holds: [cache(), cache({ numCacheClusters: undefined, replicasPerNodeGroup: 1 })],
    breaks: [
      [cache({ automaticFailoverEnabled: false }), /automaticFailoverEnabled is false/],
      [cache({ multiAzEnabled: undefined }), /multiAzEnabled is not set/],
      [cache({ numCacheClusters: 1 }), /no replica/],
    ],
  },
  "cache-slowlog": {
    holds: [cache()],
    breaks: [[cache({ logDeliveryConfigurations: [{ logType: "engine-log" }] }), /no log delivery of type slow-log/]],
  },
  "lb-delete-prot": {
    holds: [balancer()],
    breaks: [[balancer({ enableDeletionProtection: undefined }), /enableDeletionProtection is not set/]],
  },
  "node-type-compute-optimised": {
    holds: [nodes(), nodes({ labels: { "node-type": "general" }, instanceTypes: ["t3.large"] })],
    breaks: [
      [nodes({ instanceTypes: ["c7i.2xlarge", "t3.large"] }), /instanceTypes.1 is "t3.large"/],
      [nodes({ instanceTypes: undefined }), /instanceTypes is not set/],
    ],
  },
  "k8s-resources": {
    holds: [deployment(), cronJob(SOUND_CONTAINER)],
    breaks: [
      [deployment({ resources: {} }), /container "api" has no resources.requests.cpu/],
      [deployment({ resources: { requests: { cpu: 1, memory: "1Gi" } } }), /has no resources.limits.memory/],
      [deployment({}, { initContainers: [{ name: "init" }] }), /container "init" has no resources.requests.memory/],
      [cronJob({ name: "nightly" }), /container "nightly" has no resources.requests.cpu/],
    ],
  },
  "k8s-probes": {
    holds: [deployment(), cronJob({ name: "nightly" }), deployment({}, { initContainers: [{ name: "init" }] })],
    breaks: [
      [deployment({ startupProbe: undefined }), /container "api" has no startupProbe/],
      [deployment({ livenessProbe: undefined }), /has no livenessProbe/],
      [
        deployment({ readinessProbe: { httpGet: { path: "/health" } } }),
        /asks \/health for liveness and for readiness/,
      ],
    ],
  },
  "k8s-no-lb-service": {
    holds: [service(), service({ spec: {} })],
    breaks: [
      [service({ spec: { type: "LoadBalancer" } }), /spec.type is "LoadBalancer"/],
      [service({ spec: { type: "NodePort" } }), /spec.type is "NodePort"/],
    ],
  },
  "logs-retention": {
    holds: [[given(T.LOG_GROUP, { retentionInDays: 30 })]],
    breaks: [
      [[given(T.LOG_GROUP)], /retentionInDays is not set/],
      [[given(T.LOG_GROUP, { retentionInDays: 0 })], /retentionInDays is 0/],
    ],
  },
  "alarm-actions": {
    holds: [alarm(), alarm({ alarmActions: UNKNOWN }), [given(T.COMPOSITE_ALARM, { alarmActions: ["arn:topic"] })]],
    breaks: [
      [alarm({ alarmActions: [] }), /alarmActions is empty/],
      [alarm({ alarmActions: undefined }), /alarmActions is not set/],
      [alarm({ actionsEnabled: false }), /actionsEnabled is false/],
    ],
  },
  "prod-protect": {
    holds: [
      [given(T.RDS_INSTANCE, {}, { protect: true })],
      [given(T.RDS_INSTANCE, REPLICA)],
      [given(T.KMS_KEY, {}, { protect: true })],
    ],
    breaks: [
      [[given(T.RDS_INSTANCE)], /protect is not set/],
      [[given(T.REPLICATION_GROUP)], /protect is not set/],
      [[given(T.KMS_KEY)], /protect is not set/],
    ],
  },
  "tags-required": {
    holds: [provider(TAGS)],
    breaks: [
      [provider({ ...TAGS, Owner: "" }), /defaultTags lack Owner/],
      [[given(T.AWS_PROVIDER)], /defaultTags lack Project/],
    ],
  },
  "connection-budget": {
    // 25 pods × 6 = 150 of 160.
    holds: [system(), direct(), edit(system(), "shop", variablePath("DATABASE_WRITER_POOL_MAX"), "50")],
    breaks: [
      [
        edit(direct(), "shop", variablePath("DATABASE_WRITER_POOL_MAX"), "7"),
        /25 pods × 1 processes × 7 = 175 connections to orders, which has 160 \(80 % of 200\)/,
      ],
      [edit(system(), "shop", variablePath("DATABASE_READER_POOL_MAX"), "7"), /= 175 connections to orders-b/],
      [edit(direct(), "shop", variablePath("WORKERS"), "2"), /25 pods × 2 processes × 6 = 300 connections to orders,/],
      [edit(direct(), "scaler", "spec.maxReplicas", 22), /28 pods/],
      [edit(direct(), "shop", "spec.strategy.rollingUpdate.maxSurge", "100%"), /40 pods/],
      [edit(direct(), "parameters", "parameters.1.value", "100"), /which has 80 \(80 % of 100\)/],
      [edit(direct(), "parameters", "parameters", []), /max_connections of orders is not set to a number/],
      [edit(system(), "proxy-pool", "connectionPoolConfig.maxConnectionsPercent", 90), /maxConnectionsPercent is 90/],
      [without(system(), "proxy-pool"), /maxConnectionsPercent is not set/],
    ],
  },
  "postgres-memory": {
    holds: [system(), change(system(), "orders", { refs: {} })],
    breaks: [
      // The guide's 64 MB × 200 connections × 2 on 16 GiB.
      [edit(system(), "parameters", "parameters.2.value", "65536"), /work_mem 25.0 GiB .* of 16.0 GiB/],
      [edit(system(), "orders", "instanceClass", "db.m7g.large"), /= .* of 8.0 GiB/],
      [edit(system(), "parameters", "parameters.0.value", "131072"), /shared_buffers is 6 % of the memory/],
      [
        edit(system(), "parameters", "parameters.0.value", "{DBInstanceClassMemory/32768}"),
        /a number.*: shared_buffers/,
      ],
      [edit(system(), "orders", "instanceClass", "db.x9.huge"), /whose memory sizing\/data\/rds.json does not have/],
    ],
  },
  "replica-fit": {
    holds: [
      system(),
      edit(system(), "orders-b", "instanceClass", "db.r7g.2xlarge"),
      edit(edit(system(), "orders", "multiAz", true), "orders", "availabilityZone", "us-east-1b"),
    ],
    breaks: [
      [edit(system(), "orders-b", "instanceClass", "db.m7g.large"), /db.m7g.large is smaller than .* db.m7g.xlarge/],
      [edit(system(), "orders-b", "availabilityZone", "us-east-1a"), /it is in us-east-1a, as is orders/],
      [edit(system(), "orders-c", "availabilityZone", "us-east-1b"), /it is in us-east-1b, as is orders-b/],
      [
        change(system(), "orders-c", { refs: { replicateSourceDb: ["orders"] } }),
        /max_connections is not set, and 200 on the writer/,
      ],
    ],
  },
  "node-capacity": {
    holds: [system()],
    breaks: [
      [
        edit(system(), "fast", "scalingConfig.maxSize", 2),
        /25 pods .* need \d+ nodes of type c7i.2xlarge; 1 of 2 are left/,
      ],
      [edit(system(), "fast", "subnetIds", ["a"]), /0 of 6 are left when one of 1 zones is lost/],
      [edit(system(), "fast", "instanceTypes", ["c7i.2xlarge", "c7g.medium"]), /c7g.medium/],
      [edit(system(), "shop", `${container}.resources.requests.memory`, "64Gi"), /hold a pod that fits no node/],
      [edit(system(), "scaler", "spec.maxReplicas", 60), /75 pods/],
      [
        edit(system(), "fast", "instanceTypes", ["z9.huge"]),
        /z9.huge, whose size sizing\/data\/ec2.json does not have/,
      ],
    ],
  },
  schedulable: {
    holds: [system(), system().filter(({ type }) => type !== T.NODE_GROUP)],
    breaks: [
      [edit(system(), "shop", "spec.template.spec.nodeSelector.node-type", "slow"), /no node group has the labels/],
      [edit(system(), "shop", "spec.template.spec.tolerations", []), /no node group has the labels/],
      [edit(system(), "shop", "spec.template.spec.tolerations.0.effect", "NoExecute"), /no node group has the labels/],
      [without(system(), "general"), /every node group is tainted/],
    ],
  },
  "keep-alive-order": {
    holds: [system(), edit(system(), "balancer", "idleTimeout", undefined), without(system(), "binding")],
    breaks: [
      // The guide's keep-alive of 30 s behind an idle time-out of 60 s.
      [
        edit(system(), "shop", variablePath("KEEP_ALIVE_TIMEOUT_SECONDS"), "30"),
        /idleTimeout of balancer is 60 s and KEEP_ALIVE_TIMEOUT_SECONDS is 30 s/,
      ],
      [
        edit(system(), "balancer", "idleTimeout", 30),
        /REQUEST_TIMEOUT_SECONDS is 30 s and idleTimeout of balancer is 30/,
      ],
      [
        edit(system(), "shop", variablePath("HEADERS_TIMEOUT_SECONDS"), "65"),
        /KEEP_ALIVE_TIMEOUT_SECONDS is 65 s and HEA/,
      ],
      [
        edit(system(), "shop", variablePath("STATEMENT_TIMEOUT_SECONDS"), "31"),
        /STATEMENT_TIMEOUT_SECONDS is 31 s and REQ/,
      ],
      [edit(system(), "shop", `${container}.env`, []), /KEEP_ALIVE_TIMEOUT_SECONDS is not set/],
    ],
  },
  "shutdown-order": {
    holds: [
      system(),
      without(system(), "binding"),
      edit(system(), "shop", `${container}.lifecycle.preStop`, { exec: { command: ["sh", "-c", "sleep 20"] } }),
    ],
    breaks: [
      [
        edit(system(), "shop", `${container}.lifecycle.preStop.sleep.seconds`, 31),
        /preStop of 31 s \+ shutdown of 30 s/,
      ],
      [
        edit(system(), "shop", "spec.template.spec.terminationGracePeriodSeconds", undefined),
        /exceed the grace period of 30 s/,
      ],
      [edit(system(), "shop", `${container}.lifecycle`, undefined), /no container waits in preStop/],
      [
        edit(system(), "shop", variablePath("SHUTDOWN_TIMEOUT_SECONDS"), undefined),
        /SHUTDOWN_TIMEOUT_SECONDS is not set/,
      ],
      [edit(system(), "targets", "deregistrationDelay", 20), /requests may take 30 s and targets deregisters in 20 s/],
      [
        edit(system(), "targets", "deregistrationDelay", undefined),
        /targets deregisters in 300 s and the grace period is 60/,
      ],
    ],
  },
  "rollout-quorum": {
    holds: [
      system(),
      // Neither scaled nor behind a load balancer: a controller, which may be alone.
      without(without(without(system(), "binding"), "scaler"), "budget"),
      edit(system(), "budget", "spec", { maxUnavailable: 1, selector: { matchLabels: { app: "shop" } } }),
    ],
    breaks: [
      [without(system(), "budget"), /no PodDisruptionBudget selects its pods/],
      [edit(system(), "budget", "metadata.namespace", "other"), /no PodDisruptionBudget selects its pods/],
      [edit(system(), "budget", "spec.minAvailable", "100%"), /budget allows no disruption of 4 pods/],
      [edit(system(), "scaler", "spec.minReplicas", 2), /as few as 2 pods, not 3/],
      [edit(system(), "fast", "subnetIds", ["a", "b", "c", "d", "e"]), /as few as 4 pods, not 5/],
      [
        edit(system(), "shop", "spec.strategy.rollingUpdate.maxUnavailable", "50%"),
        /a rollout takes 2 of 4 pods and budget allows 1/,
      ],
    ],
  },
  "hpa-target": {
    holds: [
      system(),
      change(edit(system(), "shop", "spec.replicas", undefined), "shop", { ignoreChanges: [] }),
      edit(change(system(), "scaler", { refs: { spec: ["shop"] } }), "scaler", "spec.scaleTargetRef.name", UNKNOWN),
    ],
    breaks: [
      [edit(system(), "scaler", "spec.scaleTargetRef.name", "shopp"), /scaleTargetRef names no workload/],
      [edit(system(), "scaler", "metadata.namespace", "other"), /scaleTargetRef names no workload/],
      [
        edit(system(), "shop", `${container}.resources.requests.cpu`, undefined),
        /container "shop" of shop requests no cpu/,
      ],
      [change(system(), "shop", { ignoreChanges: [] }), /shop sets spec.replicas and does not ignore its changes/],
      [without(system(), "metrics"), /no add-on metrics-server/],
    ],
  },
};

testPack("pynomaly-resources", rules, cases);

describe("pynomaly-resources as a pack", () => {
  it("adds the rule that watches over waivers", () => {
    const all = withWaiverRule(rules, { waivers: [], today: TODAY });
    if (all.at(-1)?.id !== "waivers-in-force") {
      throw new Error("waivers-in-force is missing");
    }
  });
});
