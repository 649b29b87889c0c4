import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SingleFlight } from "../../src/cache/single-flight.ts";
import { gate } from "./support.ts";

describe("a single flight", () => {
  it("carries all who come within a second of its begin, and nobody of another key", async () => {
    let now = 0;
    const flights = new SingleFlight<string>(() => now);
    const results = { first: gate<string>(), second: gate<string>(), other: gate<string>() };
    const first = flights.run("a", () => results.first.passed);
    now = 999;
    assert.equal(
      flights.run("a", () => results.second.passed),
      first,
    );
    assert.notEqual(
      flights.run("b", () => results.other.passed),
      first,
    );
    now = 1000;
    const second = flights.run("a", () => results.second.passed);
    assert.notEqual(second, first);
    results.first.open("1");
    assert.equal(await first, "1");
    // The end of the one is not that of the other.
    assert.equal(
      flights.run("a", () => results.other.passed),
      second,
    );
    results.second.open("2");
    assert.equal(await second, "2");
  });

  it("ends with its failure, and is handed over by an invalidation", async () => {
    const flights = new SingleFlight<string>(() => 0);
    const failed = gate<string>();
    const failure = flights.run("a", () => failed.passed);
    failed.fail(new Error("gone"));
    await assert.rejects(failure, /gone/);
    const { epoch } = flights;
    const before = flights.run("a", async () => "before");
    flights.handOver();
    assert.notEqual(flights.epoch, epoch);
    assert.equal(await flights.run("a", async () => "after"), "after");
    assert.equal(await before, "before");
  });
});
