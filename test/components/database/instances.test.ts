import assert from "node:assert/strict";
import type { Graph, RecordedResource } from "../../support/record";
import { resource, sources } from "../graph";
import { database, INSTANCE, LOG_GROUP, replicas, writer } from "./fixture";

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
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

    each("has gp3 storage of the settings' size, a replica too, that grows to its limit", ({ inputs }) => {
      assert.deepEqual([inputs.storageType, inputs.allocatedStorage, inputs.maxAllocatedStorage], ["gp3", 400, 1000]);
    });

    it("names gp3's IOPS where RDS stripes it, so that storage can grow to that, and none below, where RDS refuses any", async () => {
      const iops = async (storageGib: number) =>
        (await database({ storageGib })).byType(INSTANCE).map(({ inputs }) => inputs.iops);
      assert.deepEqual(await iops(399), [undefined, undefined, undefined]);
      assert.deepEqual(await iops(400), [12_000, 12_000, 12_000]);
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
      const inherited = ["username", "passwordWo", "dbName", "engine", "engineVersion", "kmsKeyId"];
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
      const names = ({ outputs }: Graph) => (outputs.instances as { name: string }[]).map(({ name }) => name);
      assert.deepEqual([one, graph].map(names), [
        ["writer", "replica-c"],
        ["writer", "replica-b", "replica-c"],
      ]);
    });

    it("have no parameter group when there are none", async () => {
      const none = await database({ replicaZones: [] });
      assert.equal(none.byType("aws:rds/parameterGroup:ParameterGroup").length, 1);
      const ids = (none.outputs.instances as { id: string }[]).map(({ id }) => id);
      assert.deepEqual(ids, ["pynomaly-test"]);
    });
  });
});
