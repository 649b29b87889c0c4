import { Database, type DatabaseArgs } from "../../../components/database";
import { type PostgresInput, postgresParameters } from "../../../sizing/postgres";
import { bytes } from "../../../sizing/units";
import { type Graph, record } from "../../support/record";
import { resource } from "../graph";

export const parameters = (role: PostgresInput["role"], statementLogging: PostgresInput["statementLogging"]) =>
  postgresParameters({
    instanceClass: "db.m7g.xlarge",
    engineMajor: "17",
    maxConnections: 200,
    workMemBytes: bytes("16 MB"),
    statementLogging,
    statementTimeoutMs: 25_000,
    role,
  });

/** Records a database; what it hands out comes back as the stack's outputs. */
export const database = (changes: Partial<DatabaseArgs> = {}) =>
  record(() => {
    const built = new Database("database", {
      identifier: "pynomaly-test",
      accountId: "123456789012",
      region: "eu-west-1",
      vpcId: "vpc-1",
      subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
      availabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
      endpointsSecurityGroupId: "sg-endpoints",
      instanceClass: "db.m7g.xlarge",
      engineVersion: "17",
      storageGib: 400,
      maxStorageGib: 1000,
      multiAz: true,
      replicaZones: ["eu-west-1b", "eu-west-1c"],
      parameters: parameters("writer", "production"),
      replicaParameters: parameters("replica", "production"),
      proxy: {
        maxConnectionsPercent: 80,
        maxIdleConnectionsPercent: 40,
        connectionBorrowTimeoutSeconds: 5,
        idleClientTimeoutSeconds: 600,
      },
      backupRetentionDays: 14,
      backupWindow: "03:00-04:00",
      maintenanceWindow: "sun:04:00-sun:05:00",
      keyArn: "arn:data",
      logsKeyArn: "arn:logs",
      logRetentionDays: 365,
      clients: [{ name: "nodes", securityGroupId: "sg-nodes" }],
      protect: true,
      ...changes,
    });
    return { port: built.port, instances: built.instances, pendingReboot: built.pendingReboot };
  });

export const INSTANCE = "aws:rds/instance:Instance";
export const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
export const SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
export const writer = (graph: Graph) => resource(graph, INSTANCE, "database-writer");
export const replicas = (graph: Graph) => graph.byType(INSTANCE).filter(({ name }) => name.includes("replica"));
