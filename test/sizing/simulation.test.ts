import assert from "node:assert/strict";
import { SYNC_SECONDS } from "../../sizing/autoscaler";
import { type SimulationInput, simulate, step, surge } from "../../sizing/simulation";

/** Pods that serve 1,000 requests/s each at their limit, and 350 at the autoscaler's goal. */
const stack = (more: Partial<SimulationInput>): SimulationInput => {
  const rules = (seconds: number) => ({
    stabilizationWindowSeconds: seconds,
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 } as const],
  });
  return {
    autoscaler: { minReplicas: 4, maxReplicas: 20, scaleUp: rules(60), scaleDown: rules(300) },
    cpuMicros: 1000,
    cpuRequestMillis: 500,
    cpuLimitMillis: 1000,
    nodes: { start: 3, max: 6, podsPerNode: 13 },
    load: () => 1400,
    seconds: 900,
    ...more,
  };
};

describe("the simulation", () => {
  it("rests at the goal under an even load", () => {
    const { moments, overTarget } = simulate(stack({}));
    assert.equal(overTarget, 0);
    for (const { wanted, ready, utilization } of moments) {
      assert.deepEqual([wanted, ready], [4, 4]);
      assert.ok(Math.abs(utilization - 70) < 1e-6);
    }
  });

  it("feels nothing of a step that the pods' limits hold, and comes to rest with the pods that it needs", () => {
    const { moments, overTarget } = simulate(stack({ load: step(1400, 3900, 60) }));
    assert.equal(overTarget, 0);
    assert.equal(moments.at(-1)?.ready, Math.ceil(3900 / 350));
  });

  it("waits a window longer with a window, and makes so many more requests wait", () => {
    const load = step(1400, 6000, 60);
    const withWindow = simulate(stack({ load }));
    const { autoscaler } = stack({});
    const scaleUp = { ...autoscaler.scaleUp, stabilizationWindowSeconds: 0 };
    const without = simulate(stack({ load, autoscaler: { ...autoscaler, scaleUp } }));
    const grew = ({ moments }: typeof without) => moments.find(({ wanted }) => wanted > 4)?.second ?? 0;
    // Every turn within the window must agree, the first and the last of which are 45 s apart.
    assert.equal(grew(withWindow) - grew(without), 60 - SYNC_SECONDS);
    assert.ok(withWindow.overTarget > without.overTarget && without.overTarget > 0);
  });

  it("starts nodes for pods that find none, once, and they serve after both delays", () => {
    const load = step(1400, 6000, 60);
    const { moments } = simulate(stack({ load, nodes: { start: 1, max: 2, podsPerNode: 8 } }));
    const pendingAt = moments.find(({ pending }) => pending > 0)?.second ?? 0;
    const nodeAt = moments.find(({ nodes }) => nodes === 2)?.second ?? 0;
    const servingAt = moments.find(({ ready }) => ready > 8)?.second ?? 0;
    assert.ok(nodeAt - pendingAt >= 180 && nodeAt - pendingAt <= 190, `${pendingAt} ${nodeAt}`);
    assert.equal(servingAt - nodeAt, 25);
    assert.equal(moments.at(-1)?.nodes, 2);
  });

  it("loses no request: what came was served, waits or was turned away", () => {
    const { moments, requests, turnedAway } = simulate(stack({ load: step(1400, 30_000, 60) }));
    assert.ok(turnedAway > 0);
    assert.equal(requests, 60 * 1400 + 840 * 30_000);
    // Nobody waits for longer than a request may take.
    assert.ok(moments.every(({ waitMs }) => waitMs <= 30_000 + 1e-6));
  });

  it("makes loads: one that steps, and one that rises, stays and falls", () => {
    assert.deepEqual([59, 60].map(step(1, 2, 60)), [1, 2]);
    assert.deepEqual([0, 10, 15, 20, 40, 45, 50].map(surge(100, 200, 10, 10, 20)), [100, 100, 150, 200, 200, 150, 100]);
  });
});
