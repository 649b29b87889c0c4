import assert from "node:assert/strict";
import { deployedProduction } from "./deployed";
import { type Engine, startEngine } from "./engine";
import { differences, type OfflinePreview, previewOffline, type StateResource, stateResources } from "./offline";
import type { Settings } from "./settings";
import { offlinePlan, type Plan, plan, urnOf } from "./steps";

/** What people change, and what must be among the consequences. */
const CHANGES: readonly { readonly what: string; readonly settings: Settings; readonly consequences: Plan }[] = [
  {
    what: "a node class",
    settings: { computeNodeType: "c7i.4xlarge" },
    consequences: ["update NodeGroup cluster-compute-group instanceTypes"],
  },
  {
    what: "a third replica of database and cache",
    settings: { databaseReplicaZones: ["us-east-1b", "us-east-1c", "us-east-1a"], cacheReplicas: 3 },
    consequences: ["create Instance database-replica-a", "update ReplicationGroup cache numCacheClusters"],
  },
  {
    what: "a parameter's value",
    settings: { databaseWorkMem: "8 MB" },
    consequences: [
      "update ParameterGroup database-replica parameters",
      "update ParameterGroup database-writer parameters",
    ],
  },
  {
    what: "the image's digest",
    settings: { image: `123456789012.dkr.ecr.us-east-1.amazonaws.com/pynomaly@sha256:${"1".repeat(64)}` },
    consequences: ["delete Image image-build", "update Deployment api-deployment spec"],
  },
];

const ALL: Settings = Object.assign({}, ...CHANGES.map(({ settings }) => settings));

describe("a change of settings on Pulumi's engine", () => {
  let before: OfflinePreview;

  for (const { what, settings, consequences } of CHANGES) {
    it(`plans for ${what} what the offline previews say`, async () => {
      before ??= await previewOffline("prod");
      const after = await previewOffline("prod", settings);
      const engine = await startEngine("prod", { like: await deployedProduction() });
      try {
        await engine.configure(settings);
        const planned = await plan(engine);
        const { changes, unknown } = offlinePlan(before, after);
        assert.deepEqual(
          consequences.filter((step) => !planned.includes(step)),
          [],
        );
        assert.deepEqual(
          changes.filter((step) => !planned.includes(step)),
          [],
          "the engine does not do it",
        );
        assert.deepEqual(
          planned.filter((step) => !changes.includes(step) && !unknown.includes(step)),
          [],
          "the offline previews did not say it",
        );
        assert.deepEqual(engine.provider.calls, []);
      } finally {
        await engine.close();
      }
    });
  }
});

describe("an update that fails in the middle", () => {
  let engine: Engine;
  let failed: string;

  it("says what failed and why, and keeps what is done", async () => {
    engine = await startEngine("prod", { like: await deployedProduction() });
    await engine.configure(ALL);
    const writer = urnOf("Instance database-writer", stateResources(await engine.stack.exportStack()));
    failed = writer.replace(/writer$/, "replica-a");
    engine.provider.refusals.set(failed, "InsufficientDBInstanceCapacity: no capacity in us-east-1a");
    await assert.rejects(engine.stack.up(), /database-replica-a[\s\S]*InsufficientDBInstanceCapacity/);
    assert.ok(engine.provider.calls.length > 1);
  });

  it("is resumed by the same command, which does the rest and nothing twice", async () => {
    const { calls, refusals } = engine.provider;
    const done = calls.filter(({ urn }) => urn !== failed);
    const before = calls.length;
    refusals.clear();
    await engine.stack.up();
    const resumed = calls.slice(before);
    assert.ok(resumed.some(({ action, urn }) => action === "create" && urn === failed));
    assert.deepEqual(
      resumed.filter(({ urn }) => done.some((call) => call.urn === urn)),
      [],
    );
  });

  it("ends where an update without failure would", async () => {
    const after = await previewOffline("prod", ALL);
    const deployed = new Map(
      stateResources(await engine.stack.exportStack()).map((resource) => [resource.urn, resource]),
    );
    assert.deepEqual(after.resources.map(({ urn }) => urn).sort(), [...deployed.keys()].sort());
    assert.deepEqual(
      after.resources.flatMap((resource) => differences(resource, deployed.get(resource.urn) as StateResource)),
      [],
    );
    assert.deepEqual(await plan(engine), []);
  });

  after(() => engine?.close());
});
