import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { record } from "../support/record";

class Pair extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:test:Pair", name, { size: 2 }, opts);
    const vpc = new aws.ec2.Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16" }, { parent: this });
    new aws.ec2.Subnet(`${name}-subnet`, { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" }, { parent: this });
    this.registerOutputs({ vpcId: vpc.id });
  }
}

class Outer extends pulumi.ComponentResource {
  constructor(name: string) {
    super("pynomaly:test:Outer", name, {});
    new Pair(`${name}-pair`, { parent: this });
    this.registerOutputs({});
  }
}

describe("recorder", () => {
  it("toy", async () => {
    const g = await record(() => {
      const o = new Outer("o");
      const pw = new random.RandomPassword("pw", { length: 12 });
      new aws.secretsmanager.SecretVersion(
        "sv",
        { secretId: "x", secretString: pw.result },
        { protect: true, dependsOn: o },
      );
      new aws.secretsmanager.SecretVersion("sv2", { secretId: "x", secretString: pulumi.secret("hunter22") });
      return { a: 1, pw: pw.result, o: pulumi.interpolate`x-${pw.id}` };
    });
    console.log(JSON.stringify(g, null, 1));
    assert.ok(g);
  });
  it("err", async () => {
    await assert.rejects(
      record(
        () => {
          new aws.ec2.Vpc("v", { cidrBlock: "1" }, { provider: new aws.Provider("p") });
          new aws.ec2.Vpc("w");
          void aws.getRegion({});
          new random.RandomId("i", { byteLength: 2 });
        },
        { disabledDefaultProviders: ["aws", "random"] },
      ),
      (e: Error) => {
        console.log(e.message);
        return true;
      },
    );
  });
});
