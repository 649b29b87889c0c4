import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { recordProgram } from "../../ops/preview/recorder";
import { record } from "../support/record";

const PLAIN_TEXT = "correct-horse-battery-staple";

class Pair extends pulumi.ComponentResource {
  readonly vpc: aws.ec2.Vpc;

  constructor(name: string, args: object = {}, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:test:Pair", name, args, opts);
    this.vpc = new aws.ec2.Vpc(`${name}-vpc`, { cidrBlock: "10.0.0.0/16" }, { parent: this });
    new aws.ec2.Subnet(`${name}-subnet`, { vpcId: this.vpc.id, cidrBlock: "10.0.0.0/24" }, { parent: this });
    this.registerOutputs({ vpcId: this.vpc.id });
  }
}

class Outer extends pulumi.ComponentResource {
  constructor(name: string) {
    super("pynomaly:test:Outer", name);
    new Pair(`${name}-pair`, {}, { parent: this });
    this.registerOutputs({});
  }
}

describe("recorder", () => {
  it("shows what a provider would compute as unknown, and what the program says as it is", async () => {
    const graph = await record(() => new Pair("pair"));
    assert.deepEqual(graph.byName("pair-subnet").inputs, { cidrBlock: "10.0.0.0/24", vpcId: "[unknown]" });
  });

  it("shows the name that Kubernetes' provider gives as unknown, and one that the program gives as it is", async () => {
    const graph = await record(() => {
      const auto = new k8s.core.v1.ConfigMap("auto", { metadata: { namespace: "n" } });
      const bare = new k8s.core.v1.ConfigMap("bare", {});
      const named = new k8s.core.v1.ConfigMap("named", { metadata: { name: "given" } });
      new k8s.core.v1.ConfigMap("reader", {
        data: { auto: auto.metadata.name, bare: bare.metadata.name, named: named.metadata.name },
      });
    });
    const { data } = graph.byName("reader").inputs;
    assert.deepEqual(data, { auto: "[unknown]", bare: "[unknown]", named: "given" });
  });

  it("names resources by the types of all their parents, as the engine does", async () => {
    const graph = await record(() => {
      new Outer("outer");
    });
    const chain = "urn:pulumi:test::pynomaly-infra::pynomaly:test:Outer$pynomaly:test:Pair";
    const subnet = graph.byName("outer-pair-subnet");
    assert.equal(subnet.urn, `${chain}$aws:ec2/subnet:Subnet::outer-pair-subnet`);
    assert.equal(subnet.parent, `${chain}::outer-pair`);
    assert.equal(graph.byName("outer").parent, graph.stack);
    assert.equal(graph.resources.length, 4);
  });

  it("says where each input comes from", async () => {
    const graph = await record(() => new Pair("pair"));
    const vpc = graph.byName("pair-vpc").urn;
    assert.deepEqual(graph.byName("pair-subnet").propertyDependencies, { vpcId: [vpc] });
    assert.deepEqual(graph.byName("pair-subnet").options.dependsOn, [vpc]);
  });

  it("keeps the options of a registration", async () => {
    const graph = await record(() => {
      const first = new aws.ec2.Vpc("first", {});
      new aws.ec2.Vpc(
        "second",
        {},
        {
          protect: true,
          ignoreChanges: ["tags"],
          dependsOn: first,
          aliases: [{ name: "earlier" }],
          retainOnDelete: true,
          deletedWith: first,
          deleteBeforeReplace: true,
          additionalSecretOutputs: ["arn"],
          customTimeouts: { create: "30m" },
          replaceOnChanges: ["cidrBlock"],
          version: "7.0.0",
        },
      );
    });
    const urn = (name: string) => `urn:pulumi:test::pynomaly-infra::aws:ec2/vpc:Vpc::${name}`;
    assert.deepEqual(graph.byName("second").options, {
      protect: true,
      ignoreChanges: ["tags"],
      dependsOn: [urn("first")],
      aliases: [urn("earlier")],
      retainOnDelete: true,
      deletedWith: urn("first"),
      deleteBeforeReplace: true,
      additionalSecretOutputs: ["arn"],
      customTimeouts: { create: "30m" },
      replaceOnChanges: ["cidrBlock"],
      version: "7.0.0",
    });
  });

  it("never hands out a secret in plain text, in inputs, components or outputs", async () => {
    const graph = await record(
      () => {
        const secret = new pulumi.Config("pynomaly-infra").requireSecret("password");
        new Pair("pair", { secret, nested: [{ secret }] });
        new aws.secretsmanager.SecretVersion("version", { secretId: "id", secretString: secret });
        return { secret, text: pulumi.interpolate`password: ${secret}` };
      },
      { config: { "pynomaly-infra:password": PLAIN_TEXT }, secretKeys: ["pynomaly-infra:password"] },
    );
    assert.ok(!JSON.stringify(graph).includes(PLAIN_TEXT));
    assert.equal(graph.byName("version").inputs.secretString, "[secret]");
    assert.deepEqual(graph.byName("pair").inputs, { nested: [{ secret: "[secret]" }], secret: "[secret]" });
    assert.deepEqual(graph.outputs, { secret: "[secret]", text: "[secret]" });
  });

  it("shows policies the plain text, and identifiers in place of references to resources", async () => {
    const { registrations } = await recordProgram(() => {
      const vpc = new aws.ec2.Vpc("vpc", {});
      new Pair("pair", { secret: pulumi.secret(PLAIN_TEXT), vpc });
    });
    const pair = registrations.find(({ resource }) => resource.name === "pair");
    const inputs = pair?.inputs.toJavaScript() as Record<string, { value?: unknown }>;
    assert.equal(inputs.secret?.value, PLAIN_TEXT);
    assert.equal(inputs.vpc, pulumi.runtime.unknownValue);
    assert.match(JSON.stringify(pair?.resource.inputs.vpc), /Vpc::vpc/);
  });

  it("names the provider of each resource", async () => {
    const graph = await record(() => {
      const provider = new aws.Provider("given", { region: "eu-west-1" });
      new Pair("pair", {}, { providers: [provider] });
    });
    assert.equal(graph.byName("pair-vpc").provider, graph.byName("given").urn);
  });

  it("refuses a resource without a provider where default providers are disabled, naming all of them", async () => {
    const program = () => {
      new aws.ec2.Vpc("forgotten");
      new random.RandomId("also-forgotten", { byteLength: 2 });
      new aws.ec2.Vpc("remembered", {}, { provider: new aws.Provider("given") });
    };
    await assert.rejects(record(program, { disabledDefaultProviders: ["aws", "random"] }), (error: Error) => {
      assert.match(error.message, /forgotten \[aws:ec2\/vpc:Vpc\]: it has no explicit provider/);
      assert.match(error.message, /also-forgotten \[random:/);
      assert.doesNotMatch(error.message, /remembered/);
      return true;
    });
    await assert.rejects(record(program, { disabledDefaultProviders: ["*"] }), /forgotten/);
    assert.equal((await record(program)).resources.length, 4);
  });

  it("refuses a provider function by its name", async () => {
    await assert.rejects(
      record(() => {
        new aws.ec2.Vpc("vpc", { cidrBlock: aws.getRegionOutput().name });
      }),
      /provider function aws:index\/getRegion:getRegion, which needs a cloud/,
    );
  });

  it("lists a provider function that the program called and forgave", async () => {
    const graph = await record(async () => {
      await aws.getRegion().catch(() => undefined);
    });
    assert.deepEqual(graph.invokes, ["aws:index/getRegion:getRegion"]);
  });

  it("refuses to read an existing resource, and two resources of one name", async () => {
    await assert.rejects(
      record(() => void aws.ec2.Vpc.get("known", "vpc-1")),
      /reads an existing aws:ec2\/vpc:Vpc/,
    );
    await assert.rejects(
      record(() => {
        new aws.ec2.Vpc("twin");
        new aws.ec2.Vpc("twin");
      }),
      /two resources with the URN .*::twin/,
    );
  });

  it("rejects with the error that the program threw, be it at once or in a promise nobody awaits", async () => {
    const broken = new Error("broken");
    const throwing = () => {
      throw broken;
    };
    const forgetting = () => {
      void Promise.reject(broken);
    };
    await assert.rejects(record(throwing), broken);
    await assert.rejects(record(forgetting), broken);
    await assert.rejects(
      record(() => ({ output: pulumi.output(1).apply(throwing) })),
      broken,
    );
    await assert.rejects(
      record(() => void setImmediate(throwing)),
      broken,
    );
  });

  it("does not let the program end the process", async () => {
    await assert.rejects(
      record(() => process.exit(0)),
      /the program called process\.exit\(0\)/,
    );
    assert.match(process.exit.toString(), /function exit/);
  });

  it("gives up on a program that loops, or that waits for what never comes", async () => {
    const looping = () => {
      for (;;);
    };
    const waiting = () => new Promise(() => undefined);
    await assert.rejects(record(looping, { timeoutMs: 100 }), /the program did not finish within 0\.1 s/);
    await assert.rejects(record(waiting, { timeoutMs: 100 }), /the program did not finish within 0\.1 s/);
    assert.equal((await record(() => void new Pair("pair"))).resources.length, 3);
  });

  it("waits for resources that are registered later", async () => {
    const graph = await record(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      pulumi.output("late").apply((name) => new aws.ec2.Vpc(name));
    });
    assert.equal(graph.byName("late").type, "aws:ec2/vpc:Vpc");
  });

  it("looks resources up by name and type, and says what there is when it finds none", async () => {
    const graph = await record(() => new Pair("pair"));
    assert.deepEqual(
      graph.byType("aws:ec2/vpc:Vpc").map(({ name }) => name),
      ["pair-vpc"],
    );
    assert.throws(() => graph.byName("pear"), /no resource is named "pear"; there are: pair, pair-subnet, pair-vpc/);
    assert.deepEqual(
      graph.childrenOf(graph.byName("pair").urn).map(({ name }) => name),
      ["pair-subnet", "pair-vpc"],
    );
  });
});
