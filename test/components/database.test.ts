import assert from "node:assert/strict";
import { Database, type DatabaseArgs } from "../../components/database";
import { readSecrets } from "../../components/database/proxy";
import { type PostgresInput, postgresParameters } from "../../sizing/postgres";
import { bytes } from "../../sizing/units";
import { type Graph, type RecordedResource, record } from "../support/record";
import { count, resource, sources, waitsFor } from "./graph";

const parameters = (role: PostgresInput["role"], statementLogging: PostgresInput["statementLogging"]) =>
  postgresParameters({
    instanceClass: "db.m7g.xlarge",
    engineMajor: "17",
    maxConnections: 200,
    workMemBytes: bytes("16 MB"),
    statementLogging,
    statementTimeoutMs: 25_000,
    role,
  });

const database = (changes: Partial<DatabaseArgs> = {}) =>
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
    return { port: built.port, instanceIds: built.instanceIds, pendingReboot: built.pendingReboot };
  });

const INSTANCE = "aws:rds/instance:Instance";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const writer = (graph: Graph) => resource(graph, INSTANCE, "database-writer");
const replicas = (graph: Graph) => graph.byType(INSTANCE).filter(({ name }) => name.includes("replica"));

interface Parameter {
  name: string;
  value: string;
  applyMethod: string;
}
const parametersOf = (graph: Graph, name: string) =>
  resource(graph, "aws:rds/parameterGroup:ParameterGroup", name).inputs.parameters as Parameter[];
