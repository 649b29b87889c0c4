import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment, EngineEvent } from "@pulumi/pulumi/automation";
import { type Engine, POLICY_PACKS, REPOSITORY, startEngine } from "./engine";
import { differences, previewOffline, type StateResource, stateResources } from "./offline";

/** Previews with both packs, as configured for the stack, and returns what the engine said; fails as `pulumi preview` does. */
async function previewed(engine: Engine, events: EngineEvent[] = []): Promise<EngineEvent[]> {
  const config = join(REPOSITORY, "policy/config", `${engine.stack.name}.json`);
  await engine.stack.preview({
    policyPacks: POLICY_PACKS,
    policyPackConfigs: POLICY_PACKS.map(() => config),
    onEvent: (event) => events.push(event),
  });
  return events;
}

const policyEvents = (events: readonly EngineEvent[]) => events.flatMap(({ policyEvent }) => policyEvent ?? []);

const mandatory = (events: readonly EngineEvent[]) =>
  policyEvents(events).filter(({ enforcementLevel }) => enforcementLevel === "mandatory");

/** The types whose loss no second deployment makes good. */
const HOLDS_DATA: ReadonlySet<string> = new Set([
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
]);

const verdicts = (events: readonly EngineEvent[]) =>
  policyEvents(events)
    .map((e) => `${e.policyPackName} ${e.policyName} ${e.enforcementLevel} ${e.resourceUrn ?? ""}`)
    .sort();

// One deployment, looked at in several steps: each needs the one before, and mocha stops at the first failure.
describe("the production stack on Pulumi's engine", () => {
  let engine: Engine;
  let state: Deployment;
  let events: EngineEvent[];

  before(async () => {
    engine = await startEngine("prod");
  });
  after(() => engine?.close());

  it("is compiled, type-checked and previewed as pulumi does it, with both packs and no mandatory violation", async () => {
    events = await previewed(engine);
    const [summary] = events.flatMap(({ summaryEvent }) => summaryEvent ?? []);
    assert.deepEqual(Object.keys(summary?.policyPacks ?? {}).sort(), ["pynomaly-resources", "pynomaly-security"]);
  });

  it("deploys", async () => {
    const { summary } = await engine.stack.up();
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["create"]);
    state = await engine.stack.exportStack();
  });

  it("changes nothing when deployed again", async () => {
    const before = engine.provider.calls.length;
    const { summary } = await engine.stack.up();
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["same"]);
    assert.deepEqual(engine.provider.calls.slice(before), []);
  });

  it("keeps no generated secret in plain text, neither in its state nor in an earlier one", async () => {
    const secrets = [...engine.provider.secrets];
    // The exported state is decrypted: that the secrets are in it proves that they are found where they are.
    const decrypted = JSON.stringify(state);
    assert.ok(secrets.length > 0);
    assert.deepEqual(
      secrets.filter((secret) => !decrypted.includes(secret)),
      [],
    );

    const entries = await readdir(join(engine.directory, "state"), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    assert.ok(files.some((file) => file.endsWith("prod.json")));
    for (const file of files) {
      const content = await readFile(file, "utf8");
      const found = secrets.filter(
        (secret) => content.includes(secret) || content.includes(Buffer.from(secret).toString("base64")),
      );
      assert.equal(found.length, 0, `${file} holds a secret in plain text`);
    }
  });

  it("protects what holds data and keys, whatever its component", () => {
    const kept = stateResources(state).filter(({ type }) => HOLDS_DATA.has(type));
    assert.deepEqual(new Set(kept.map(({ type }) => type)), HOLDS_DATA);
    assert.deepEqual(
      kept.filter(({ protect }) => protect !== true).map(({ urn }) => urn),
      [],
    );
  });

  it("leaves alone what others change: passwords to rotation, replicas to the autoscalers", () => {
    const ignoring = (type: string) => stateResources(state).find((found) => found.type === type)?.ignoreChanges;
    assert.deepEqual(ignoring("aws:rds/instance:Instance"), ["passwordWo", "passwordWoVersion"]);
    assert.deepEqual(ignoring("aws:eks/nodeGroup:NodeGroup"), ["scalingConfig.desiredSize"]);
    assert.deepEqual(ignoring("kubernetes:apps/v1:Deployment"), ["spec.replicas"]);
  });

  it("is what the offline preview shows: resources, inputs, options and verdicts", async () => {
    const offline = await previewOffline("prod");
    const deployed = new Map(stateResources(state).map((resource) => [resource.urn, resource]));
    assert.deepEqual(offline.resources.map(({ urn }) => urn).sort(), [...deployed.keys()].sort());
    assert.deepEqual(
      offline.resources.flatMap((resource) => differences(resource, deployed.get(resource.urn) as StateResource)),
      [],
    );
    assert.deepEqual(
      offline.violations.map((v) => `${v.pack} ${v.rule} ${v.enforcement} ${v.urn}`).sort(),
      verdicts(events),
    );
  });
});

describe("the policies on Pulumi's engine", () => {
  it("stop a preview of the production stack that makes its databases public", async () => {
    const engine = await startEngine("prod", join(REPOSITORY, "test/engine/programs/public-database.ts"));
    const events: EngineEvent[] = [];
    try {
      await assert.rejects(previewed(engine, events), /rds-not-public/);
    } finally {
      await engine.close();
    }
    const broken = mandatory(events);
    assert.ok(broken.length > 0);
    assert.deepEqual([...new Set(broken.map(({ policyName }) => policyName))], ["rds-not-public"]);
  });

  it("only advise in the development stack", async () => {
    const engine = await startEngine("dev");
    try {
      const events = await previewed(engine);
      assert.deepEqual(mandatory(events), []);
    } finally {
      await engine.close();
    }
  });
});
