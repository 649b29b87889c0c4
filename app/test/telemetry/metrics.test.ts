import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { LATENCY_BOUNDS } from "../../src/telemetry/histogram.ts";
import { createMetrics, REQUEST_DURATION } from "../../src/telemetry/metrics.ts";
import { prometheusText, type Snapshot, sumOfCounts } from "../../src/telemetry/snapshot.ts";

/** Lines of Prometheus' text that begin with this name. */
const lines = async (name: string, ...snapshots: Snapshot[]) =>
  (await prometheusText(snapshots)).split("\n").filter((line) => line.startsWith(name));

const parts = {
  database: { stats: () => [{ name: "writer", total: 5, idle: 2, waiting: 1, max: 10, healthy: true }] },
  cache: { stats: () => ({ hits: 7, misses: 3, stale: 1, connected: true }) },
  models: { stats: () => ({ loaded: 1, bytes: 400_000 }) },
  server: { getConnections: (done: (error: Error | null, count: number) => void) => done(null, 12) },
};

describe("metrics", () => {
  it("have buckets at the targets: 50, 100 and 250 ms", () => {
    for (const target of [0.05, 0.1, 0.25]) assert.ok(LATENCY_BOUNDS.includes(target));
  });

  it("count a request in each bucket that its time is at most, by route, method and status class", async () => {
    const metrics = createMetrics();
    metrics.observe("/api/v1/anomalies/:id", "GET", 200, 0.05);
    metrics.observe("/api/v1/anomalies/:id", "GET", 204, 0.0501);
    metrics.observe("/api/v1/anomalies/:id", "GET", 503, 99);
    const labels = (status: string, le: string) =>
      `http_request_duration_seconds_bucket{route="/api/v1/anomalies/:id",method="GET",status="${status}",le="${le}"}`;
    const text = await lines(REQUEST_DURATION, await metrics.snapshot());
    const value = (start: string) => text.find((line) => line.startsWith(start))?.slice(start.length + 1);
    assert.equal(value(labels("2xx", "0.04")), "0");
    assert.equal(value(labels("2xx", "0.05")), "1");
    assert.equal(value(labels("2xx", "0.06")), "2");
    assert.equal(value(labels("5xx", "30")), "0");
    assert.equal(value(labels("5xx", "+Inf")), "1");
    assert.equal(text.filter((line) => line.includes('status="4xx"')).length, 0);
    assert.match(text.find((line) => line.startsWith(`${REQUEST_DURATION}_sum`)) ?? "", / 0\.1001$/);
  });

  it("count those that were refused because of a quota", async () => {
    const metrics = createMetrics();
    metrics.observe("/api/v1/models", "GET", 429, 0.001);
    assert.deepEqual(await lines("http_requests_rate_limited_total", await metrics.snapshot()), [
      "http_requests_rate_limited_total 1",
    ]);
  });

  it("tell of connections, pools, cache and models what these say when they are asked", async () => {
    const metrics = createMetrics();
    metrics.attach(parts);
    const snapshot = await metrics.snapshot();
    assert.deepEqual(await lines("http_connections", snapshot), ["http_connections 12"]);
    assert.deepEqual(await lines("pynomaly_", snapshot), [
      'pynomaly_database_pool_connections{pool="writer",state="total"} 5',
      'pynomaly_database_pool_connections{pool="writer",state="idle"} 2',
      'pynomaly_database_pool_connections{pool="writer",state="waiting"} 1',
      'pynomaly_database_pool_connections{pool="writer",state="max"} 10',
      'pynomaly_database_pool_healthy{pool="writer"} 1',
      "pynomaly_cache_connected 1",
      'pynomaly_cache_lookups_total{outcome="hit"} 7',
      'pynomaly_cache_lookups_total{outcome="miss"} 3',
      'pynomaly_cache_lookups_total{outcome="stale"} 1',
      "pynomaly_models_loaded 1",
      "pynomaly_models_bytes 400000",
    ]);
  });

  it("of several processes are added up", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.observe("/a", "GET", 200, 0.001);
    other.observe("/a", "GET", 200, 0.001);
    other.observe("/b", "POST", 201, 0.001);
    one.inFlight = 2;
    other.inFlight = 3;
    const snapshots = [await one.snapshot(), await other.snapshot()];
    assert.deepEqual(await lines(`${REQUEST_DURATION}_count`, ...snapshots), [
      'http_request_duration_seconds_count{route="/a",method="GET",status="2xx"} 2',
      'http_request_duration_seconds_count{route="/b",method="POST",status="2xx"} 1',
    ]);
    assert.deepEqual(await lines("http_requests_in_flight", ...snapshots), ["http_requests_in_flight 5"]);
  });

  it("of processes that are gone keep their counts, and not their gauges", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    for (const metrics of [one, other]) {
      metrics.inFlight = 1;
      metrics.observe("/a", "GET", 200, 0.001);
    }
    const gone = sumOfCounts([await one.snapshot(), await other.snapshot()]);
    assert.deepEqual(await lines(`${REQUEST_DURATION}_count`, gone), [
      'http_request_duration_seconds_count{route="/a",method="GET",status="2xx"} 2',
    ]);
    assert.deepEqual(await lines("http_requests_in_flight", gone), []);
  });

  it("of the process show its garbage collections, its busy event loop and its memory", async () => {
    const metrics = createMetrics();
    const value = async (name: string) => {
      const found = await lines(name, await metrics.snapshot());
      return Number(found[0]?.split(" ").at(-1));
    };
    // The event loop's time begins with its first turn.
    await delay(1);
    const active = await value('nodejs_eventloop_seconds_total{state="active"}');
    const busyUntil = performance.now() + 120;
    const garbage: unknown[] = [];
    while (performance.now() < busyUntil) garbage.push(new Array(1000).fill({}));
    garbage.length = 0;
    const deadline = performance.now() + 5000;
    const seen = async () =>
      (await value("nodejs_eventloop_delay_seconds_sum")) > 0.08 &&
      (await value('nodejs_gc_duration_seconds_count{kind="minor"}')) > 0;
    while (!(await seen()) && performance.now() < deadline) await delay(20);
    assert.ok((await value("nodejs_eventloop_delay_seconds_sum")) > 0.08);
    assert.ok((await value('nodejs_gc_duration_seconds_count{kind="minor"}')) > 0);
    assert.ok((await value('nodejs_eventloop_seconds_total{state="active"}')) - active > 0.1);
    assert.ok((await value("process_resident_memory_bytes")) > (await value("nodejs_heap_size_used_bytes")));
  });
});
