import assert from "node:assert/strict";
import type * as aws from "@pulumi/aws";
import { Keys } from "../../components/keys";
import { type Graph, record } from "../support/record";
import { count, resource } from "./graph";

const ROOT = "arn:aws:iam::123456789012:root";
const AUTO_SCALING =
  "arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

const keys = (protect: boolean) =>
  record(() => {
    new Keys("keys", { accountId: "123456789012", region: "eu-west-1", protect });
  });

const statements = (graph: Graph, name: string) => {
  const policy = resource(graph, "aws:kms/key:Key", name).inputs.policy;
  return (JSON.parse(String(policy)) as aws.iam.PolicyDocument).Statement as aws.iam.PolicyStatement[];
};
const principals = (graph: Graph, name: string) => statements(graph, name).map((statement) => statement.Principal);

describe("Keys", () => {
  let graph: Graph;
  before(async () => {
    graph = await keys(true);
  });

  it("makes three keys with an alias each, and nothing else", () => {
    assert.deepEqual(count(graph), { "aws:kms/key:Key": 3, "aws:kms/alias:Alias": 3, "pynomaly:security:Keys": 1 });
  });

  for (const name of ["keys-data", "keys-logs", "keys-cluster"]) {
    it(`rotates ${name}, protects it and waits 30 days before deleting it`, () => {
      const key = resource(graph, "aws:kms/key:Key", name);
      assert.equal(key.inputs.enableKeyRotation, true);
      assert.equal(key.inputs.deletionWindowInDays, 30);
      assert.equal(key.options.protect, true);
    });

    it(`lets the account administer ${name} through IAM`, () => {
      const [first] = statements(graph, name);
      assert.deepEqual([first?.Principal, first?.Action], [{ AWS: ROOT }, "kms:*"]);
    });

    it(`names no wildcard principal for ${name}`, () => {
      assert.ok(!JSON.stringify(principals(graph, name)).includes('"*"'));
    });
  }

  it("admits nobody but the account to the data key", () => {
    assert.deepEqual(principals(graph, "keys-data"), [{ AWS: ROOT }]);
  });

  it("admits CloudWatch Logs of this region to the logs key, for log groups of this account only", () => {
    const [, logs] = statements(graph, "keys-logs");
    assert.deepEqual(logs?.Principal, { Service: "logs.eu-west-1.amazonaws.com" });
    assert.deepEqual(logs?.Condition, {
      ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:log-group:*" },
    });
  });

  it("lets alarms and budgets publish to a topic encrypted with the logs key", () => {
    const [, , publish] = statements(graph, "keys-logs");
    assert.deepEqual(publish?.Principal, {
      Service: ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"],
    });
    assert.deepEqual(publish?.Action, ["kms:Decrypt", "kms:GenerateDataKey*"]);
  });

  it("lets EC2 Auto Scaling encrypt node disks, and grant the cluster key to AWS resources only", () => {
    const [, encrypt, attach] = statements(graph, "keys-cluster");
    assert.deepEqual([encrypt?.Principal, attach?.Principal], [{ AWS: AUTO_SCALING }, { AWS: AUTO_SCALING }]);
    assert.equal(attach?.Action, "kms:CreateGrant");
    assert.deepEqual(attach?.Condition, { Bool: { "kms:GrantIsForAWSResource": "true" } });
  });

  it("does not protect the keys of a stack without protected data", async () => {
    const unprotected = await keys(false);
    assert.deepEqual(
      unprotected.byType("aws:kms/key:Key").map((key) => key.options.protect ?? false),
      [false, false, false],
    );
  });
});
