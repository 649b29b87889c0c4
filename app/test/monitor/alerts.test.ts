import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAlerts, type Watched } from "../../src/monitor/alerts.ts";
import { THRESHOLDS } from "../../src/monitor/thresholds.ts";

const calm: Watched = {
  cpu_percent: 10,
  memory_percent: 10,
  response_time: 10,
  error_rate: 0,
  cache_missing: 0,
  writer_missing: 0,
  replicas_out: null,
};

/** Alerts on a clock that goes as far at each measurement as it says. */
function watch() {
  const alerts = createAlerts();
  let time = Date.parse("2026-11-23T10:00:00Z");
  return {
    alerts,
    check(values: Partial<Watched>, seconds = 30) {
      time += seconds * 1000;
      return alerts.check({ ...calm, ...values }, new Date(time)).map(({ alert, state }) => `${alert} ${state}`);
    },
  };
}

describe("alerts", () => {
  it("have the guide's thresholds, and one for whatever the service goes on without", () => {
    const above = Object.values(THRESHOLDS).map((threshold) => [threshold.measure, threshold.above]);
    assert.deepEqual(Object.fromEntries(above), {
      cpu_percent: 80,
      memory_percent: 85,
      response_time: 1000,
      error_rate: 0.05,
      cache_missing: 0.5,
      writer_missing: 0.5,
      replicas_out: 0.5,
    });
  });

  it("are raised above the threshold, once, and not at it", () => {
    const { check } = watch();
    assert.deepEqual(check({ cpu_percent: 80 }), []);
    assert.deepEqual(check({ cpu_percent: 80.1, error_rate: 0.06 }), ["cpu raised", "error_rate raised"]);
    assert.deepEqual(check({ cpu_percent: 99, error_rate: 0.5 }), []);
  });

  it("are raised when half of the workers is not all that misses the cache, or one replica is out", () => {
    const { check } = watch();
    assert.deepEqual(check({ cache_missing: 0.5, replicas_out: 0 }), []);
    assert.deepEqual(check({ cache_missing: 1, replicas_out: 1 }), ["cache raised", "replicas raised"]);
    assert.deepEqual(check({ cache_missing: 0, replicas_out: 0 }), ["cache resolved", "replicas resolved"]);
  });

  it("are resolved only well below the threshold", () => {
    const { check, alerts } = watch();
    check({ memory_percent: 90 });
    assert.deepEqual(check({ memory_percent: 84 }), []);
    assert.deepEqual(check({ memory_percent: 76.6 }), []);
    assert.equal(alerts.raised().length, 1);
    assert.deepEqual(check({ memory_percent: 76.4 }), ["memory resolved"]);
    assert.deepEqual(alerts.raised(), []);
  });

  it("are not raised again within five minutes of having been, and then are", () => {
    const { check } = watch();
    assert.deepEqual(check({ response_time: 2000 }), ["response_time raised"]);
    assert.deepEqual(check({}), ["response_time resolved"]);
    assert.deepEqual(check({ response_time: 2000 }), []);
    assert.deepEqual(check({ response_time: 2000 }, 239), []);
    assert.deepEqual(check({ response_time: 2000 }, 1), ["response_time raised"]);
  });

  it("cool down each for itself", () => {
    const { check } = watch();
    check({ response_time: 2000 });
    check({});
    assert.deepEqual(check({ response_time: 2000, cpu_percent: 95 }), ["cpu raised"]);
  });

  it("stay as they are while their value is not known", () => {
    const { check, alerts } = watch();
    assert.deepEqual(check({ error_rate: null }), []);
    check({ error_rate: 1 });
    assert.deepEqual(check({ error_rate: null }), []);
    assert.equal(alerts.raised().length, 1);
  });

  it("say since when, how much and what is allowed", () => {
    const alerts = createAlerts();
    const raised = alerts.check({ ...calm, error_rate: 0.125 }, new Date("2026-11-23T10:00:00Z"));
    assert.deepEqual(raised, [
      {
        alert: "error_rate",
        state: "raised",
        value: 0.125,
        threshold: 0.05,
        unit: "",
        message: "High error rate: 12.5 % (threshold 5.0 %)",
        since: "2026-11-23T10:00:00.000Z",
        timestamp: "2026-11-23T10:00:00.000Z",
      },
    ]);
    const [resolved] = alerts.check(calm, new Date("2026-11-23T10:05:00Z"));
    assert.equal(resolved?.message, "High error rate is over: 0.0 % (threshold 5.0 %)");
    assert.deepEqual([resolved?.since, resolved?.timestamp], ["2026-11-23T10:00:00.000Z", "2026-11-23T10:05:00.000Z"]);
  });
});
