import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { change, edit, given, one, without } from "../../given";
import { DATABASE, direct, system, variablePath } from "../../system";

const REPLICA = { replicateSourceDb: UNKNOWN };

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

/** What the rules about databases, their parameters and their connections accept and refuse. */
export const databaseCases: CaseTable = {
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
      parameterGroup(["track_io_timing", "1", "pending-reboot"], ["log_checkpoints", "1", "immediate"]),
      [given(T.RDS_PARAMETER_GROUP, { family: "mysql8.4", parameters: [{ name: "anything" }] })],
    ],
    breaks: [
      [parameterGroup(["shared_buffers", "524288", "immediate"]), /parameters.0.applyMethod is "immediate"/],
      [parameterGroup(["max_connections", "200"]), /parameters.0.applyMethod is not set/],
      [parameterGroup(["work_mem", "8192", "pending-reboot"]), /"pending-reboot" for work_mem, which is dynamic/],
      [parameterGroup(["track_io_timing", "0", "pending-reboot"]), /"pending-reboot" for track_io_timing/],
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
  "static-parameters": {
    holds: [DATABASE, edit(edit(DATABASE, "orders", "applyImmediately", true), "parameters", "parameters", [])],
    breaks: [
      [
        edit(DATABASE, "orders", "applyImmediately", true),
        /applyImmediately is true with static parameters: max_connections$/m,
      ],
      [
        edit(DATABASE, "orders", "maintenanceWindow", undefined),
        /maintenanceWindow is not set with .*: max_connections$/m,
      ],
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
  "rds-enhanced-monitoring": {
    holds: [[given(T.RDS_INSTANCE, { monitoringInterval: 60, monitoringRoleArn: UNKNOWN })]],
    breaks: [
      [[given(T.RDS_INSTANCE, { monitoringInterval: 0, monitoringRoleArn: UNKNOWN })], /monitoringInterval is 0/],
      [[given(T.RDS_INSTANCE, { monitoringInterval: 60 })], /monitoringRoleArn is not set/],
    ],
  },
  "rds-minor-upgrades": {
    holds: [[given(T.RDS_INSTANCE)], [given(T.RDS_INSTANCE, { autoMinorVersionUpgrade: true })]],
    breaks: [[[given(T.RDS_INSTANCE, { autoMinorVersionUpgrade: false })], /autoMinorVersionUpgrade is false/]],
  },
  "rds-copy-tags": {
    holds: [[given(T.RDS_INSTANCE, { copyTagsToSnapshot: true })]],
    breaks: [[[given(T.RDS_INSTANCE)], /copyTagsToSnapshot is not set/]],
  },
};
