import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment } from "@pulumi/pulumi/automation";
import { deployedProduction } from "./deployed";
import { type Engine, startEngine } from "./engine";
import {
  differences,
  judgeOffline,
  type OfflinePreview,
  previewDifferences,
  previewOffline,
  type StateResource,
  stateResources,
} from "./offline";
import { steps } from "./steps";
import { type Judged, judged, mandatory } from "./verdicts";

/** The types whose loss no second deployment makes good. */
const HOLDS_DATA: ReadonlySet<string> = new Set([
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
]);

// One deployment, looked at in several steps: each needs the one before, and mocha stops at the first failure.
describe("the production stack on Pulumi's engine", () => {
  let engine: Engine;
  let preview: Judged;
  let state: Deployment;
  let offline: OfflinePreview;

  it("is compiled, type-checked and previewed as pulumi does it, both packs loaded and no rule broken", async () => {
    const undeployed = await startEngine("prod", { typeCheck: true });
    try {
      preview = await judged(undeployed);
      assert.deepEqual(undeployed.provider.calls, []);
    } finally {
      await undeployed.close();
    }
    assert.deepEqual(mandatory(preview.verdicts), []);
    assert.deepEqual(preview.packs.toSorted(), ["pynomaly-resources", "pynomaly-security"]);
  });

  it("is previewed offline as the engine previews it: resources, inputs, and what is not known yet", async () => {
    offline = await previewOffline("prod");
    const planned = steps(preview.events);
    assert.deepEqual(new Set([...planned.values()].map(({ op }) => op)), new Set(["create"]));
    assert.deepEqual(offline.resources.map(({ urn }) => urn).sort(), [...planned.keys()].sort());
    assert.deepEqual(
      offline.resources.flatMap((resource) => previewDifferences(resource, planned.get(resource.urn)?.new)),
      [],
    );
  });

  it("deploys", async () => {
    engine = await deployedProduction();
    assert.deepEqual(new Set(engine.provider.calls.map(({ action }) => action)), new Set(["create"]));
    state = await engine.stack.exportStack();
  });

  it("changes nothing when deployed again", async () => {
    const { calls } = engine.provider;
    const before = calls.length;
    const { summary } = await engine.stack.up();
    assert.deepEqual(calls.slice(before), []);
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
  });

  it("keeps no generated secret in plain text, neither in its state nor in an earlier one", async () => {
    const secrets = [...engine.provider.secrets];
    // The exported state is decrypted: that the secrets are in it proves that they would be found.
    const decrypted = JSON.stringify(state);
    assert.ok(secrets.length > 0);
    assert.deepEqual(
      secrets.filter((secret) => !decrypted.includes(secret)),
      [],
    );

    const entries = await readdir(join(engine.directory, "state"), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    assert.ok(files.some((file) => file.endsWith("stacks/pynomaly-infra/prod.json")));
    for (const file of files) {
      const content = await readFile(file, "utf8");
      const found = secrets.filter(
        (secret) => content.includes(secret) || content.includes(Buffer.from(secret).toString("base64")),
      );
      assert.equal(found.length, 0, `${file} holds a secret in plain text`);
    }
  });

  it("protects what holds data and keys, whatever its component", () => {
    // A read replica holds nothing of its own.
    const kept = stateResources(state).filter(
      ({ type, inputs }) => HOLDS_DATA.has(type) && inputs?.replicateSourceDb === undefined,
    );
    assert.deepEqual(new Set(kept.map(({ type }) => type)), HOLDS_DATA);
    assert.deepEqual(
      kept.filter(({ protect }) => protect !== true).map(({ urn }) => urn),
      [],
    );
  });

  it("leaves alone what others change: passwords to rotation, replicas to the autoscalers", () => {
    const ignored = (type: string) => stateResources(state).find((found) => found.type === type)?.ignoreChanges;
    assert.deepEqual(ignored("aws:rds/instance:Instance"), ["passwordWo", "passwordWoVersion", "availabilityZone"]);
    assert.deepEqual(ignored("aws:eks/nodeGroup:NodeGroup"), ["scalingConfig.desiredSize"]);
    assert.deepEqual(ignored("kubernetes:apps/v1:Deployment"), ["spec.replicas"]);
  });

  it("is what the offline preview shows: resources, inputs and options", async () => {
    const deployed = new Map(stateResources(state).map((resource) => [resource.urn, resource]));
    assert.deepEqual(offline.resources.map(({ urn }) => urn).sort(), [...deployed.keys()].sort());
    assert.deepEqual(
      offline.resources.flatMap((resource) => differences(resource, deployed.get(resource.urn) as StateResource)),
      [],
    );
  });

  it("is judged as the offline preview judges it", () => {
    assert.deepEqual(
      offline.violations.map(({ pack, rule, enforcement, urn }) => `${pack} ${rule} ${enforcement} ${urn}`).sort(),
      preview.verdicts
        .map((verdict) => {
          const { policyPackName, policyName, enforcementLevel, resourceUrn } = verdict;
          return `${policyPackName} ${policyName} ${enforcementLevel} ${resourceUrn}`;
        })
        .sort(),
    );
  });

  it("keeps every rule when it runs: nothing in its exported state is violated or undecided", async () => {
    const file = join(engine.directory, "export.json");
    await writeFile(file, JSON.stringify(state));
    const { violations } = await judgeOffline(file);
    // Prices are read by make prices, and are not a part of the repository.
    assert.deepEqual(
      violations.filter(({ rule }) => rule !== "cost-cap"),
      [],
    );
  });
});
