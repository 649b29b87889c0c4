import assert from "node:assert/strict";
import { runStep } from "../github/run";
import { deployedProduction } from "./deployed";
import { type Engine, startEngine } from "./engine";
import { type StateResource, stateResources } from "./offline";

describe("the end of the production stack", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine("prod", { like: await deployedProduction() });
  });
  after(() => engine?.close());

  const state = async (): Promise<StateResource[]> => stateResources(await engine.stack.exportStack());

  it("is refused while it holds data, and nothing is deleted", async () => {
    // As it is typed. With --skip-preview, Pulumi deletes what it may before it comes to what is protected.
    const step = { run: "pulumi destroy --yes --stack prod --non-interactive" };
    const { code, output } = await runStep(step, engine.environment, engine.directory);
    assert.notEqual(code, 0);
    assert.match(output, /Instance::database-writer" cannot be deleted\s+because it is protected/);
    assert.deepEqual(engine.provider.calls, []);
  });

  it("is allowed by protectData=false, which only lifts the protections", async () => {
    await engine.configure({ protectData: false });
    await engine.stack.up();
    assert.deepEqual(new Set(engine.provider.calls.map(({ action }) => action)), new Set(["update"]));
    assert.deepEqual(
      (await state()).filter(({ protect }) => protect),
      [],
    );
  });

  it("deletes each resource after everything that depends on it, until nothing is left", async () => {
    const resources = await state();
    const before = engine.provider.calls.length;
    await engine.stack.destroy();

    const deleted = engine.provider.calls.slice(before);
    assert.deepEqual(new Set(deleted.map(({ action }) => action)), new Set(["delete"]));
    const position = new Map(deleted.map(({ urn }, index) => [urn, index]));
    const tooEarly = resources.flatMap(({ urn, dependencies = [] }) =>
      dependencies
        .filter((source) => (position.get(source) ?? Number.POSITIVE_INFINITY) < (position.get(urn) ?? -1))
        .map((source) => `${source} went before ${urn}`),
    );
    assert.deepEqual(tooEarly, []);
    assert.deepEqual([...engine.provider.world.keys()], []);
    assert.deepEqual(await state(), []);
  });
});
