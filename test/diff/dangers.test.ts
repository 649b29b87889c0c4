import assert from "node:assert/strict";
import { dangers } from "../../ops/diff/dangers";
import { diffGraphs } from "../../ops/diff/graph-diff";
import type { Side } from "../../ops/diff/side";
import { production as stackOf } from "../ops/checklist/subject";
import { type Editable, edited, loud, named, production } from "./fixture";

type Edit = (resources: Editable[]) => Editable[] | undefined;

const set =
  (name: string, type: string, inputs: Record<string, unknown>): Edit =>
  (all) => {
    Object.assign(named(all, name, type).inputs, inputs);
    return undefined;
  };

const option =
  (name: string, type: string, options: Partial<Editable["options"]>): Edit =>
  (all) => {
    Object.assign(named(all, name, type).options, options);
    return undefined;
  };

const without =
  (name: string, type = ""): Edit =>
  (all) =>
    all.filter((resource) => resource !== named(all, name, type));

/** Other containers for the nightly analysis, in place of that of a replica. */
const inPlaceOfReplica =
  (replace: (container: Named) => Named[]): Edit =>
  (all) => {
    const { inputs } = named(all, "api-maintenance-analyze", "CronJob");
    const pod = (inputs.spec as CronJobSpec).jobTemplate.spec.template.spec;
    pod.containers = pod.containers.flatMap((each) => (each.name === "replica-c" ? replace(each) : [each]));
    return undefined;
  };

interface Named {
  readonly name: string;
  readonly securityContext?: object;
}

interface CronJobSpec {
  jobTemplate: { spec: { template: { spec: { containers: Named[] } } } };
}

/** What a person must not overlook, by what is done to production. */
const LOUD: readonly (readonly [what: string, edit: Edit, line: RegExp])[] = [
  [
    "another database class",
    set("database-writer", "Instance", { instanceClass: "db.r7g.xlarge" }),
    /would be interrupted: instanceClass db\.m7g\.xlarge → db\.r7g\.xlarge; .*maintenance window: a failover/,
  ],
  [
    "another cache node type",
    set("cache", "ReplicationGroup", { nodeType: "cache.m7g.xlarge" }),
    /would be interrupted: nodeType .*connections drop at the failover/,
  ],
  [
    "another EKS version",
    set("cluster-eks", "Cluster", { version: "1.36" }),
    /would be interrupted: version 1\.35 → 1\.36; .*cannot be undone/,
  ],
  ["no standby", set("database-writer", "Instance", { multiAz: false }), /multiAz true → false; without a standby/],
  [
    "a public database",
    set("database-writer", "Instance", { publiclyAccessible: true }),
    /can be reached from the internet/,
  ],
  [
    "shorter backups",
    set("database-writer", "Instance", { backupRetentionPeriod: 1 }),
    /backups are kept for a shorter time/,
  ],
  [
    "deletion protection off",
    set("edge-lb", "LoadBalancer", { enableDeletionProtection: false }),
    /deletion protection is off/,
  ],
  [
    "protect lifted",
    option("database-writer", "rds/instance", { protect: false }),
    /no longer protected from deletion/,
  ],
  ["a key that does not rotate", set("keys-data", "Key", { enableKeyRotation: false }), /no longer rotates/],
  [
    "the Kubernetes API for all",
    set("cluster-eks", "Cluster", { vpcConfig: { endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] } }),
    /lets 0\.0\.0\.0\/0 in: vpcConfig\.publicAccessCidrs/,
  ],
  [
    "another source of a rule",
    set("network-endpoints-from-vpc", "IngressRule", { cidrIpv4: "10.0.0.0/8" }),
    /allows tcp 443 from 10\.0\.0\.0\/8/,
  ],
  [
    "more ports of a rule",
    set("cache-from-nodes", "IngressRule", { fromPort: 0, toPort: 65535 }),
    /allows tcp 0-65535 from cluster-nodes/,
  ],
  [
    "buckets open to the public",
    set("edge-logs-public-access", "", { blockPublicAcls: false }),
    /public access is no longer blocked/,
  ],
  ["no firewall", without("edge-waf-on-lb"), /is deleted: no firewall stands before/],
  [
    "a wildcard in a policy",
    (all) => {
      const role = all.find(
        ({ type, inputs }) => type === "aws:iam/rolePolicy:RolePolicy" && String(inputs.policy).startsWith("{"),
      );
      if (role === undefined) throw new Error("no policy");
      const policy = JSON.parse(String(role.inputs.policy));
      policy.Statement.push({ Effect: "Allow", Action: "s3:*", Resource: "*" });
      role.inputs.policy = JSON.stringify(policy);
      return undefined;
    },
    /allows s3:\* on \*/,
  ],
  [
    "a container in the place of one that had to keep its rules",
    inPlaceOfReplica((container) => [{ ...container, name: "other", securityContext: {} }]),
    /may run as root: .*replica-c/,
  ],
];

const QUIET: readonly (readonly [what: string, edit: Edit])[] = [
  ["more storage", set("database-writer", "Instance", { allocatedStorage: 500 })],
  ["longer backups", set("database-writer", "Instance", { backupRetentionPeriod: 35 })],
  ["a narrower source", set("network-endpoints-from-vpc", "IngressRule", { cidrIpv4: "10.0.0.0/20" })],
  ["a container that goes", inPlaceOfReplica(() => [])],
  ["fewer ports", set("edge-lb-backend-in", "IngressRule", { description: "the same" })],
];

