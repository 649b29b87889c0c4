import assert from "node:assert/strict";
import { alarmDefinitions, Monitoring, type MonitoringArgs } from "../../../components/monitoring";
import type { AlarmDefinition } from "../../../components/monitoring/definition";
import { bytes } from "../../../sizing/units";
import { record } from "../../support/record";

export const args: MonitoringArgs = {
  accountId: "123456789012",
  region: "eu-west-1",
  keyArn: "arn:aws:kms:eu-west-1:123456789012:key/logs",
  alarmEmails: ["ops@example.com", "lead@example.com"],
  budget: { monthlyUsd: 5000, tags: { Project: "pynomaly", Environment: "production" } },
  logRetentionDays: 365,
  protect: true,
  service: {
    url: "https://api.example.com",
    public: true,
    loadBalancerArnSuffix: "app/edge/1",
    targetGroupArnSuffix: "targetgroup/edge/1",
    webAclMetricName: "pynomaly-test-edge-waf",
    signalsEnvironment: "eks:pynomaly-test/pynomaly",
  },
  database: {
    instances: [
      { name: "writer", id: "db" },
      { name: "replica-b", id: "db-replica-b" },
      { name: "replica-c", id: "db-replica-c" },
    ],
    instanceClass: "db.m7g.xlarge",
    maxConnections: 200,
    storageGib: 400,
  },
  cache: { replicationGroupId: "cache", replicas: 2 },
  cluster: { clusterName: "pynomaly-test", podMemoryLimitBytes: bytes("2Gi"), replicas: { min: 4, max: 20 } },
};

/** Records the monitoring of a stack; the dashboard's address comes back as the stack's output. */
export const monitoring = (changes: Partial<MonitoringArgs> = {}) =>
  record(
    () => {
      const { dashboardUrl } = new Monitoring("monitoring", { ...args, ...changes });
      return { dashboardUrl };
    },
    { project: "pynomaly", stack: "test" },
  );

/** What the alarms are made from, of the same stack. */
export const stack = {
  service: { ...args.service, region: args.region, canaryName: "pynomaly-test" },
  database: { ...args.database, instance: { vcpu: 4, memoryBytes: bytes("16 GB") } },
  cache: { nodeIds: ["cache-001", "cache-002", "cache-003"] },
  cluster: args.cluster,
};
export const definitions = alarmDefinitions(stack);

/** The alarm of an id. */
export function definition(id: string): AlarmDefinition {
  const found = definitions.find((candidate) => candidate.id === id);
  assert.ok(found, `no alarm "${id}"; there are: ${definitions.map((each) => each.id).join(", ")}`);
  return found;
}

const INSTANCES = ["writer", "replica-b", "replica-c"];

/** The ids of an alarm that each database instance has. */
export const onEachInstance = (suffix: string): string[] => INSTANCES.map((role) => `db-${role}-${suffix}`);
