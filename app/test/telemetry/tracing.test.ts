import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { type FastifyBaseLogger, fastify, LogController } from "fastify";
import type { App } from "../../src/http/services.ts";
import { createLogger } from "../../src/telemetry/logger.ts";
import { tracedCache, tracedDatabase, tracedModels } from "../../src/telemetry/traced.ts";
import { startTracing, type Tracing } from "../../src/telemetry/tracing.ts";
import { startCollector } from "./collector.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const sampledBy = (flags: string) => ({ traceparent: `00-${TRACE}-${SPAN}-${flags}` });

const silent = { warn: () => undefined, info: () => undefined };

/** An app whose routes do what the API's do: after the body is there, ask a database in a transaction. */
async function tracedApp(tracing: Tracing, lines: string[] = []): Promise<App> {
  const loggerInstance: FastifyBaseLogger = createLogger("info", tracing.ids, { write: (line) => lines.push(line) });
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
  }) as unknown as App;
  tracing.instrument(app);
  const select = (name: string) => tracing.span(`sql ${name}`, { "db.operation.name": name }, () => delay(1));
  app.get("/things/:id", async (request) => {
    await Promise.all([select("first"), select("second")]);
    request.log.info("looked up");
    return {};
  });
  app.post("/things", async () => {
    await tracing.span("transaction", {}, () => select("insert"));
    return {};
  });
  app.get("/failing", async () => {
    await tracing.span("sql broken", {}, async () => {
      throw new TypeError("duplicate key: hidden-value");
    });
  });
  return app;
}

