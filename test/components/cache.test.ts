import assert from "node:assert/strict";
import { Cache, type CacheArgs } from "../../components/cache";
import { cacheSizing } from "../../sizing/cache";
import { type Graph, record } from "../support/record";
import { count, resource, sources } from "./graph";

const cache = (changes: Partial<CacheArgs> = {}) => {
  const engine = changes.engine ?? "redis";
  return record(() => {
    const built = new Cache("cache", {
      identifier: "pynomaly-test",
      vpcId: "vpc-1",
      subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
      engine,
      nodeType: "cache.m7g.large",
      replicas: 2,
      sizing: cacheSizing({ engine, nodeType: "cache.m7g.large" }),
      keyPrefix: "pynomaly",
      snapshotRetentionDays: 7,
      snapshotWindow: "02:00-03:00",
      maintenanceWindow: "sun:05:00-sun:06:00",
      keyArn: "arn:data",
      logsKeyArn: "arn:logs",
      logRetentionDays: 365,
      clients: [{ name: "nodes", securityGroupId: "sg-nodes" }],
      protect: true,
      ...changes,
    });
    return { port: built.port, nodes: built.nodes, userName: built.userName };
  });
};

const group = (graph: Graph) => resource(graph, "aws:elasticache/replicationGroup:ReplicationGroup", "cache");
const user = (graph: Graph, name: string) => resource(graph, "aws:elasticache/user:User", name).inputs;
const parameters = (graph: Graph) => {
  const { inputs } = resource(graph, "aws:elasticache/parameterGroup:ParameterGroup", "cache");
  const list = inputs.parameters as { name: string; value: string }[];
  const values: Record<string, string> = Object.fromEntries(list.map(({ name, value }) => [name, value]));
  return { family: inputs.family, values };
};

