import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { fastify } from "fastify";
import { observeRequests } from "../../src/http/observation.ts";
import type { App, Services } from "../../src/http/services.ts";
import { type SignalsOptions, startApplicationSignals } from "../../src/telemetry/application-signals.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { startTracing } from "../../src/telemetry/tracing.ts";
import { until } from "../support/until.ts";
import { startCollector } from "./collector.ts";

describe("Application Signals", () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  let log: string[] = [];
  const logger = {
    warn: (_fields: object, message: string) => void log.push(message),
    info: (message: string) => void log.push(message),
  } as unknown as Parameters<typeof startApplicationSignals>[1];

  before(async () => {
    collector = await startCollector();
  });
  beforeEach(() => {
    log = [];
    collector.metrics.length = 0;
    collector.answer(200);
  });
  after(() => collector?.stop());

  const start = async (options: Partial<SignalsOptions> = {}) => {
    const signals = await startApplicationSignals(
      { url: `${collector.endpoint}/v1/metrics`, place: { "k8s.namespace.name": "api" }, ...options },
      logger,
    );
    return { signals, metrics: createMetrics(signals) };
  };
  /** What came of one operation by the metric's name. */
  const pointsOf = (operation: string) =>
    collector.metrics.flatMap(({ name, points }) =>
      points
        .filter(({ attributes }) => attributes["aws.local.operation"] === operation)
        .map((point) => ({ name, ...point })),
    );

  it("has latency, errors and faults of each operation, under the names, and of the kind, that the agent reads", async () => {
    const { signals, metrics } = await start();
    for (const status of [200, 204, 302, 404, 499, 500, 503]) metrics.observe("/things/:id", "GET", status, 0.002);
    metrics.observe("/things/:id", "GET", 200, 0.25);
    metrics.observe("/things", "POST", 201, 0.004);
    await signals.close();

    assert.deepEqual(collector.requests.at(-1), { path: "/v1/metrics", type: "application/x-protobuf" });
    assert.deepEqual(
      collector.metrics.map(({ name, unit, temporality }) => ({ name, unit, temporality })),
      [
        { name: "Latency", unit: "Milliseconds", temporality: 1 },
        { name: "Error", unit: "", temporality: 1 },
        { name: "Fault", unit: "", temporality: 1 },
      ],
    );
    for (const { resource, points } of collector.metrics) {
      assert.equal(resource["service.name"], "pynomaly-api");
      assert.equal(resource["k8s.namespace.name"], "api");
      assert.equal(resource["telemetry.sdk.language"], "nodejs");
      assert.deepEqual(
        points.map(({ attributes }) => attributes),
        ["GET /things/:id", "POST /things"].map((operation) => ({
          "aws.local.service": "pynomaly-api",
          "aws.local.operation": operation,
          "aws.span.kind": "LOCAL_ROOT",
        })),
      );
    }
    const [latency, error, fault] = pointsOf("GET /things/:id");
    assert.deepEqual([latency?.count, latency?.min, latency?.max, latency?.sum], [8, 2, 250, 264]);
    assert.deepEqual([error?.count, error?.sum, error?.zeroCount, error?.counts], [8, 2, 6, [2]]);
    assert.deepEqual([fault?.count, fault?.sum, fault?.zeroCount, fault?.counts], [8, 2, 6, [2]]);
    // The bucket that ends at 1.
    assert.deepEqual([error?.offset, fault?.offset], [-1, -1]);
    const [, noError, noFault] = pointsOf("POST /things");
    assert.deepEqual([noError?.sum, noError?.max, noError?.counts, noFault?.sum], [0, 0, [], 0]);
  });

  it("counts a time in the bucket that it lies in, which is 4.4 % wide", async () => {
    const { signals, metrics } = await start();
    // A route for each, so that each is alone in its buckets. 1 ms is a bucket's bound.
    const milliseconds = [0.0626, 0.1, 0.5, 1, 1.0001, 3.3, 50, 100, 250, 999, 30_000, 65_000];
    for (const value of milliseconds) metrics.observe(`/${value}`, "GET", 200, value / 1000);
    await signals.close();
    for (const value of milliseconds) {
      const latency = pointsOf(`GET /${value}`)[0];
      assert.ok(latency);
      assert.deepEqual(latency.counts, [1]);
      const [above, upTo] = [0, 1].map((next) => 2 ** ((latency.offset + next) / 2 ** latency.scale));
      assert.ok(above !== undefined && upTo !== undefined && upTo / above < 1.045);
      // A time comes as seconds, and back to milliseconds with the last digit rounded.
      assert.ok(above < value * (1 + 1e-12) && value * (1 - 1e-12) <= upTo, `${value}: ${above} to ${upTo}`);
    }
  });

  it("counts what no bucket is for in the first and the last, and has the true extremes", async () => {
    const { signals, metrics } = await start();
    for (const seconds of [0, 1e-6, 100, 3600]) metrics.observe("/odd", "GET", 200, seconds);
    await signals.close();
    const [latency] = pointsOf("GET /odd");
    assert.equal(latency?.counts.length, 320);
    assert.deepEqual([latency?.counts[0], latency?.counts.at(-1), latency?.offset], [2, 2, -64]);
    assert.deepEqual([latency?.min, latency?.max, latency?.count], [0, 3_600_000, 4]);
  });

  it("sends what came since the last time, and nothing where nothing came", async () => {
    const { signals, metrics } = await start({ intervalMs: 3000 });
    metrics.observe("/a", "GET", 404, 0.001);
    metrics.observe("/b", "GET", 200, 0.001);
    await until(() => collector.metrics.length === 3);
    metrics.observe("/a", "GET", 500, 0.004);
    await signals.close();
    const latencies = pointsOf("GET /a").filter(({ name }) => name === "Latency");
    assert.deepEqual(
      latencies.map(({ count, sum, min }) => [count, sum, min]),
      [
        [1, 1, 1],
        [1, 4, 4],
      ],
    );
    const sums = (metric: string) => pointsOf("GET /a").flatMap(({ name, sum }) => (name === metric ? [sum] : []));
    assert.deepEqual(
      [sums("Error"), sums("Fault")],
      [
        [1, 0],
        [0, 1],
      ],
    );
    assert.equal(latencies[0]?.end, latencies[1]?.start);
    assert.ok(latencies.every(({ start, end }) => start <= end));
    assert.equal(pointsOf("GET /b").filter(({ name }) => name === "Latency").length, 1);

    const sent = collector.requests.length;
    await (await start()).signals.close();
    assert.equal(collector.requests.length, sent);
  });

  it("knows a request by the same attributes as its trace does", async () => {
    const { signals, metrics } = await start();
    const tracing = await startTracing({ endpoint: collector.endpoint, place: {}, sampledShare: 1 }, logger);
    const app = fastify() as unknown as App;
    tracing.instrument(app);
    observeRequests(app, { logger: app.log, metrics } as unknown as Services);
    app.get("/things/:id", async () => ({}));
    collector.spans.length = 0;
    for (const url of ["/things/1", "/nowhere/at/all"]) await app.inject(url);
    await app.close();
    await Promise.all([tracing.close(), signals.close()]);
    const named = (attributes: object) =>
      Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith("aws.")));
    const ofMetrics = collector.metrics[0]?.points.map(({ attributes }) => named(attributes));
    assert.deepEqual(
      collector.spans.map(({ attributes }) => named(attributes)),
      ofMetrics,
    );
    assert.deepEqual(
      ofMetrics?.map((attributes) => attributes["aws.local.operation"]),
      ["GET /things/:id", "GET unmatched"],
    );
  });

  it("logs once that the agent refuses, and once that it takes again", async () => {
    const { signals, metrics } = await start({ intervalMs: 3000 });
    const failing = "the metrics of Application Signals cannot be exported";
    collector.answer(400);
    const before = collector.requests.length;
    const observing = setInterval(() => metrics.observe("/a", "GET", 200, 0.001), 10);
    try {
      await until(() => collector.requests.length >= before + 2);
      collector.answer(200);
      await until(() => collector.metrics.length > 0);
    } finally {
      clearInterval(observing);
      await signals.close();
    }
    assert.deepEqual(log, [failing, "the metrics of Application Signals are exported again"]);
  });

  for (const [agent, url] of [
    ["an agent that is not there", "http://127.0.0.1:9/v1/metrics"],
    ["an agent that never answers", undefined],
  ] as const) {
    it(`gives up on ${agent}, with a line in the log, and closes`, async () => {
      collector.answer(undefined);
      const { signals, metrics } = await start(url === undefined ? {} : { url });
      metrics.observe("/a", "GET", 200, 0.001);
      await signals.close();
      assert.deepEqual(log, ["the metrics of Application Signals cannot be exported"]);
    });
  }
});
