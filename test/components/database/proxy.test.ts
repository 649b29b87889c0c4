import assert from "node:assert/strict";
import { readSecrets } from "../../../components/database/proxy";
import type { Graph } from "../../support/record";
import { resource, sources } from "../graph";
import { database, LOG_GROUP, SECRET_VERSION } from "./fixture";

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
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
      for (const role of ["owner", "app"]) {
        const version = resource(graph, SECRET_VERSION, `database-${role}`);
        assert.ok(proxy().options.dependsOn.includes(version.urn), role);
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
});