describe("Cache", () => {
  let graph: Graph;
  before(async () => {
    graph = await cache();
  });

  it("makes exactly one replication group and what belongs to it, and no secret", () => {
    assert.deepEqual(count(graph), {
      "aws:cloudwatch/logGroup:LogGroup": 2,
      "aws:ec2/securityGroup:SecurityGroup": 1,
      "aws:elasticache/parameterGroup:ParameterGroup": 1,
      "aws:elasticache/replicationGroup:ReplicationGroup": 1,
      "aws:elasticache/subnetGroup:SubnetGroup": 1,
      "aws:elasticache/user:User": 2,
      "aws:elasticache/userGroup:UserGroup": 1,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1,
      "pynomaly:data:Cache": 1,
    });
  });

  const guide = { "maxmemory-policy": "allkeys-lru", "tcp-keepalive": "60", timeout: "300" };
  for (const [name, value] of Object.entries(guide)) {
    it(`guide, Redis Caching Optimization: '${name}': '${value}'`, () => {
      assert.equal(parameters(graph).values[name], value);
    });
  }

  it("guide, Redis Caching Optimization: 'maxmemory', 'save' and 'appendonly' are no parameters of ElastiCache", () => {
    for (const name of ["maxmemory", "save", "appendonly"]) {
      assert.equal(parameters(graph).values[name], undefined);
    }
  });

  it("guide, Redis Caching Optimization: port: int = 6379", () => {
    assert.equal(group(graph).inputs.port, 6379);
    assert.equal(graph.outputs.port, 6379);
  });

  it("guide, Performance Architecture: three Redis nodes, of which two are replicas that can take over", () => {
    const { inputs } = group(graph);
    assert.equal(inputs.numCacheClusters, 3);
    assert.deepEqual([inputs.automaticFailoverEnabled, inputs.multiAzEnabled], [true, true]);
    assert.equal(graph.outputs.nodes, 3);
  });

  it("does not ask for a failover that a single node cannot make", async () => {
    const { inputs } = group(await cache({ replicas: 0 }));
    assert.deepEqual(
      [inputs.numCacheClusters, inputs.automaticFailoverEnabled, inputs.multiAzEnabled],
      [1, false, false],
    );
  });

  it("encrypts in transit, always, and at rest with the stack's key", () => {
    const { inputs } = group(graph);
    assert.deepEqual([inputs.transitEncryptionEnabled, inputs.transitEncryptionMode], [true, "required"]);
    assert.deepEqual([inputs.atRestEncryptionEnabled, inputs.kmsKeyId], [true, "arn:data"]);
  });

  it("is protected, takes snapshots and a last one, and is patched in its window", () => {
    const { inputs, options } = group(graph);
    assert.equal(options.protect, true);
    assert.deepEqual([inputs.snapshotRetentionLimit, inputs.snapshotWindow], [7, "02:00-03:00"]);
    assert.equal(inputs.finalSnapshotIdentifier, "pynomaly-test-final");
    assert.equal(inputs.maintenanceWindow, "sun:05:00-sun:06:00");
    assert.equal(inputs.autoMinorVersionUpgrade, true);
  });

  it("changes at once, so that the last replica and the old engine's parameter group can go in the same update", () => {
    assert.equal(group(graph).inputs.applyImmediately, true);
  });

  it("neither protects nor snapshots a stack without protected data for the last time", async () => {
    const { inputs, options } = group(await cache({ protect: false }));
    assert.equal(options.protect ?? false, false);
    assert.ok(!("finalSnapshotIdentifier" in inputs));
  });

  it("runs Redis OSS 7.1, or Valkey with the same users", async () => {
    const valkey = await cache({ engine: "valkey" });
    assert.deepEqual([group(graph).inputs.engine, group(graph).inputs.engineVersion], ["redis", "7.1"]);
    assert.equal(parameters(graph).family, "redis7");
    assert.equal(group(valkey).inputs.engine, "valkey");
    assert.equal(parameters(valkey).family, "valkey8");
    assert.deepEqual(valkey.byType("aws:elasticache/user:User"), graph.byType("aws:elasticache/user:User"));
  });

  it("disables the default user, in words that AWS gives back as they are", () => {
    const { userName, accessString, noPasswordRequired, authenticationMode } = user(graph, "cache-users-default");
    assert.deepEqual([userName, accessString], ["default", "off -@all"]);
    assert.deepEqual([noPasswordRequired, authenticationMode], [true, undefined]);
  });

  it("lets the service in with an IAM token under one name, and nobody else", () => {
    const { userId, userName, authenticationMode } = user(graph, "cache-users-app");
    assert.deepEqual([userId, userName], ["pynomaly-test-app", "pynomaly-test-app"]);
    assert.deepEqual(authenticationMode, { type: "iam" });
    assert.equal(graph.outputs.userName, "pynomaly-test-app");
    const users = resource(graph, "aws:elasticache/userGroup:UserGroup", "cache-users");
    assert.deepEqual(users.inputs.userIds, ["pynomaly-test-default", "pynomaly-test-app"]);
    assert.deepEqual(sources(group(graph), "userGroupIds"), ["cache-users"]);
  });

  it("limits the service to its own keys and to commands that are not dangerous", () => {
    const words = String(user(graph, "cache-users-app").accessString).split(" ");
    assert.deepEqual(words.slice(0, 3), ["on", "~pynomaly:*", "-@all"]);
    assert.ok(words.indexOf("-@dangerous") > words.indexOf("+@write"), "a later rule would take it back");
    assert.deepEqual(words.slice(words.indexOf("-@dangerous")), ["-@dangerous", "+info"]);
    assert.ok(!words.includes("+@all") && !words.includes("~*"));
  });

  it("delivers the slow log and the engine log to encrypted groups with a retention", () => {
    const deliveries = group(graph).inputs.logDeliveryConfigurations as Record<string, unknown>[];
    assert.deepEqual(
      deliveries.map(({ logType, logFormat, destinationType }) => [logType, logFormat, destinationType]),
      [
        ["slow-log", "json", "cloudwatch-logs"],
        ["engine-log", "json", "cloudwatch-logs"],
      ],
    );
    for (const name of ["cache-slow-log", "cache-engine-log"]) {
      const { inputs } = resource(graph, "aws:cloudwatch/logGroup:LogGroup", name);
      assert.deepEqual(inputs, { kmsKeyId: "arn:logs", retentionInDays: 365 });
      assert.ok(sources(group(graph), "logDeliveryConfigurations").includes(name));
    }
  });

  it("admits its clients' security groups on its port, no address and no egress", () => {
    const { inputs } = resource(graph, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cache-from-nodes");
    assert.equal(inputs.referencedSecurityGroupId, "sg-nodes");
    assert.deepEqual([inputs.ipProtocol, inputs.fromPort, inputs.toPort], ["tcp", 6379, 6379]);
    assert.ok(!("cidrIpv4" in inputs));
    assert.deepEqual(sources(group(graph), "securityGroupIds"), ["cache"]);
  });
});