describe("tracing", () => {
  let collector: Awaited<ReturnType<typeof startCollector>>;
  before(async () => {
    collector = await startCollector();
  });
  after(() => collector?.stop());

  /** The spans that these requests lead to, after all of them were sent. */
  const spansOf = async (ask: (app: App) => Promise<void>, sampledShare?: number) => {
    const tracing = await startTracing({ endpoint: collector.endpoint, place: {}, sampledShare }, silent);
    const app = await tracedApp(tracing);
    collector.spans.length = 0;
    await app.listen({ port: 0, host: "127.0.0.1" });
    await ask(app);
    await app.close();
    await tracing.close();
    return [...collector.spans];
  };
  const url = (app: App, path: string) => {
    const address = app.server.address();
    assert.ok(address !== null && typeof address === "object");
    return `http://127.0.0.1:${address.port}${path}`;
  };

  it("exports a sampled request, and what it did, below the caller's span", async () => {
    const spans = await spansOf(async (app) => {
      await fetch(url(app, "/things/42?secret=hidden-value"), { headers: sampledBy("01") });
    });
    assert.deepEqual(collector.requests.at(-1), { path: "/v1/traces", type: "application/x-protobuf" });
    assert.deepEqual(spans.map(({ name }) => name).sort(), ["GET /things/:id", "sql first", "sql second"]);
    const server = spans.find(({ name }) => name.startsWith("GET"));
    assert.deepEqual(server?.attributes, {
      "http.request.method": "GET",
      "url.path": "/things/42",
      "http.route": "/things/:id",
      "http.response.status_code": 200,
      "aws.local.service": "pynomaly-api",
      "aws.local.operation": "GET /things/:id",
      "aws.span.kind": "LOCAL_ROOT",
    });
    for (const span of spans) {
      assert.equal(span.traceId, TRACE);
      assert.equal(span.parentSpanId, span === server ? SPAN : server?.spanId);
    }
  });

  it("says of a call which server it asks for what, and within which operation: as Application Signals reads it", async () => {
    const tracing = await startTracing(
      { endpoint: collector.endpoint, place: { "k8s.namespace.name": "api" } },
      silent,
    );
    const app = fastify() as unknown as App;
    tracing.instrument(app);
    app.get("/things/:id", () =>
      tracing.span("own work", {}, () =>
        tracing.span("sql list", { "db.system.name": "postgresql", "db.operation.name": "list" }, async () => ({})),
      ),
    );
    collector.spans.length = 0;
    await app.inject({ url: "/things/1", headers: sampledBy("01") });
    await app.close();
    await tracing.close();
    const byName = (name: string) => collector.spans.find((span) => span.name === name);
    assert.deepEqual(byName("sql list")?.attributes, {
      "db.system.name": "postgresql",
      "db.operation.name": "list",
      "aws.local.service": "pynomaly-api",
      "aws.local.operation": "GET /things/:id",
      "aws.remote.service": "postgresql",
      "aws.remote.operation": "list",
      "aws.span.kind": "CLIENT",
    });
    assert.deepEqual(byName("own work")?.attributes, {});
    assert.deepEqual(
      ["GET /things/:id", "own work", "sql list"].map((name) => byName(name)?.kind),
      [2, 1, 3],
    );
    const { "service.name": service, "k8s.namespace.name": namespace } = byName("sql list")?.resource ?? {};
    assert.deepEqual([service, namespace], ["pynomaly-api", "api"]);
  });

  it("keeps to the request when its body has come, and nests", async () => {
    const spans = await spansOf(async (app) => {
      const headers = { ...sampledBy("01"), "content-type": "application/json" };
      const sent = request(url(app, "/things"), { method: "POST", headers });
      sent.flushHeaders();
      await once(app.server, "request");
      sent.end(JSON.stringify({ a: 1 }));
      const [response] = await once(sent, "response");
      await response.toArray();
    });
    const byName = (name: string) => spans.find((span) => span.name === name);
    assert.equal(byName("transaction")?.parentSpanId, byName("POST /things")?.spanId);
    assert.equal(byName("sql insert")?.parentSpanId, byName("transaction")?.spanId);
  });

  it("has a span for each statement, call of the cache and prediction, by name and without values", async () => {
    const tracing = await startTracing({ endpoint: collector.endpoint, place: {}, sampledShare: 1 }, silent);
    const statement = (name: string) => ({ name, text: "SELECT $1" });
    const tx = { query: async () => [], copyFrom: async () => 3 };
    const database = tracedDatabase(
      {
        read: async () => [],
        readText: async () => [],
        write: async () => [],
        transaction: (work: (of: typeof tx) => Promise<unknown>) => work(tx),
      } as unknown as Parameters<typeof tracedDatabase>[0],
      tracing,
    );
    const cache = tracedCache(
      {
        cached: (_namespace: string, _key: string, load: (how: object) => Promise<unknown>) => load({}),
      } as unknown as Parameters<typeof tracedCache>[0],
      tracing,
    );
    const models = tracedModels(
      { predict: async () => ({}) } as unknown as Parameters<typeof tracedModels>[0],
      tracing,
    );
    const app = fastify() as unknown as App;
    tracing.instrument(app);
    app.get("/all", async () => {
      await cache.cached("datasets", "hidden-value", () => database.read(statement("list"), ["hidden-value"]));
      await database.readText(statement("texts"), ["hidden-value"]);
      await database.write(statement("change"), ["hidden-value"]);
      const model = { name: "forest", version: "1.2" } as Parameters<typeof models.predict>[0];
      await models.predict(model, new Float32Array(64), 8);
      return database.transaction(async (inside) => {
        await inside.query(statement("insert"), ["hidden-value"]);
        await inside.copyFrom("COPY hidden-value FROM STDIN", (async function* () {})());
        return {};
      });
    });
    collector.spans.length = 0;
    assert.equal((await app.inject("/all")).statusCode, 200);
    await app.close();
    await tracing.close();
    const name = (id: string) => collector.spans.find(({ spanId }) => spanId === id)?.name;
    const below = collector.spans.map((span) => `${span.name} < ${name(span.parentSpanId)}`);
    assert.deepEqual(below.sort(), [
      "GET /all < undefined",
      "cache cached datasets < GET /all",
      "predict forest < GET /all",
      "sql change < GET /all",
      "sql copy < sql transaction",
      "sql insert < sql transaction",
      "sql list < cache cached datasets",
      "sql texts < GET /all",
      "sql transaction < GET /all",
    ]);
    assert.doesNotMatch(JSON.stringify(collector.spans), /hidden-value/);
    assert.equal(collector.spans.find((span) => span.name.startsWith("predict"))?.attributes["pynomaly.model.rows"], 8);
  });

  it("marks failures, without their messages", async () => {
    const spans = await spansOf(async (app) => {
      await fetch(url(app, "/failing"), { headers: sampledBy("01") });
    });
    assert.deepEqual(
      spans.map(({ name, status }) => [name, status]),
      [
        ["sql broken", 2],
        ["GET /failing", 2],
      ],
    );
    assert.doesNotMatch(JSON.stringify(spans), /hidden-value/);
  });

  it("records nothing of a request whose caller does not, nor of what it does", async () => {
    const spans = await spansOf(async (app) => {
      await fetch(url(app, "/things/1"), { headers: sampledBy("00") });
    }, 1);
    assert.deepEqual(spans, []);
  });

  it("decides itself where nobody has: 5 % of the requests", async () => {
    const spans = await spansOf(async (app) => {
      for (let count = 0; count < 400; count += 1) await app.inject("/unmatched");
    });
    // 400 × 5 % = 20; four standard deviations are 17.
    assert.ok(spans.length > 2 && spans.length < 38, `${spans.length}`);
    assert.ok(spans.every(({ parentSpanId, name }) => parentSpanId === "" && name === "GET"));
  });

  it("begins a trace of the load balancer's name", async () => {
    const header = { "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678" };
    const spans = await spansOf(async (app) => {
      await app.inject({ url: "/unmatched", headers: header });
      await app.inject({ url: "/unmatched" });
    }, 1);
    assert.deepEqual(
      spans.map(({ traceId, parentSpanId }) => [traceId === "67891233abcdef012345678912345678", parentSpanId]),
      [
        [true, ""],
        [false, ""],
      ],
    );
  });

  it("writes the trace's ids to the lines of its requests, and to no others", async () => {
    const tracing = await startTracing({ endpoint: collector.endpoint, place: {}, sampledShare: 0 }, silent);
    const lines: string[] = [];
    const app = await tracedApp(tracing, lines);
    await app.inject({ url: "/things/1", headers: sampledBy("01") });
    await app.inject({ url: "/things/1" });
    await app.close();
    await tracing.close();
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).trace_id),
      [TRACE, undefined],
    );
  });

  it("logs once that traces cannot be exported, and once that they can again", async () => {
    const log: string[] = [];
    const logger = {
      warn: (_fields: object, message: string) => void log.push(message),
      info: (message: string) => void log.push(message),
    };
    const tracing = await startTracing(
      { endpoint: collector.endpoint, place: {}, sampledShare: 1 },
      logger as unknown as Parameters<typeof startTracing>[1],
    );
    const app = await tracedApp(tracing);
    // 512 spans are a batch.
    const batch = async () => {
      const before = collector.requests.length;
      for (let count = 0; count < 512; count += 1) await app.inject("/unmatched");
      const deadline = performance.now() + 5000;
      while (collector.requests.length === before && performance.now() < deadline) await delay(10);
      await delay(50);
    };
    collector.answer(400);
    await batch();
    await batch();
    assert.deepEqual(log, ["traces cannot be exported"]);
    collector.answer(200);
    await batch();
    assert.deepEqual(log, ["traces cannot be exported", "traces are exported again"]);
    await app.close();
    await tracing.close();
  });

  it("loads nothing where it is not started", async () => {
    const program = `
      import { createRequire } from "node:module";
      import { startApplicationSignals } from "${new URL("../../src/telemetry/application-signals.ts", import.meta.url)}";
      import { startTracing } from "${new URL("../../src/telemetry/tracing.ts", import.meta.url)}";
      const loaded = () => Object.keys(createRequire("/").cache).some((file) => file.includes("opentelemetry"));
      const before = loaded();
      await startTracing({ endpoint: "http://127.0.0.1:9", place: {} }, console);
      console.log(JSON.stringify([before, loaded()]));
      process.exit();`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
    assert.deepEqual(JSON.parse(stdout), [false, true]);
  });
});
