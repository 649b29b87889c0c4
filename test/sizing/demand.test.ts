import assert from "node:assert/strict";
import { parseSettings } from "../../settings";
import { limits, mixed, podRates, type RequestCost } from "../../sizing/demand";
import { requirement } from "../../sizing/required";
import { PRODUCTION } from "../support/production";

const { settings, plan } = parseSettings("prod", PRODUCTION);

const COST: RequestCost = { serviceMicros: 1000, databaseMicros: 200, cacheMicros: 20, statements: 0.5 };

describe("what a load takes", () => {
  it("is the average of what its requests cost", () => {
    const other = { serviceMicros: 200, databaseMicros: 0, cacheMicros: 0, statements: 0 };
    assert.deepEqual(
      mixed([
        [0.25, COST],
        [0.75, other],
      ]),
      {
        serviceMicros: 400,
        databaseMicros: 50,
        cacheMicros: 5,
        statements: 0.125,
      },
    );
  });

  it("fills a pod at 350 of its 500 thousandths, and is too much at 900 of 1000", () => {
    assert.deepEqual(podRates(settings, COST), { goal: 350, peak: 900 });
  });

  it("uses up one part after the other", () => {
    const found = limits(settings, plan, COST, 1000).map(({ name, requestsPerSecond }) => [name, requestsPerSecond]);
    assert.deepEqual(found, [
      ["clients' rate limit", 10_000],
      ["pods", 20 * 900],
      // 2 replicas × 4 vCPU × 70 %.
      ["database CPU", 28_000],
      ["cache CPU", 35_000],
      // 2 × 6 × 20 connections, each 10 ms a statement, half a statement a request.
      ["database connections", 48_000],
    ]);
  });

  it("needs nothing new for what the stack carries", () => {
    const { inputs, pods, unmet } = requirement(settings, COST, 5000, undefined);
    assert.deepEqual([inputs, pods, unmet], [{ ...settings }, 15, []]);
  });

  it("needs settings that fit together, and that carry the load", () => {
    const needs = requirement(settings, COST, 34_000, undefined);
    assert.equal(needs.pods, Math.ceil(34_000 / 350));
    assert.deepEqual(needs.unmet, []);
    assert.equal(needs.inputs.apiMaxReplicas, needs.pods);
    assert.ok(needs.inputs.computeNodeMax > settings.computeNodeMax);
    assert.equal(needs.inputs.databaseReplicaZones.length, 3);
    for (const { name, requestsPerSecond } of limits(needs.inputs, needs.plan, COST, undefined)) {
      assert.ok(requestsPerSecond >= 34_000, name);
    }
  });

  it("says what no setting reaches", () => {
    const { unmet } = requirement(settings, COST, 36_000, 2000);
    assert.deepEqual(
      unmet.map(({ name }) => name),
      ["clients' rate limit", "cache CPU"],
    );
  });
});
