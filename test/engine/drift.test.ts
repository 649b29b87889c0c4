import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runStep } from "../github/run";
import { workflow } from "../github/workflows";
import { deployedProduction } from "./deployed";
import { type Engine, startEngine } from "./engine";
import { type StateResource, stateResources } from "./offline";
import { idOf, type World } from "./provider";
import { plan, urnOf } from "./steps";

/** Pulumi's exit code when nothing should have changed, and something did. */
const EXIT_CHANGES = 7;

const RULE = "SecurityGroupIngressRule database-instances-from-nodes";
const ALARM = "MetricAlarm monitoring-db-writer-memory";

describe("what was changed behind the engine's back", () => {
  let engine: Engine;
  let resources: readonly StateResource[];
  let asDeployed: World;

  before(async () => {
    engine = await startEngine("prod", { like: await deployedProduction() });
    resources = stateResources(await engine.stack.exportStack());
    asDeployed = structuredClone(engine.provider.world);
  });
  after(() => engine?.close());

  const idOfShown = (resource: string) => idOf(urnOf(resource, resources));

  /** Looks for drift by the step of the nightly workflow. */
  async function look(): Promise<{ status: number; found: string }> {
    const step = workflow("drift").jobs.drift?.steps.find(({ id }) => id === "refresh");
    const output = join(engine.directory, "output");
    const environment = { ...engine.environment, STACK: "prod", GITHUB_OUTPUT: output };
    const { code, output: found } = await runStep(step, environment, engine.directory);
    assert.equal(code, 0, found);
    return { status: Number(/status=(\d+)\s*$/.exec(await readFile(output, "utf8"))?.[1]), found };
  }

  it("is nothing right after a deployment, nor is what autoscalers do; looking writes nothing", async () => {
    const state = join(engine.directory, "state/.pulumi/stacks/pynomaly-infra/prod.json");
    const before = await readFile(state, "utf8");
    const group = engine.provider.world.get(idOfShown("NodeGroup cluster-compute-group"));
    Object.assign(group?.scalingConfig as object, { desiredSize: 5 });
    const deployment = engine.provider.world.get(idOfShown("Deployment api-deployment"));
    Object.assign(deployment?.spec as object, { replicas: 17 });

    const { status, found } = await look();
    assert.equal(status, 0, found);
    assert.equal(await readFile(state, "utf8"), before);
  });

  it("is found, and named: a rule that was opened, an alarm that was deleted", async () => {
    Object.assign(engine.provider.world.get(idOfShown(RULE)) ?? {}, { cidrIpv4: "0.0.0.0/0" });
    engine.provider.world.delete(idOfShown(ALARM));
    const { status, found } = await look();
    assert.equal(status, EXIT_CHANGES, found);
    assert.match(found, /database-instances-from-nodes[\s\S]*0\.0\.0\.0\/0/);
    assert.match(found, /monitoring-db-writer-memory/);
  });

  it("is planned to be undone after a refresh, with what names the deleted alarm, and nothing else is", async () => {
    await engine.stack.refresh();
    assert.deepEqual(await plan(engine), [
      `create ${ALARM}`,
      "update CompositeAlarm monitoring-attention alarmRule",
      "update Dashboard monitoring-dashboard dashboardBody",
      `update ${RULE} cidrIpv4`,
    ]);
  });

  it("is undone by the next deployment; the autoscalers' numbers stay", async () => {
    await engine.stack.up();
    const { world } = engine.provider;
    for (const resource of [RULE, ALARM]) {
      assert.deepEqual(world.get(idOfShown(resource)), asDeployed.get(idOfShown(resource)), resource);
    }
    const { scalingConfig } = world.get(idOfShown("NodeGroup cluster-compute-group")) as { scalingConfig: object };
    assert.deepEqual(scalingConfig, { ...scalingConfig, desiredSize: 5 });
    const { status, found } = await look();
    assert.equal(status, 0, found);
  });
});

describe("a resource that exists already", () => {
  let engine: Engine;
  before(async () => {
    engine = await startEngine("prod", { like: await deployedProduction() });
  });
  after(() => engine?.close());

  it("is taken over by pulumi import, and is then what the program wants", async () => {
    const before = stateResources(await engine.stack.exportStack());
    const urn = urnOf("FlowLog network-flow-logs", before);
    const { type, parent = "", provider = "" } = before.find((resource) => resource.urn === urn) as StateResource;
    const providerUrn = provider.slice(0, provider.lastIndexOf("::"));
    // The state forgets it; it goes on to exist.
    const deployment = await engine.stack.exportStack();
    const others = deployment.deployment.resources.filter((resource: StateResource) => resource.urn !== urn);
    await engine.stack.importStack({ ...deployment, deployment: { ...deployment.deployment, resources: others } });
    assert.deepEqual(await plan(engine), ["create FlowLog network-flow-logs"]);

    await engine.stack.import({
      resources: [{ type, name: "network-flow-logs", id: idOf(urn), parent: "network", provider: "aws" }],
      nameTable: { network: parent, aws: providerUrn },
      protect: false,
      generateCode: false,
    });
    assert.deepEqual(await plan(engine), []);
    assert.deepEqual(
      engine.provider.calls.filter(({ action }) => action !== "read"),
      [],
    );
  });
});
