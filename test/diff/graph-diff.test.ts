import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { diffGraphs } from "../../ops/diff/graph-diff";
import type { Side } from "../../ops/diff/side";
import { recordProgram } from "../../ops/preview/recorder";
import { digestSecrets } from "../../ops/preview/secrets";
import { changeOf, difference, edited, named, production } from "./fixture";

/** A program as one side of a comparison. */
async function side(program: () => unknown): Promise<Side> {
  const { graph, registrations } = await recordProgram(program);
  return { resources: graph.resources, settings: {}, secrets: digestSecrets(registrations, "key") };
}

const urn = (type: string, name: string) => `urn:pulumi:test::pynomaly-infra::${type}::${name}`;

describe("graph diff", function () {
  this.timeout(60_000);

  it("finds nothing between a stack and itself", async () => {
    const { changes, unchanged } = diffGraphs(await production(), await production());
    assert.deepEqual(changes, []);
    assert.equal(unchanged, (await production()).resources.length);
  });

  it("shows an added and a deleted resource, with the components that they are in", async () => {
    const diff = await difference((resources) =>
      resources.filter(({ name }) => name !== "cluster-eks" && name !== "edge-lb"),
    );
    assert.deepEqual(
      diff.changes.filter(({ kind }) => kind === "deleted").map(({ name, components }) => [components, name]),
      [
        [["cluster"], "cluster-eks"],
        [["edge"], "edge-lb"],
      ],
    );
    const back = diffGraphs(await edited((all) => all.filter(({ name }) => name !== "edge-lb")), await production());
    assert.deepEqual(
      back.changes.filter(({ kind }) => kind === "added").map(({ name }) => name),
      ["edge-lb"],
    );
  });

  it("shows a change in place by the path, before and after", async () => {
    const diff = await difference((all) => {
      named(all, "database-writer", "Instance").inputs.allocatedStorage = 500;
    });
    const { kind, properties } = changeOf(diff, "database-writer", "Instance");
    assert.equal(kind, "changed");
    assert.deepEqual(properties, [{ path: ["allocatedStorage"], before: 400, after: 500, effect: "none" }]);
  });

  it("knows what the provider can only replace, and what follows from that", async () => {
    const diff = await difference((all) => {
      named(all, "network-vpc").inputs.cidrBlock = "10.1.0.0/16";
    });
    assert.equal(changeOf(diff, "network-vpc").kind, "replaced");
    const subnets = diff.changes.filter(({ type }) => type === "aws:ec2/subnet:Subnet");
    assert.ok(subnets.length > 0 && subnets.every(({ kind }) => kind === "replaced"));
    const followed = subnets[0]?.properties.find(({ path }) => path[0] === "vpcId");
    assert.deepEqual(followed, {
      path: ["vpcId"],
      before: "[from network-vpc]",
      after: "[from network-vpc]",
      effect: "replace",
      why: "network-vpc is replaced",
    });
    // The database is moved to the new subnets in place, and stays.
    assert.notEqual(diff.changes.find(({ name }) => name === "database-writer")?.kind, "replaced");
  });

  it("knows the inputs that replace inside a list or a block, and those that a cloud keeps when they are dropped", async () => {
    const kinds = async (name: string, type: string, edit: (inputs: Record<string, unknown>) => void) =>
      changeOf(await difference((all) => void edit(named(all, name, type).inputs)), name, type).kind;
    assert.equal(
      await kinds("image-repository", "Repository", (inputs) => {
        inputs.encryptionConfigurations = [{ encryptionType: "AES256" }];
      }),
      "replaced",
    );
    assert.equal(
      await kinds("database-replica-b", "Instance", (inputs) => {
        inputs.availabilityZone = "us-east-1c";
      }),
      "replaced",
    );
    assert.equal(
      await kinds("database-replica-b", "Instance", (inputs) => {
        delete inputs.availabilityZone;
      }),
      "changed",
    );
    assert.equal(
      await kinds("cache", "ReplicationGroup", (inputs) => {
        inputs.engineVersion = "6.2";
      }),
      "replaced",
    );
  });

  it("leaves out what the resource ignores, and replaces for what it says", async () => {
    const ignored = await difference((all) => {
      named(all, "database-writer", "Instance").inputs.availabilityZone = "us-east-1c";
    });
    assert.deepEqual(ignored.changes, []);
    const asked = await difference((all) => {
      const writer = named(all, "database-writer", "Instance");
      writer.options.replaceOnChanges = ["allocatedStorage"];
      writer.inputs.allocatedStorage = 500;
    });
    assert.equal(changeOf(asked, "database-writer", "Instance").kind, "replaced");
  });

  it("compares policies and dashboards by what they say, whatever the order of keys", async () => {
    const policyOf = (all: Parameters<typeof named>[0]) =>
      all.find(
        ({ type, inputs }) =>
          type === "aws:iam/rolePolicy:RolePolicy" &&
          typeof inputs.policy === "string" &&
          inputs.policy.startsWith("{"),
      );
    const diff = await difference((all) => {
      const policy = policyOf(all);
      assert.ok(policy);
      const document = JSON.parse(policy.inputs.policy as string);
      const [first, ...others] = document.Statement;
      policy.inputs.policy = JSON.stringify({
        Statement: [{ ...first, Action: [...[first.Action].flat(), "s3:GetObject"] }, ...others],
        Version: document.Version,
      });
    });
    const [{ properties = [] } = {}] = diff.changes;
    assert.deepEqual(
      properties.map(({ path, before, after }) => [path.slice(0, 2), before, after]),
      [[["policy", "Statement"], undefined, "s3:GetObject"]],
    );
  });

  it("shows elements of a list by their names, added and removed ones alone", async () => {
    const diff = await difference((all) => {
      const group = named(all, "database-writer", "ParameterGroup");
      const parameters = group.inputs.parameters as { name: string; value: string }[];
      group.inputs.parameters = [
        { name: "jit", value: "0", applyMethod: "immediate" },
        ...parameters.filter(({ name }) => name !== "jit" && name !== "work_mem"),
      ];
    });
    const paths = changeOf(diff, "database-writer", "ParameterGroup").properties.map(({ path }) =>
      path.slice(0, 2).join("."),
    );
    assert.ok(paths.includes("parameters.work_mem"));
    assert.ok(
      paths.every((path) => path === "parameters.work_mem" || path === "parameters.jit"),
      paths.join(),
    );
  });

  it("tells a value that is known only after a deployment by where it comes from", async () => {
    const diff = await difference((all) => {
      const rule = named(all, "cache-from-nodes", "securityGroupIngressRule");
      rule.propertyDependencies = {
        ...rule.propertyDependencies,
        referencedSecurityGroupId: [named(all, "edge-lb-sg").urn],
      };
    });
    const [property] = changeOf(diff, "cache-from-nodes").properties;
    assert.match(String(property?.before), /^\[from cluster-.*nodes.*\]$/);
    assert.equal(property?.after, "[from edge-lb-sg]");
  });

  it("takes a rename by an alias for a rename, of a component with all its parts", async () => {
    class Holder extends pulumi.ComponentResource {
      constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("pynomaly:test:Holder", name, {}, opts);
        new random.RandomPassword(`${name}-password`, { length: 20 }, { parent: this });
        new random.RandomPassword("fixed", { length: 20 }, { parent: this });
      }
    }
    const before = await side(() => void new Holder("old"));
    const after = await side(() => void new Holder("new", { aliases: [{ name: "old" }] }));
    const { changes } = diffGraphs(before, after);
    assert.deepEqual(
      changes.map(({ kind, name, renamedFrom }) => [kind, name, renamedFrom?.split("::").at(-1)]),
      [
        ["renamed", "new", "old"],
        ["renamed", "new-password", "old-password"],
      ],
    );
    const without = diffGraphs(before, await side(() => void new Holder("new")));
    assert.deepEqual(without.changes.map(({ kind }) => kind).sort(), ["added", "added", "deleted", "deleted"]);
  });

  it("says that a secret changed, and nothing more", async () => {
    const program = (secret: string) => () =>
      void new random.RandomPassword("p", { length: 8, keepers: { k: pulumi.secret(secret) } });
    const [a, b, same] = await Promise.all([side(program("hunter-2"))]).then(async ([first]) => [
      first,
      await side(program("swordfish")),
      await side(program("hunter-2")),
    ]);
    assert.ok(a && b && same);
    assert.deepEqual(diffGraphs(a, same).changes, []);
    const text = JSON.stringify(diffGraphs(a, b));
    assert.match(text, /"before":"\[secret\]","after":"\[secret\]"/);
    assert.doesNotMatch(text + JSON.stringify([a.secrets, b.secrets]), /hunter|swordfish/);
    assert.equal(diffGraphs(a, b).changes[0]?.urn, urn("random:index/randomPassword:RandomPassword", "p"));
  });

  it("says once that a provider has another version", async () => {
    const diff = await difference((all) => {
      for (const { type, options } of all) if (type.startsWith("aws:")) options.version = "7.99.0";
    });
    assert.deepEqual(diff.changes, []);
    assert.deepEqual(
      diff.versions.map(({ provider, after }) => [provider, after]),
      [["aws", "7.99.0"]],
    );
  });

  it("rolls the nodes when their launch template changes, and the pods when their template does", async () => {
    const diff = await difference((all) => {
      const template = all.find(({ type }) => type === "aws:ec2/launchTemplate:LaunchTemplate");
      assert.ok(template);
      template.inputs.description = "another";
      named(all, "api-deployment").inputs.spec = {
        ...(named(all, "api-deployment").inputs.spec as object),
        template: {},
      };
    });
    assert.equal(changeOf(diff, "api-deployment").effect, "roll");
    assert.equal(
      diff.changes.filter(({ type, effect }) => type === "aws:eks/nodeGroup:NodeGroup" && effect === "roll").length,
      1,
    );
  });
});
