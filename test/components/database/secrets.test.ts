import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { resource, sources, waitsFor } from "../graph";
import { database, LOG_GROUP, SECRET_VERSION } from "./fixture";

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
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
      for (const role of ["owner", "app", "readonly", "maintenance"]) {
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

    it("rotate the owner at once, and those whom the migrations create only on schedule", () => {
      assert.equal(rotation("owner").inputs.rotateImmediately, true);
      for (const role of ["app", "readonly", "maintenance"]) {
        assert.equal(rotation(role).inputs.rotateImmediately, false, role);
      }
    });

    it("open the proxy to owner and app alone: maintenance goes to the instances", () => {
      const { auths } = resource(graph, "aws:rds/proxy:Proxy", "database-proxy").inputs;
      assert.deepEqual(
        (auths as { description: string }[]).map(({ description }) => description),
        ["pynomaly_owner", "pynomaly_app"],
      );
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
});
