import assert from "node:assert/strict";
import { allowedOrigin } from "../../../ops/loadtest/allowed";
import { MEASURED, readGoals, verdict } from "../../../ops/loadtest/goals";
import { stagesFor } from "../../../ops/loadtest/stages";
import { targets } from "../../../targets";

describe("TARGETS", () => {
  it("judges what a client can measure, by the guide's values", () => {
    const { values, judged } = readGoals();
    assert.deepEqual(judged, MEASURED);
    for (const name of MEASURED) assert.equal(values[name], targets[name].value);
  });

  it("takes another value for a target, and then judges the others too", () => {
    const { values, judged } = readGoals("apiLatencyP99=300,requestRate=50");
    assert.deepEqual(judged, MEASURED);
    assert.deepEqual([values.apiLatencyP99, values.requestRate], [300, 50]);
    assert.equal(values.apiLatencyP50, targets.apiLatencyP50.value);
  });

  it("leaves out what is not named, where a name stands alone", () => {
    assert.deepEqual(readGoals("availability  apiLatencyP99=300").judged, ["apiLatencyP99", "availability"]);
  });

  it("tells all that is wrong at once", () => {
    assert.throws(
      () => readGoals("latency queryTime=5 apiLatencyP50=fast apiLatencyP95= availability=101 requestRate=-1"),
      (error: Error) =>
        error.name === "ConfigurationError" &&
        /^TARGETS:$/m.test(error.message) &&
        /found "latency"; allowed: apiLatencyP50, .*, availability$/m.test(error.message) &&
        /found "queryTime"; allowed: .*, which a client can measure$/m.test(error.message) &&
        /apiLatencyP50: found "fast"; allowed: a number of ms above 0/.test(error.message) &&
        /apiLatencyP95: found ""/.test(error.message) &&
        /availability: found "101"; allowed: a number of % above 0, up to 100$/m.test(error.message) &&
        /requestRate: found "-1"/.test(error.message),
    );
  });

  it("is met on the right side of the bound alone", () => {
    assert.equal(verdict("apiLatencyP99", 249.9, 250, true), "met");
    assert.equal(verdict("apiLatencyP99", 250, 250, true), "missed");
    assert.equal(verdict("availability", 99.9, 99.9, true), "missed");
    assert.equal(verdict("availability", 100, 99.9, true), "met");
  });

  it("is not met by half a load, but missed by what was slow in it", () => {
    assert.equal(verdict("apiLatencyP99", 100, 250, false), "unknown");
    assert.equal(verdict("apiLatencyP99", 300, 250, false), "missed");
    assert.equal(verdict("requestRate", 10, 1000, false), "unknown");
    assert.equal(verdict("requestRate", undefined, 1000, true), "unknown");
  });
});

describe("stages", () => {
  it("go up to more than the targets ask for, which is the load that is judged", () => {
    const stages = stagesFor(readGoals(), 60);
    const whole = stages.at(-1);
    assert.ok(
      whole && whole.requestsPerSecond > targets.requestRate.value && whole.users > targets.concurrentUsers.value,
    );
    assert.deepEqual(
      stages.map(({ judged }) => judged),
      [false, false, false, true],
    );
    const rates = stages.map(({ requestsPerSecond }) => requestsPerSecond);
    assert.deepEqual(
      rates,
      rates.toSorted((a, b) => a - b),
    );
  });

  it("are refused where not every user could ask once", () => {
    assert.throws(
      () => stagesFor(readGoals("requestRate=10"), 60),
      /^ConfigurationError: SECONDS: found 60; allowed: 1001 or more, in which each of 10501 users asks once at 10.5 requests\/s$/,
    );
  });
});

describe("URL", () => {
  const allowed = { stackHost: () => "api.example.com", added: "staging.example.com" };

  it("may be this machine, the stack's host over HTTPS, or a host that was added", () => {
    for (const url of [
      "http://localhost:8000",
      "http://127.0.0.9:1",
      "http://[::1]:8000",
      "https://api.example.com",
      "https://API.example.com/",
      "http://staging.example.com:8080",
    ]) {
      assert.equal(allowedOrigin(url, allowed), new URL(url).origin);
    }
  });

  it("may be no other, not even one that looks like it", () => {
    for (const url of [
      "https://example.com",
      "https://api.example.com.evil.org",
      "https://127.0.0.1.evil.org",
      "https://localhost.evil.org",
      "https://10.0.0.1",
      "https://api.example.com@evil.org",
      "http://api.example.com",
      "ftp://localhost",
      "localhost:8000",
      "http://localhost:8000/health",
      "http://localhost:8000?x=1",
      "",
    ]) {
      assert.throws(() => allowedOrigin(url, allowed), /^ConfigurationError: URL: found .*allowed: /, url);
    }
    assert.throws(() => allowedOrigin(undefined, allowed), /^ConfigurationError: URL: found nothing; allowed: http/);
    assert.throws(
      () => allowedOrigin("http://api.example.com", allowed),
      /^ConfigurationError: URL: found "http:\/\/api\.example\.com"; allowed: https:\/\/api\.example\.com, with TLS$/,
    );
    const nameless = { stackHost: () => undefined, added: undefined };
    assert.throws(
      () => allowedOrigin("https://a.org", nameless),
      /allowed: this machine \(localhost\), or the host that ALLOW names: ALLOW=a\.org/,
    );
  });

  it("is never shown with a login in it", () => {
    for (const url of ["http://user:secret@localhost", "ftp://user:secret@localhost"]) {
      assert.throws(
        () => allowedOrigin(url, allowed),
        (error: Error) => !error.message.includes("secret"),
      );
    }
  });
});
