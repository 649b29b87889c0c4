import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeathCount, restartPauseMs } from "../../src/supervisor/restarts.ts";

describe("the pause before a restart", () => {
  it("doubles with each failure, up to half a minute", () => {
    const pauses = [1, 2, 3, 4, 20].map((failures) => restartPauseMs(failures, 0));
    assert.deepEqual(pauses, [200, 400, 800, 1600, 30_000]);
  });

  it("is by chance up to half shorter", () => {
    assert.equal(restartPauseMs(4, 1), 800);
    assert.equal(restartPauseMs(4, 0.5), 1200);
  });
});

describe("starting", () => {
  it("is hopeless after five deaths within a minute", () => {
    const died = createDeathCount();
    assert.deepEqual(
      [0, 10, 20, 30].map((seconds) => died(seconds * 1000)),
      [false, false, false, false],
    );
    assert.equal(died(59_999), true);
  });

  it("is not hopeless when the deaths are further apart", () => {
    const died = createDeathCount();
    const deaths = Array.from({ length: 20 }, (_, index) => died(index * 15_000));
    assert.ok(!deaths.includes(true));
  });
});
