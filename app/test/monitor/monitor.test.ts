import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Alert } from "../../src/monitor/alerts.ts";
import { createMonitor, type Measurement, summary } from "../../src/monitor/monitor.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** A monitor of one worker, on the seconds that it is given. */
async function monitored() {
  const metrics = createMetrics();
  const told: Alert[] = [];
  const errors: object[] = [];
  let time = 0;
  const monitor = await createMonitor({
    collect: async () => {
      time += 30;
      return { time, workers: new Map([[1, await metrics.snapshot()]]), retired: [] };
    },
    sinks: [
      async () => {
        throw new Error("no way");
      },
      async (alert) => void told.push(alert),
    ],
    logger: {
      debug: () => undefined,
      error: (fields: object) => void errors.push(fields),
    } as unknown as Parameters<typeof createMonitor>[0]["logger"],
    relieve: () => undefined,
  });
  return { metrics, monitor, told, errors };
}

describe("the monitor", () => {
  it("knows nothing before its first measurement", async () => {
    const { monitor } = await monitored();
    const { current, summary: known, alerts, history } = monitor.report();
    assert.deepEqual([current, alerts, history], [null, [], []]);
    assert.deepEqual(new Set(Object.values(known)), new Set([null]));
  });

  it("measures, and tells every sink of an alert though another fails", async () => {
    const { monitor, metrics, told, errors } = await monitored();
    for (let count = 0; count < 60; count += 1) metrics.observe("/a", "GET", count < 6 ? 500 : 200, 2);
    await monitor.measure();
    const { current, alerts, history } = monitor.report();
    assert.equal(current?.throughput, 2);
    assert.equal(current?.error_rate, 0.1);
    assert.deepEqual(history, [current]);
    // Whether the machine is busy is another matter.
    const ours = (list: readonly Alert[]) =>
      list.map(({ alert }) => alert).filter((name) => name !== "cpu" && name !== "memory");
    assert.deepEqual(ours(alerts), ["response_time", "error_rate"]);
    assert.deepEqual(ours(told), ["response_time", "error_rate"]);
    assert.equal(errors.length, told.length);
  });

  it("keeps the last 1000 measurements", async () => {
    const { monitor } = await monitored();
    for (let count = 0; count < 3; count += 1) await monitor.measure();
    const { history } = monitor.report();
    const [first, second] = history;
    for (let count = 3; count < 1001; count += 1) await monitor.measure();
    const kept = monitor.report().history;
    assert.equal(kept.length, 1000);
    assert.ok(!kept.includes(first as Measurement) && kept[0] === second);
  });
});

describe("the monitor's clock", () => {
  it("measures every 30 s, also after a measurement that failed", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { monitor, metrics, errors } = await monitored();
    /** Lets half a minute pass, and the measurement that is then begun. */
    const pass = async (done: () => boolean) => {
      t.mock.timers.tick(30_000);
      for (let turn = 0; turn < 10_000 && !done(); turn += 1) await new Promise(setImmediate);
      // The next interval begins when the measurement is over.
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    };
    const measured = () => monitor.report().history.length;
    // The others tell of alerts: the machine may be busy.
    const failed = () => errors.filter((fields) => !("alert" in fields)).length;
    monitor.start();
    t.mock.timers.tick(29_999);
    assert.equal(measured(), 0);
    await pass(() => measured() === 1);
    const { snapshot } = metrics;
    metrics.snapshot = () => Promise.reject(new Error("no answer"));
    await pass(() => failed() === 1);
    assert.deepEqual([measured(), failed()], [1, 1]);
    metrics.snapshot = snapshot;
    await pass(() => measured() === 2);
    assert.equal(measured(), 2);
  });
});

describe("the summary", () => {
  const measurement = (values: Partial<Measurement>) => ({ active_connections: 0, ...values }) as Measurement;

  it("has the guide's averages and maxima, of what is known", () => {
    const measured = [
      { cpu_percent: 10, memory_percent: 40, response_time: 100, throughput: 0, error_rate: null },
      { cpu_percent: null, memory_percent: 60, response_time: null, throughput: 10, error_rate: 0.5 },
      { cpu_percent: 30, memory_percent: 50, response_time: 300, throughput: 20, error_rate: 0, active_connections: 7 },
    ];
    assert.deepEqual(summary(measured.map(measurement)), {
      avg_cpu_percent: 20,
      avg_memory_percent: 50,
      avg_response_time: 200,
      max_response_time: 300,
      avg_throughput: 10,
      avg_error_rate: 0.25,
      max_active_connections: 7,
    });
  });
});