const parameter = (graph: Graph, name: string, group = "database-writer") =>
  parametersOf(graph, group).find((candidate) => candidate.name === name);

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
  });

  it("makes exactly a writer, two replicas, a proxy, two rotated secrets and what they need", () => {
    assert.deepEqual(count(graph), {
      [LOG_GROUP]: 8,
      "aws:ec2/securityGroup:SecurityGroup": 3,
      "aws:iam/role:Role": 2,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 1,
      [INSTANCE]: 3,
      "aws:rds/parameterGroup:ParameterGroup": 2,
      "aws:rds/proxy:Proxy": 1,
      "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": 1,
      "aws:rds/proxyTarget:ProxyTarget": 1,
      "aws:rds/subnetGroup:SubnetGroup": 1,
      "aws:secretsmanager/secret:Secret": 2,
      "aws:secretsmanager/secretRotation:SecretRotation": 2,
      [SECRET_VERSION]: 2,
      "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": 1,
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 3,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 4,
      "random:index/randomPassword:RandomPassword": 2,
      "pynomaly:data:Database": 1,
    });
  });

  describe("parameters", () => {
    // The guide's line, and the value in RDS's unit.
    const guide: [line: string, value: string][] = [
      ["shared_buffers = 4GB", "524288"],
      ["effective_cache_size = 12GB", "1572864"],
      ["maintenance_work_mem = 1GB", "1048576"],
      ["wal_buffers = 64MB", "8192"],
      ["random_page_cost = 1.1", "1.1"],
      ["seq_page_cost = 1.0", "1.0"],
      ["cpu_tuple_cost = 0.01", "0.01"],
      ["cpu_index_tuple_cost = 0.005", "0.005"],
      ["cpu_operator_cost = 0.0025", "0.0025"],
      ["checkpoint_completion_target = 0.9", "0.9"],
      ["checkpoint_timeout = 15min", "900"],
      ["checkpoint_warning = 30s", "30"],
      ["max_connections = 200", "200"],
      ["shared_preload_libraries = 'pg_stat_statements'", "pg_stat_statements,pgaudit"],
      ["autovacuum = on", "1"],
      ["autovacuum_max_workers = 4", "4"],
      ["autovacuum_naptime = 30s", "30"],
      ["autovacuum_vacuum_threshold = 100", "100"],
      ["autovacuum_analyze_threshold = 50", "50"],
      ["autovacuum_vacuum_scale_factor = 0.05", "0.05"],
      ["autovacuum_analyze_scale_factor = 0.02", "0.02"],
      ["log_min_duration_statement = 100", "100"],
      ["log_checkpoints = on", "1"],
      ["log_connections = on", "1"],
      ["log_disconnections = on", "1"],
      ["log_lock_waits = on", "1"],
      ["log_temp_files = 0", "0"],
    ];
    for (const [line, value] of guide) {
      it(`guide, PostgreSQL Configuration Optimization: ${line}`, () => {
        const [name = ""] = line.split(" ");
        assert.equal(parameter(graph, name)?.value, value);
        assert.equal(parameter(graph, name, "database-replica")?.value, value);
      });
    }

    it("guide, PostgreSQL Configuration Optimization: wal_compression = on", () => {
      assert.equal(parameter(graph, "wal_compression")?.value, "on");
    });

    it("guide, PostgreSQL Configuration Optimization: work_mem = 64MB is the setting's 16 MB, so that 200 fit", () => {
      assert.equal(parameter(graph, "work_mem")?.value, "16384");
    });

    it("guide, PostgreSQL Configuration Optimization: wal_level = replica is RDS's own and not set", () => {
      assert.equal(parameter(graph, "wal_level"), undefined);
    });

    it("guide, PostgreSQL Configuration Optimization: log_statement = 'all' and log_duration = on, for analysis", async () => {
      const analysis = await database({ parameters: parameters("writer", "analysis") });
      const logging = (of: Graph) => [parameter(of, "log_statement")?.value, parameter(of, "log_duration")?.value];
      assert.deepEqual(logging(graph), ["none", "0"]);
      assert.deepEqual(logging(analysis), ["all", "1"]);
    });

    it("demands TLS of every connection", () => {
      assert.equal(parameter(graph, "rds.force_ssl")?.value, "1");
      assert.equal(parameter(graph, "rds.force_ssl", "database-replica")?.value, "1");
    });

    it("sets hot_standby_feedback on the replicas only", () => {
      assert.equal(parameter(graph, "hot_standby_feedback", "database-replica")?.value, "1");
      assert.equal(parameter(graph, "hot_standby_feedback"), undefined);
    });

    it("passes name, value and apply method, and nothing else, to a group of the engine's family", () => {
      const group = resource(graph, "aws:rds/parameterGroup:ParameterGroup", "database-writer");
      assert.equal(group.inputs.family, "postgres17");
      for (const each of parametersOf(graph, "database-writer")) {
        assert.deepEqual(Object.keys(each).sort(), ["applyMethod", "name", "value"]);
      }
      assert.deepEqual(sources(writer(graph), "parameterGroupName"), ["database-writer"]);
      for (const replica of replicas(graph)) {
        assert.deepEqual(sources(replica, "parameterGroupName"), ["database-replica"]);
      }
    });

    it("tells which parameters wait for a reboot, each once", () => {
      const both = [...parametersOf(graph, "database-writer"), ...parametersOf(graph, "database-replica")];
      const isStatic = both.filter(({ applyMethod }) => applyMethod === "pending-reboot").map(({ name }) => name);
      assert.deepEqual(graph.outputs.pendingReboot, [...new Set(isStatic)].sort());
      assert.ok(isStatic.includes("shared_buffers") && isStatic.includes("max_connections"));
    });
  });

  describe("every instance", () => {
    const each = (title: string, check: (instance: RecordedResource) => void) =>
      it(title, () => {
        for (const instance of graph.byType(INSTANCE)) {
          check(instance);
        }
      });

    each("is encrypted and private", ({ inputs }) => {
      assert.deepEqual([inputs.storageEncrypted, inputs.publiclyAccessible], [true, false]);
    });

    each("has gp3 storage that grows to its limit", ({ inputs }) => {
      assert.deepEqual([inputs.storageType, inputs.maxAllocatedStorage], ["gp3", 1000]);
    });

    each("takes minor upgrades and pending changes in the maintenance window", ({ inputs }) => {
      assert.deepEqual([inputs.autoMinorVersionUpgrade, inputs.applyImmediately], [true, false]);
      assert.equal(inputs.maintenanceWindow, "sun:04:00-sun:05:00");
    });

    each("is observed: Database Insights for 15 months with the stack's key, and the operating system", (instance) => {
      const { inputs } = instance;
      assert.deepEqual([inputs.databaseInsightsMode, inputs.performanceInsightsEnabled], ["advanced", true]);
      assert.equal(inputs.performanceInsightsRetentionPeriod, 465);
      assert.equal(inputs.performanceInsightsKmsKeyId, "arn:data");
      assert.equal(inputs.monitoringInterval, 60);
      assert.deepEqual(sources(instance, "monitoringRoleArn"), ["database-monitoring"]);
      const attachment = resource(graph, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "database-monitoring");
      assert.ok(instance.options.dependsOn.includes(attachment.urn));
    });

    each("exports its logs to encrypted groups with a retention that exist before it", (instance) => {
      assert.deepEqual(instance.inputs.enabledCloudwatchLogsExports, ["postgresql", "upgrade"]);
      for (const log of ["postgresql", "upgrade"]) {
        const group = resource(graph, LOG_GROUP, `${instance.name}-${log}`);
        assert.deepEqual(group.inputs, {
          name: `/aws/rds/instance/${instance.inputs.identifier}/${log}`,
          retentionInDays: 365,
          kmsKeyId: "arn:logs",
        });
        assert.ok(instance.options.dependsOn.includes(group.urn));
      }
    });

    each("offers IAM authentication, a current certificate and tagged snapshots, in its own group", (instance) => {
      assert.equal(instance.inputs.iamDatabaseAuthenticationEnabled, true);
      assert.equal(instance.inputs.caCertIdentifier, "rds-ca-rsa2048-g1");
      assert.equal(instance.inputs.copyTagsToSnapshot, true);
      assert.deepEqual(sources(instance, "vpcSecurityGroupIds"), ["database-instances"]);
    });
  });

  describe("writer", () => {
    it("is PostgreSQL 17 on the class and storage of the settings, with a standby", () => {
      const { inputs } = writer(graph);
      assert.deepEqual([inputs.engine, inputs.engineVersion], ["postgres", "17"]);
      assert.deepEqual([inputs.instanceClass, inputs.allocatedStorage], ["db.m7g.xlarge", 400]);
      assert.deepEqual([inputs.multiAz, inputs.kmsKeyId], [true, "arn:data"]);
      assert.deepEqual([inputs.dbName, inputs.port, inputs.username], ["pynomaly", 5432, "pynomaly_owner"]);
      assert.ok(!("availabilityZone" in inputs), "RDS refuses a zone for a Multi-AZ instance");
    });

    it("keeps backups, and leaves a snapshot under a fixed name when it is deleted", () => {
      const { inputs } = writer(graph);
      assert.deepEqual([inputs.backupRetentionPeriod, inputs.backupWindow], [14, "03:00-04:00"]);
      assert.deepEqual([inputs.skipFinalSnapshot, inputs.finalSnapshotIdentifier], [false, "pynomaly-test-final"]);
    });

    it("takes its first password write-only", () => {
      const { inputs } = writer(graph);
      assert.deepEqual([inputs.passwordWo, inputs.password], ["[secret]", undefined]);
      assert.ok(!("manageMasterUserPassword" in inputs), "RDS then refuses read replicas");
      assert.deepEqual(sources(writer(graph), "passwordWo"), ["database-owner"]);
    });

    it("is put in a zone without a replica when it has no standby", async () => {
      const single = await database({ multiAz: false, replicaZones: ["eu-west-1a"] });
      assert.deepEqual([writer(single).inputs.multiAz, writer(single).inputs.availabilityZone], [false, "eu-west-1b"]);
    });

    it("ignores later what it was only made with: the password, which rotates, and the zone, which would replace it", async () => {
      const single = await database({ multiAz: false });
      for (const each of [graph, single]) {
        assert.deepEqual(writer(each).options.ignoreChanges, ["passwordWo", "passwordWoVersion", "availabilityZone"]);
      }
    });

    it("can be deleted without a trace where data are not protected", async () => {
      const open = await database({ protect: false });
      const { inputs, options } = writer(open);
      assert.deepEqual([inputs.deletionProtection, inputs.skipFinalSnapshot], [false, true]);
      assert.equal(options.protect ?? false, false);
      assert.ok(!("finalSnapshotIdentifier" in inputs));
    });
  });

  describe("replicas", () => {
    it("guide, Performance Architecture: Primary + Read Replicas, one in each zone of the settings", () => {
      assert.deepEqual(
        replicas(graph).map(({ name, inputs }) => [name, inputs.identifier, inputs.availabilityZone]),
        [
          ["database-replica-b", "pynomaly-test-replica-b", "eu-west-1b"],
          ["database-replica-c", "pynomaly-test-replica-c", "eu-west-1c"],
        ],
      );
    });

    it("copy the writer, and set nothing that RDS takes from it", () => {
      const inherited = ["username", "passwordWo", "dbName", "engine", "engineVersion", "allocatedStorage", "kmsKeyId"];
      for (const replica of replicas(graph)) {
        assert.deepEqual(sources(replica, "replicateSourceDb"), ["database-writer"]);
        for (const input of [...inherited, "dbSubnetGroupName"]) {
          assert.ok(!(input in replica.inputs), `${replica.name} sets ${input}`);
        }
        assert.deepEqual([replica.inputs.multiAz, replica.inputs.skipFinalSnapshot], [false, true]);
      }
    });

    it("may be deleted, since they hold nothing of their own; the writer may not", () => {
      const kept = (instance: RecordedResource) => [instance.inputs.deletionProtection, instance.options.protect];
      for (const replica of replicas(graph)) {
        assert.deepEqual(kept(replica), [false, undefined]);
      }
      assert.deepEqual(kept(resource(graph, INSTANCE, "database-writer")), [true, true]);
    });

    it("stay as they are when another is added", async () => {
      const one = await database({ replicaZones: ["eu-west-1c"] });
      const [only] = replicas(one);
      assert.deepEqual(only, resource(graph, INSTANCE, "database-replica-c"));
    });

    it("have no parameter group when there are none", async () => {
      const none = await database({ replicaZones: [] });
      assert.equal(none.byType("aws:rds/parameterGroup:ParameterGroup").length, 1);
      assert.deepEqual(none.outputs.instanceIds, ["pynomaly-test"]);
    });
  });

  describe("proxy", () => {
    const proxy = () => resource(graph, "aws:rds/proxy:Proxy", "database-proxy");

    it("demands TLS and hangs up on idle clients", () => {
      const { inputs } = proxy();
      assert.deepEqual([inputs.engineFamily, inputs.requireTls], ["POSTGRESQL", true]);
      assert.equal(inputs.idleClientTimeout, 600);
      assert.deepEqual(sources(proxy(), "vpcSecurityGroupIds"), ["database-proxy"]);
    });

    it("takes the connection budget's share", () => {
      const { inputs } = resource(graph, "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup", "database-proxy");
      assert.deepEqual(inputs.connectionPoolConfig, {
        maxConnectionsPercent: 80,
        maxIdleConnectionsPercent: 40,
        connectionBorrowTimeout: 5,
      });
    });

    it("targets the writer", () => {
      const target = resource(graph, "aws:rds/proxyTarget:ProxyTarget", "database-proxy");
      assert.deepEqual(sources(target, "dbInstanceIdentifier"), ["database-writer"]);
    });

    it("authenticates both roles by their secrets, which hold a value before it starts", () => {
      const auths = proxy().inputs.auths as Record<string, unknown>[];
      assert.deepEqual(
        auths.map(({ description, authScheme, iamAuth, clientPasswordAuthType }) => [
          description,
          authScheme,
          iamAuth,
          clientPasswordAuthType,
        ]),
        [
          ["pynomaly_owner", "SECRETS", "DISABLED", "POSTGRES_SCRAM_SHA_256"],
          ["pynomaly_app", "SECRETS", "DISABLED", "POSTGRES_SCRAM_SHA_256"],
        ],
      );
      assert.deepEqual(sources(proxy(), "auths").sort(), ["database-app", "database-owner"]);
      for (const version of graph.byType(SECRET_VERSION)) {
        assert.ok(proxy().options.dependsOn.includes(version.urn));
      }
    });

    it("may read those two secrets and nothing else", () => {
      const policy = resource(graph, "aws:iam/rolePolicy:RolePolicy", "database-proxy");
      assert.deepEqual(sources(policy, "policy").sort(), ["database-app", "database-owner"]);
      assert.ok(proxy().options.dependsOn.includes(policy.urn));
      const users = [{ username: "app", secretArn: "arn:app" }];
      assert.deepEqual(readSecrets({ region: "eu-west-1", users, keyArn: "arn:data" }).Statement, [
        { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: ["arn:app"] },
        {
          Effect: "Allow",
          Action: "kms:Decrypt",
          Resource: "arn:data",
          Condition: { StringEquals: { "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com" } },
        },
      ]);
    });

    it("logs to an encrypted group with a retention that exists before it", () => {
      const group = resource(graph, LOG_GROUP, "database-proxy");
      assert.equal(group.inputs.name, "/aws/rds/proxy/pynomaly-test");
      assert.ok(proxy().options.dependsOn.includes(group.urn));
    });
  });

  describe("secrets", () => {
    const rotation = (role: string) =>
      resource(graph, "aws:secretsmanager/secretRotation:SecretRotation", `database-rotation-${role}`);

    it("are encrypted with the stack's key and protected", () => {
      for (const { inputs, options } of graph.byType("aws:secretsmanager/secret:Secret")) {
        assert.equal(inputs.kmsKeyId, "arn:data");
        assert.equal(options.protect, true);
      }
    });

    it("get their first value write-only, and keep what rotation makes of it", () => {
      for (const { inputs, options } of graph.byType(SECRET_VERSION)) {
        assert.deepEqual([inputs.secretStringWo, inputs.secretString], ["[secret]", undefined]);
        assert.deepEqual(options.ignoreChanges, ["secretStringWo", "secretStringWoVersion", "versionStages"]);
      }
    });

    it("rotate every 30 days, once they have a value and the function reaches the database", () => {
      for (const role of ["owner", "app"]) {
        const { inputs } = rotation(role);
        assert.deepEqual(inputs.rotationRules, { automaticallyAfterDays: 30 });
        assert.deepEqual(sources(rotation(role), "rotationLambdaArn"), ["database-rotation"]);
        const version = resource(graph, SECRET_VERSION, `database-${role}`);
        assert.ok(rotation(role).options.dependsOn.includes(version.urn), `${role} rotates before it has a value`);
        const rules = ["database-instances-from-rotation", "database-rotation-to-instances"];
        for (const rule of [...rules, "database-rotation-to-endpoints"]) {
          assert.ok(waitsFor(rotation(role)).includes(rule), `${role} rotates before ${rule}`);
        }
      }
    });

    it("rotate the owner at once, and the app, whom the migrations create, only on schedule", () => {
      assert.equal(rotation("owner").inputs.rotateImmediately, true);
      assert.equal(rotation("app").inputs.rotateImmediately, false);
    });

    it("are rotated by AWS's function at a pinned version, inside the data subnets", () => {
      const type = "aws:serverlessrepository/cloudFormationStack:CloudFormationStack";
      const application = resource(graph, type, "database-rotation");
      assert.match(String(application.inputs.applicationId), /\/SecretsManagerRDSPostgreSQLRotationSingleUser$/);
      assert.match(String(application.inputs.semanticVersion), /^\d+\.\d+\.\d+$/);
      const { vpcSubnetIds, endpoint, functionName, kmsKeyArn } = application.inputs.parameters as Record<
        string,
        unknown
      >;
      assert.equal(vpcSubnetIds, "subnet-a,subnet-b,subnet-c");
      assert.equal(endpoint, "https://secretsmanager.eu-west-1.amazonaws.com");
      assert.equal(kmsKeyArn, "arn:data");
      const group = resource(graph, LOG_GROUP, "database-rotation");
      assert.equal(group.inputs.name, `/aws/lambda/${functionName}`);
      assert.ok(application.options.dependsOn.includes(group.urn));
    });
  });

  describe("access", () => {
    const rules = (direction: "Ingress" | "Egress") =>
      graph.byType(`aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`);
    const edge = (rule: RecordedResource) => {
      const [group] = sources(rule, "securityGroupId");
      const [peer = rule.inputs.referencedSecurityGroupId] = sources(rule, "referencedSecurityGroupId");
      return [group, peer, rule.inputs.fromPort, rule.inputs.toPort];
    };

    it("reaches the instances from the proxy, the rotation function and the clients only", () => {
      assert.deepEqual(rules("Ingress").map(edge), [
        ["database-instances", "sg-nodes", 5432, 5432],
        ["database-instances", "database-proxy", 5432, 5432],
        ["database-instances", "database-rotation", 5432, 5432],
        ["database-proxy", "sg-nodes", 5432, 5432],
      ]);
    });

    it("leaves the proxy for the instances, the rotation function for those and Secrets Manager, nothing else", () => {
      assert.deepEqual(rules("Egress").map(edge), [
        ["database-proxy", "database-instances", 5432, 5432],
        ["database-rotation", "sg-endpoints", 443, 443],
        ["database-rotation", "database-instances", 5432, 5432],
      ]);
    });

    it("names security groups, never addresses, and says what each rule is for", () => {
      for (const { inputs, name } of [...rules("Ingress"), ...rules("Egress")]) {
        assert.ok(!("cidrIpv4" in inputs) && !("cidrIpv6" in inputs), name);
        assert.ok(inputs.description, name);
      }
    });
  });
});
