import assert from "node:assert/strict";
import { isTypeKnown, replaces } from "../../ops/diff/replacements";
import { production } from "./fixture";

describe("replacements", function () {
  this.timeout(60_000);

  it("are known of every type that the stack has (a new one: ops/diff/data/generate.ts says how)", async () => {
    const types = new Set((await production()).resources.filter(({ custom }) => custom).map(({ type }) => type));
    const unknown = [...types].filter((type) => !isTypeKnown(type) && !/^(pulumi|docker):/.test(type));
    assert.deepEqual(unknown, []);
  });

  it("are those that AWS's and Kubernetes' own documents name", () => {
    const instance = "aws:rds/instance:Instance";
    assert.equal(replaces(instance, ["storageEncrypted"], true, false), true);
    assert.equal(replaces(instance, ["kmsKeyId"], "a", "b"), true);
    assert.equal(replaces(instance, ["instanceClass"], "a", "b"), false);
    assert.equal(replaces("aws:ec2/subnet:Subnet", ["cidrBlock"], "a", "b"), true);
    assert.equal(replaces("aws:eks/nodeGroup:NodeGroup", ["instanceTypes", "0"], "a", "b"), true);
    assert.equal(replaces("aws:eks/nodeGroup:NodeGroup", ["scalingConfig", "maxSize"], 3, 6), false);
    assert.equal(replaces("aws:eks/nodeGroup:NodeGroup", ["launchTemplate"], undefined, { id: "lt" }), true);
    assert.equal(replaces("kubernetes:apps/v1:Deployment", ["spec", "selector", "matchLabels", "app"], "a", "b"), true);
    assert.equal(replaces("kubernetes:apps/v1:Deployment", ["spec", "replicas"], 1, 2), false);
    assert.equal(replaces("kubernetes:core/v1:Service", ["metadata", "namespace"], "a", "b"), true);
  });

  it("are not what the cloud keeps when it is no longer given; a name is", () => {
    assert.equal(replaces("aws:rds/instance:Instance", ["availabilityZone"], "us-east-1a", undefined), false);
    assert.equal(replaces("aws:kms/alias:Alias", ["name"], "alias/a", undefined), true);
  });
});
