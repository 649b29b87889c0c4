import assert from "node:assert/strict";
import { type AutoscalerMemory, type AutoscalerSpec, desiredReplicas, newMemory, scale } from "../../sizing/autoscaler";

/** Kubernetes, "Horizontal Pod Autoscaling": the examples of its text. */
describe("the autoscaler's algorithm", () => {
  const metric = (current: number, measuredPods: number, missingPods = 0) => {
    return { current, desired: 100, measuredPods, missingPods };
  };

  it("doubles at twice the goal and halves at half of it", () => {
    assert.equal(desiredReplicas(4, metric(200, 4)), 8);
    assert.equal(desiredReplicas(4, metric(50, 4)), 2);
  });

  it("rounds up, and leaves what is within a tenth alone", () => {
    assert.equal(desiredReplicas(3, metric(112, 3)), 4);
    for (const current of [90, 95, 100, 105, 110]) assert.equal(desiredReplicas(3, metric(current, 3)), 3);
    assert.equal(desiredReplicas(10, metric(89, 10)), 9);
  });

  it("takes pods that are not measured for idle on the way up", () => {
    // 4 at 200 % and 4 that start: 100 % on the whole.
    assert.equal(desiredReplicas(8, metric(200, 4, 4)), 8);
    // 4 at 300 % and 2 that start: 200 % on the whole.
    assert.equal(desiredReplicas(6, metric(300, 4, 2)), 12);
    // 4 at 120 % and 8 that start: the direction would turn.
    assert.equal(desiredReplicas(12, metric(120, 4, 8)), 12);
  });

  it("takes them for busy on the way down", () => {
    // 4 at 20 % and 4 at the goal: 60 % on the whole.
    assert.equal(desiredReplicas(8, metric(20, 4, 4)), 5);
  });

  /** Runs turns at intervals and tells the replicas after each. */
  function turns(spec: AutoscalerSpec, start: number, wanted: readonly number[], seconds: number): number[] {
    let memory: AutoscalerMemory = newMemory(0, start);
    let replicas = start;
    return wanted.map((recommended, index) => {
      ({ replicas, memory } = scale(spec, memory, replicas, recommended, (index + 1) * seconds));
      return replicas;
    });
  }

  const atOnce = {
    stabilizationWindowSeconds: 0,
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  } as const;
  const bounds = { minReplicas: 1, maxReplicas: 1000 };

  it("takes away 10 % of 80, then of 72, and rounds what goes up; below 40, four pods at a time", () => {
    const policies = [
      { type: "Pods", value: 4, periodSeconds: 60 },
      { type: "Percent", value: 10, periodSeconds: 60 },
    ] as const;
    const scaleDown = { stabilizationWindowSeconds: 0, policies };
    const path = turns({ ...bounds, scaleUp: atOnce, scaleDown }, 80, Array(12).fill(10), 60);
    assert.deepEqual(path, [72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16]);
  });

  it("with selectPolicy Min takes the policy that changes least, and with Disabled none", () => {
    const policies = [
      { type: "Percent", value: 10, periodSeconds: 60 },
      { type: "Pods", value: 5, periodSeconds: 60 },
    ] as const;
    const down = (selectPolicy: "Min" | "Disabled") =>
      turns(
        { ...bounds, scaleUp: atOnce, scaleDown: { stabilizationWindowSeconds: 0, policies, selectPolicy } },
        100,
        [10, 10],
        60,
      );
    assert.deepEqual(down("Min"), [95, 90]);
    assert.deepEqual(down("Disabled"), [100, 100]);
  });

  it("counts what was changed within a policy's period", () => {
    const scaleUp = {
      stabilizationWindowSeconds: 0,
      policies: [{ type: "Pods", value: 4, periodSeconds: 60 }],
    } as const;
    const path = turns({ ...bounds, scaleUp, scaleDown: atOnce }, 10, [12, 20, 20, 20, 20, 20], 15);
    assert.deepEqual(path, [12, 14, 14, 14, 16, 18]);
  });

  it("goes up only as far as a whole window asked for, and down only as far as its highest", () => {
    const slow = (seconds: number) => ({ ...atOnce, stabilizationWindowSeconds: seconds });
    const up = turns({ ...bounds, scaleUp: slow(60), scaleDown: atOnce }, 4, [8, 8, 6, 8, 8, 8, 8], 15);
    assert.deepEqual(up, [4, 4, 4, 6, 6, 6, 8]);
    const down = turns({ ...bounds, scaleUp: atOnce, scaleDown: slow(300) }, 10, [5, 5, 9, 5, 5, 5, 5, 5], 60);
    assert.deepEqual(down, [10, 10, 10, 10, 9, 9, 9, 5]);
  });

  it("keeps to its bounds", () => {
    const spec = { minReplicas: 4, maxReplicas: 20, scaleUp: atOnce, scaleDown: atOnce };
    assert.deepEqual(turns(spec, 12, [50, 1, 1], 60), [20, 4, 4]);
  });
});
