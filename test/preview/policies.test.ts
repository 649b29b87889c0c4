import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Registration } from "../../ops/preview/monitor";
import type { PackProcess } from "../../ops/preview/pack-process";
import { evaluatePolicies, type Verdicts } from "../../ops/preview/policies";
import type { PolicyConfig, RuleConfig } from "../../ops/preview/policy-config";
import { recordProgram } from "../../ops/preview/recorder";
import { ToyPacks } from "./toy-pack";

const NO_DNS = `{
  name: "vpc-has-dns", description: "VPCs resolve names", enforcementLevel: "mandatory", severity: "high",
  validateResource: (args, report) => {
    if (args.type === "aws:ec2/vpc:Vpc" && !args.props.enableDnsHostnames) report("no DNS in " + args.name);
  },
}`;

const MENDS_DNS = `{
  name: "vpc-gets-dns", description: "VPCs get DNS", enforcementLevel: "remediate",
  remediateResource: (args) => {
    if (args.type === "aws:ec2/vpc:Vpc") return { ...args.props, enableDnsHostnames: true };
  },
}`;

const READS_UNKNOWN = `{
  name: "subnet-in-known-vpc", description: "Subnets are in a known VPC", enforcementLevel: "mandatory",
  validateResource: (args, report) => {
    if (args.type === "aws:ec2/subnet:Subnet" && args.props.vpcId === "vpc-1") report();
  },
}`;

const SEES_STACK = `{
  name: "stack-as-expected", description: "The stack is as expected", enforcementLevel: "advisory", severity: "low",
  validateStack: (args, report) => {
    const subnet = args.resources.find((r) => r.name === "subnet");
    report(JSON.stringify({
      vpc: subnet.propertyDependencies.vpcId[0].name, parent: subnet.parent.type, protect: subnet.opts.protect,
      region: subnet.provider.props.region, secret: subnet.props.tags.Secret,
    }), subnet.urn);
    report("of nothing in particular", "urn:none");
  },
}`;