describe("loud lines", function () {
  this.timeout(120_000);

  for (const [what, edit, line] of LOUD) {
    it(`there is one for ${what}`, async () => {
      const found = await loud(edit);
      assert.ok(
        found.some((danger) => danger.level === "warning" && line.test(danger.what)),
        JSON.stringify(found, null, 1),
      );
    });
  }

  for (const [what, edit] of QUIET) {
    it(`there is none for ${what}`, async () => assert.deepEqual(await loud(edit), []));
  }

  it("the addresses of a load test are said, one by one, and that the firewall's rate does not count them; not that they go", async () => {
    const configured = async (loadTestAddresses: readonly string[]) => {
      const { graph } = await stackOf({ loadTestAddresses: JSON.stringify(loadTestAddresses) });
      return { ...(await production()), resources: graph.resources };
    };
    const none = await production();
    const one = await configured(["203.0.113.7/32"]);
    const more = await configured(["203.0.113.0/24", "198.51.100.9/32"]);
    const said = (before: Side, after: Side) =>
      dangers(diffGraphs(before, after).changes).map(({ names: [name], what }) => `${name}: ${what}`);
    assert.deepEqual(said(none, one), [
      "edge-waf-load-test-ipv4: the firewall's rate does not count 203.0.113.7/32",
      "edge-waf: the firewall's rate does not count every request: rules.api-rate.statement.rateBasedStatement.scopeDownStatement",
    ]);
    assert.deepEqual(said(one, more), [
      "edge-waf-load-test-ipv4: the firewall's rate does not count 203.0.113.0/24",
      "edge-waf-load-test-ipv4: the firewall's rate does not count 198.51.100.9/32",
    ]);
    assert.deepEqual(said(more, more), []);
    assert.deepEqual(said(more, none), []);
  });

  it("a static parameter says that it waits for a reboot; a dynamic one does not", async () => {
    const parameter = (name: string, value: string, method: { applyMethod?: string } = {}) =>
      loud((all) => {
        const group = named(all, "database-writer", "ParameterGroup");
        const parameters = group.inputs.parameters as { name: string }[];
        group.inputs.parameters = parameters.map((each) => (each.name === name ? { ...each, value, ...method } : each));
        return undefined;
      });
    assert.match((await parameter("shared_buffers", "1"))[0]?.what ?? "", /^would need a reboot: .*shared_buffers/);
    assert.deepEqual(await parameter("work_mem", "1"), []);
    // From RDS's own value, which waits, to another, which does not.
    assert.deepEqual(await parameter("track_io_timing", "0", { applyMethod: "immediate" }), []);
  });

  it("refuses to replace or to delete what is protected, and says how to get on", async () => {
    const [replaced, ...others] = await loud(set("database-writer", "Instance", { storageEncrypted: false }));
    assert.deepEqual([replaced?.level, replaced?.names], ["refused", ["database-writer"]]);
    assert.match(
      replaced?.what ?? "",
      /would be replaced for storageEncrypted true → false, and is protected: its databases are lost/,
    );
    assert.match(replaced?.wayOut ?? "", /undo storageEncrypted.*deploy it with `protect: false`/);
    assert.ok(others.some(({ what }) => /no longer encrypted/.test(what)));
    const deleted = (await loud(without("keys-data", "Key"))).find(({ names }) => names.includes("keys-data"));
    assert.deepEqual(
      [deleted?.level, /^would be deleted, and is protected/.test(deleted?.what ?? "")],
      ["refused", true],
    );
  });

  it("refuses the loss of data that nothing keeps, protected or not, and warns where something does", async () => {
    const unprotected =
      (inputs: Record<string, unknown>, options: Editable["options"] = { dependsOn: [] }): Edit =>
      (all) => {
        const writer = named(all, "database-writer", "Instance");
        Object.assign(writer.inputs, inputs);
        writer.options = { ...options, protect: false };
        return undefined;
      };
    const remove = async (before: Edit) => {
      const after = await edited((all) => {
        before(all);
        return without("database-writer", "Instance")(all);
      });
      return dangers(diffGraphs(await edited(before), after).changes)[0];
    };
    const lost = await remove(unprotected({ skipFinalSnapshot: true }));
    assert.equal(lost?.level, "refused");
    assert.match(lost?.wayOut ?? "", /`skipFinalSnapshot: false`/);
    const kept = await remove(unprotected({ skipFinalSnapshot: false }));
    assert.deepEqual([kept?.level, /a final snapshot keeps them/.test(kept?.what ?? "")], ["warning", true]);
    const forgotten = await remove(unprotected({ skipFinalSnapshot: true }, { dependsOn: [], retainOnDelete: true }));
    assert.deepEqual([forgotten?.level, /stays in the account/.test(forgotten?.what ?? "")], ["warning", true]);
  });

  it("offers an alias when the same type is added under another name", async () => {
    const [refused] = await loud((all) => {
      const writer = named(all, "database-writer", "Instance");
      writer.name = "database-primary";
      writer.urn = writer.urn.replace(/database-writer$/, "database-primary");
      return undefined;
    });
    assert.match(
      refused?.wayOut ?? "",
      /if database-primary is its new name, give that `aliases: \[\{ name: "database-writer" \}\]`/,
    );
  });
});
