import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment, EngineEvent } from "@pulumi/pulumi/automation";
import { type Engine, POLICY_PACKS, REPOSITORY, startEngine } from "./engine";
import { differences, previewOffline, type StateResource, stateResources } from "./offline";

/** Previews with both packs and returns what the engine said; fails as `pulumi preview` does. */
async function previewed(engine: Engine, events: EngineEvent[] = []): Promise<EngineEvent[]> {
  await engine.stack.preview({ policyPacks: POLICY_PACKS, onEvent: (event) => events.push(event) });
  return events;
}

const verdicts = (events: readonly EngineEvent[]) =>
  events
    .flatMap(({ policyEvent }) => policyEvent ?? [])
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
    assert.deepEqual(Object.keys(summary?.PolicyPacks ?? {}).sort(), ["pynomaly-resources", "pynomaly-security"]);
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

  it("protects what holds data and keys", () => {
    const unprotected = [...stateResources(state).values()].filter(
      ({ type, protect }) => HOLDS_DATA.includes(type) && protect !== true,
    );
    assert.deepEqual(
      unprotected.map(({ urn }) => urn),
      [],
    );
  });

  it("is what the offline preview shows: resources, inputs, options and verdicts", async () => {
    const offline = await previewOffline("prod");
    const deployed = stateResources(state);
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