describe("policies", () => {
  let packs: ToyPacks;
  let registrations: readonly Registration[];

  before(async () => {
    ({ registrations } = await recordProgram(() => {
      const provider = new aws.Provider("aws", { region: "eu-west-1" });
      const vpc = new aws.ec2.Vpc("vpc", {}, { provider });
      const tags = { Secret: pulumi.secret("plain") };
      new aws.ec2.Subnet("subnet", { vpcId: vpc.id, tags }, { provider, protect: true });
    }));
  });

  beforeEach(() => {
    packs = new ToyPacks();
  });

  afterEach(() => packs.close());

  function evaluate(processes: PackProcess[], config: PolicyConfig = new Map(), deployed = false): Promise<Verdicts> {
    const context = {
      project: "pynomaly-infra",
      stack: "test",
      config,
      configPath: "policy/config/test.json",
      deployed,
    };
    return evaluatePolicies(processes, registrations, context);
  }

  it("reports a violation with its rule, severity, enforcement and resource", async () => {
    const { violations, packs: summaries } = await evaluate([packs.start("toy", `[${NO_DNS}]`)]);
    assert.deepEqual(violations, [
      {
        pack: "toy",
        rule: "vpc-has-dns",
        severity: "high",
        enforcement: "mandatory",
        urn: "urn:pulumi:test::pynomaly-infra::aws:ec2/vpc:Vpc::vpc",
        message: "VPCs resolve names\nno DNS in vpc",
      },
    ]);
    assert.deepEqual(summaries, [{ name: "toy", version: "1.2.3", evaluated: ["vpc-has-dns"], disabled: [] }]);
  });

  it("lets a stack's configuration change the enforcement of all rules or of one", async () => {
    const processes = () => [packs.start("toy", `[${NO_DNS}]`)];
    const advisory = await evaluate(processes(), new Map([["all", { enforcement: "advisory", properties: {} }]]));
    assert.equal(advisory.violations[0]?.enforcement, "advisory");
    await packs.close();
    packs = new ToyPacks();
    const config = new Map<string, RuleConfig>([
      ["all", { enforcement: "advisory", properties: {} }],
      ["vpc-has-dns", { enforcement: "disabled", properties: {} }],
    ]);
    const disabled = await evaluate(processes(), config);
    assert.deepEqual(disabled.violations, []);
    assert.deepEqual(disabled.packs[0]?.disabled, ["vpc-has-dns"]);
  });

  it("refuses configuration of a rule that no pack has", async () => {
    const config = new Map([["vpc-has-dsn", { properties: {} }]]);
    await assert.rejects(evaluate([packs.start("toy", `[${NO_DNS}]`)], config), {
      name: "ConfigurationError",
      message: "policy/config/test.json: vpc-has-dsn: no policy pack has a rule of this name",
    });
  });

  it("hands a rule its defaults as the engine does, and refuses what its schema does not allow or lacks", async () => {
    const schema = `{ properties: { most: { type: "integer", default: 3 }, kind: { enum: ["a", "b"] } }, required: ["kind"] }`;
    const rule = `{ name: "tells", description: "Tells", configSchema: ${schema},
      validateStack: (args, report) => report(JSON.stringify(args.getConfig())) }`;
    const process = packs.start("toy", `[${rule}]`);
    const { violations } = await evaluate([process], new Map([["tells", { properties: { kind: "b" } }]]));
    assert.deepEqual(JSON.parse(violations[0]?.message.split("\n")[1] ?? ""), { most: 3, kind: "b" });
    await assert.rejects(evaluate([process], new Map([["tells", { properties: { kind: "c" } }]])), {
      message: 'policy/config/test.json: tells: kind: found "c"; allowed: {"enum":["a","b"]}',
    });
    await assert.rejects(evaluate([process]), /tells: kind: found nothing; allowed: \{"enum":\["a","b"\]\}/);
  });

  it("mends first: the next pack judges what a remediation made of a resource", async () => {
    const processes = [packs.start("mender", `[${MENDS_DNS}]`), packs.start("toy", `[${NO_DNS}]`)];
    const verdicts = await evaluate(processes);
    const urn = "urn:pulumi:test::pynomaly-infra::aws:ec2/vpc:Vpc::vpc";
    assert.deepEqual(verdicts.violations, []);
    assert.deepEqual(verdicts.remediations, [{ pack: "mender", rule: "vpc-gets-dns", urn }]);
    const mended = verdicts.registrations.find(({ resource }) => resource.urn === urn);
    assert.deepEqual(mended?.resource.inputs, { enableDnsHostnames: true });
  });

  it("mends nothing in a stack that runs already", async () => {
    const processes = [packs.start("mender", `[${MENDS_DNS}]`), packs.start("toy", `[${NO_DNS}]`)];
    const { violations, remediations } = await evaluate(processes, new Map(), true);
    assert.deepEqual(remediations, []);
    assert.equal(violations[0]?.rule, "vpc-has-dns");
  });

  it("says that a rule which needs an unknown value is undecided, as advice", async () => {
    const { violations } = await evaluate([packs.start("toy", `[${READS_UNKNOWN}]`)]);
    assert.equal(violations[0]?.enforcement, "advisory");
    assert.match(violations[0]?.message ?? "", /can't run policy 'subnet-in-known-vpc'.*vpcId can't be known/);
  });

  it("shows a stack rule dependencies, parents, options, providers and plain values; of nothing means the stack", async () => {
    const { violations } = await evaluate([packs.start("toy", `[${SEES_STACK}]`)]);
    const [seen, unplaced] = [...violations].sort((a, b) =>
      a.message.includes("{") ? -1 : b.message.includes("{") ? 1 : 0,
    );
    assert.deepEqual(JSON.parse(seen?.message.split("\n")[1] ?? ""), {
      vpc: "vpc",
      parent: "pulumi:pulumi:Stack",
      protect: true,
      region: "eu-west-1",
      secret: "plain",
    });
    assert.match(seen?.urn ?? "", /::subnet$/);
    assert.match(unplaced?.urn ?? "", /::pulumi:pulumi:Stack::/);
  });

  it("fails with the pack and the rule when a rule throws", async () => {
    const throwing = `[{ name: "throws", description: "", validateResource: () => { throw new Error("kaput"); } }]`;
    await assert.rejects(evaluate([packs.start("toy", throwing)]), {
      name: "PolicyPackError",
      message:
        "policy pack toy failed: Error validating resource with policy 'throws' from policy pack 'toy@v1.2.3': Error: kaput",
    });
  });

  it("fails when a pack does not start, saying why", async () => {
    await assert.rejects(evaluate([packs.start("toy", "[]", `throw new Error("no way");`)]), {
      name: "PolicyPackError",
      message: "policy pack toy did not start: Error: no way",
    });
    await assert.rejects(
      evaluate([packs.start("malformed", "[]", "const x: = 1;")]),
      /malformed did not start: Error: Transform failed with 1 error: .*\/malformed\/index\.ts:2:\d+: ERROR: Unexpected/,
    );
  });

  it("fails when a pack ends in the middle", async () => {
    const leaving = `[{ name: "leaves", description: "", validateResource: () => process.exit(7) }]`;
    await assert.rejects(evaluate([packs.start("toy", leaving)]), /policy pack toy failed: its process ended/);
  });

  it("ends a pack that is stuck", async () => {
    const stuck = packs.start("toy", "[]", "for (;;) {}");
    await stuck.stop();
    await assert.rejects(stuck.port, /did not start: it ended with SIGKILL/);
  });
});
