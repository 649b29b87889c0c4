import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { percentile } from "../../src/monitor/distribution.ts";
import { type Collected, trafficBetween } from "../../src/monitor/traffic.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";
import { LOOP_DELAY, LOOP_TIME } from "../../src/telemetry/process-metrics.ts";
import { counter, type Snapshot, sumOfCounts } from "../../src/telemetry/snapshot.ts";

/** The workers' metrics, read at this second. */
async function at(time: number, workers: Record<number, Metrics>, retired: Snapshot = []): Promise<Collected> {
  const entries = Object.entries(workers).map(async ([id, metrics]) => [Number(id), await metrics.snapshot()] as const);
  return { time, workers: new Map(await Promise.all(entries)), retired };
}

function requests(metrics: Metrics, count: number, seconds: number, status = 200, route = "/api/v1/models"): void {
  for (let done = 0; done < count; done += 1) metrics.observe(route, "GET", status, seconds);
}

const pools = (busy: number, max: number) => ({
  database: { stats: () => [{ name: "writer", total: busy + 1, idle: 1, waiting: 0, max, healthy: true }] },
  cache: { stats: () => ({ hits: 0, misses: 0, stale: 0, connected: true }) },
  models: { stats: () => ({ loaded: 0, bytes: 0 }) },
  server: { getConnections: (done: (error: Error | null, count: number) => void) => done(null, 20) },
});

describe("traffic between two moments", () => {
  it("is what came in between, of all workers", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    requests(one, 1000, 9, 500);
    const before = await at(100, { 1: one, 2: other });
    requests(one, 60, 0.002);
    requests(other, 30, 0.002);
    requests(other, 10, 0.004, 503);
    const traffic = trafficBetween(before, await at(110, { 1: one, 2: other }));
    assert.equal(traffic.throughput, 10);
    assert.equal(traffic.error_rate, 0.1);
    assert.ok(traffic.response_time_p50 !== null && traffic.response_time_p50 <= 2.5);
    assert.ok(traffic.response_time_p95 !== null && traffic.response_time_p95 > 2.5 && traffic.response_time_p95 <= 5);
    assert.equal(traffic.response_time, traffic.response_time_p95);
  });

  it("is not known where there was none, rather than fast and without errors", async () => {
    const metrics = createMetrics();
    const { throughput, error_rate, response_time } = trafficBetween(
      await at(0, { 1: metrics }),
      await at(30, { 1: metrics }),
    );
    assert.deepEqual([throughput, error_rate, response_time], [0, null, null]);
  });

  it("is the clients', not the probes'", async () => {
    const metrics = createMetrics();
    const before = await at(0, { 1: metrics });
    requests(metrics, 100, 0.001, 503, "/ready");
    requests(metrics, 100, 0.001, 200, "/health");
    requests(metrics, 10, 0.2);
    const traffic = trafficBetween(before, await at(10, { 1: metrics }));
    assert.deepEqual([traffic.throughput, traffic.error_rate], [1, 0]);
    assert.ok(traffic.response_time_p50 !== null && traffic.response_time_p50 > 100);
  });

  it("keeps what a worker counted that has gone, and counts a new one from its start", async () => {
    const [gone, stays, fresh] = [createMetrics(), createMetrics(), createMetrics()];
    requests(gone, 500, 0.001);
    const before = await at(0, { 1: gone, 2: stays });
    requests(gone, 10, 0.001);
    requests(fresh, 20, 0.001);
    const retired = sumOfCounts([await gone.snapshot()]);
    assert.equal(trafficBetween(before, await at(1, { 2: stays, 3: fresh }, retired)).throughput, 30);
  });

  it("has the event loop of the busiest worker", () => {
    const worker = (active: number, idle: number, late: number): Snapshot => [
      counter(LOOP_TIME, "", [
        { labels: { state: "active" }, value: active },
        { labels: { state: "idle" }, value: idle },
      ]),
      {
        name: LOOP_DELAY,
        help: "",
        type: "histogram",
        aggregator: "sum",
        values: [
          { metricName: `${LOOP_DELAY}_bucket`, labels: { le: 0.1 }, value: 100 - late },
          { metricName: `${LOOP_DELAY}_bucket`, labels: { le: 0.2 }, value: 100 },
          { metricName: `${LOOP_DELAY}_bucket`, labels: { le: "+Inf" }, value: 100 },
        ],
      },
    ];
    const before = { time: 0, retired: [], workers: new Map([[1, worker(5, 5, 0).slice(0, 1)]]) };
    const now = {
      time: 30,
      retired: [],
      workers: new Map([
        [1, worker(6, 8, 0)],
        [2, worker(3, 1, 50)],
      ]),
    };
    const traffic = trafficBetween(before, now);
    assert.equal(traffic.event_loop_utilization, 0.75);
    assert.equal(traffic.event_loop_delay_p99, 198);
  });

  it("has the connections of all workers, and the fullest pool", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.attach(pools(9, 10));
    other.attach(pools(1, 10));
    const now = await at(1, { 1: one, 2: other });
    const { active_connections, pool_percent } = trafficBetween(now, { ...now, time: 2 });
    assert.deepEqual([active_connections, pool_percent], [40, 50]);
  });
});

describe("a percentile", () => {
  const distribution = new Map([
    [0.1, 50],
    [0.2, 100],
    [Number.POSITIVE_INFINITY, 110],
  ]);
  for (const [share, expected] of [
    [0.25, 0.055],
    [50 / 110, 0.1],
    [75 / 110, 0.15],
    [0.99, 0.2],
  ] as const) {
    it(`of ${share} lies within its bucket, or at the last bound`, () => {
      assert.ok(Math.abs((percentile(distribution, share) ?? 0) - expected) < 1e-9);
    });
  }

  it("of nothing is null", () => assert.equal(percentile(new Map([[0.1, 0]]), 0.5), null));
});
