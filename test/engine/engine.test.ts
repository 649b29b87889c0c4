import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment, EngineEvent, PolicyEvent } from "@pulumi/pulumi/automation";
import { type Engine, POLICY_PACKS, REPOSITORY, startEngine } from "./engine";
import {
  differences,
  judgeOffline,
  type OfflinePreview,
  previewOffline,
  type StateResource,
  stateResources,
} from "./offline";

/** The types whose loss no second deployment makes good. */
const HOLDS_DATA: ReadonlySet<string> = new Set([
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:kms/key:Key",
  "aws:rds/instance:Instance",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
]);

/** What a preview with both packs, as configured for the stack, came to. */
interface Judged {
  readonly packs: readonly string[];
  readonly verdicts: readonly PolicyEvent[];
  /** Whether the command failed because of a mandatory violation. */
  readonly stopped: boolean;
}

async function judged(engine: Engine): Promise<Judged> {
  const events: EngineEvent[] = [];
  const config = join(REPOSITORY, "policy/config", `${engine.stack.name}.json`);
  const found = () => events.flatMap(({ policyEvent }) => policyEvent ?? []);
  const stopped = await engine.stack
    .preview({
      policyPacks: POLICY_PACKS,
      policyPackConfigs: POLICY_PACKS.map(() => config),
      onEvent: (event) => events.push(event),
    })
    .then(
      () => false,
      (error: unknown) => {
        if (mandatory(found()).length === 0) throw error;
        return true;
      },
    );
  // The engine spells this key with a capital, unlike the SDK's type; its keys are "name|local|directory".
  const loaded = events.map(({ summaryEvent }) => (summaryEvent && Reflect.get(summaryEvent, "PolicyPacks")) ?? {});
  const packs = loaded.flatMap((versions) => Object.keys(versions)).map((key) => key.split("|")[0] ?? key);
  return { packs, verdicts: found(), stopped };
}

const mandatory = (verdicts: readonly PolicyEvent[]): string[] =>
  verdicts
    .filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
    .map(({ policyName, resourceUrn, message }) => `${policyName}: ${resourceUrn}\n${message}`);

// One deployment, looked at in several steps: each needs the one before, and mocha stops at the first failure.
describe("the production stack on Pulumi's engine", () => {
  let engine: Engine;
  let preview: Judged;
  let state: Deployment;
  let offline: OfflinePreview;

  before(async () => {
    engine = await startEngine("prod");
  });
  after(() => engine?.close());

  it("is compiled, type-checked and previewed as pulumi does it, both packs loaded and no rule broken", async () => {
    preview = await judged(engine);
    assert.deepEqual(mandatory(preview.verdicts), []);
    assert.deepEqual(preview.packs.toSorted(), ["pynomaly-resources", "pynomaly-security"]);
  });

  it("deploys", async () => {
    const { summary } = await engine.stack.up();
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["create"]);
    state = await engine.stack.exportStack();
  });

  it("changes nothing when deployed again", async () => {
    const before = engine.provider.calls.length;
    const { summary } = await engine.stack.up();
    assert.deepEqual(engine.provider.calls.slice(before), []);
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
    offline = await previewOffline("prod");
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
    assert.deepEqual((await judgeOffline(file)).violations, []);
  });
});

describe("the policies on Pulumi's engine", () => {
  let engine: Engine | undefined;
  afterEach(async () => {
    await engine?.close();
    engine = undefined;
  });

  it("stop a preview of the production stack that makes its databases public", async () => {
    engine = await startEngine("prod", join(REPOSITORY, "test/engine/programs/public-database.ts"));
    const { verdicts, stopped } = await judged(engine);
    assert.ok(stopped);
    assert.deepEqual(new Set(mandatory(verdicts).map((verdict) => verdict.split(":")[0])), new Set(["rds-not-public"]));
  });

  it("only advise in the development stack", async () => {
    engine = await startEngine("dev");
    const { verdicts, stopped } = await judged(engine);
    assert.deepEqual(mandatory(verdicts), []);
    assert.ok(!stopped);
    assert.ok(verdicts.length > 0);
  });
});
