import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent } from "node:http";
import { connect as connectSocket } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { localEnvironment } from "../local/environment.ts";
import { makeApiKey } from "../local/key.ts";
import { freePort } from "../local/postgres.ts";
import { type Stack, startStack } from "../local/stack.ts";
import { type Answered, ask, clients, type Program, start } from "./supervisor/process.ts";
import { until } from "./support/until.ts";
import { startCollector } from "./telemetry/collector.ts";

const source = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url));

describe("the programs without a sound environment", () => {
  const migration = { DATABASE_INSTANCE_HOST: "127.0.0.1", DATABASE_OWNER_SECRET_ARN: "file:///none" };
  const environment = {
    ...localEnvironment({ databasePort: 5432, databaseSecret: "file:///none", cachePort: 6379 }),
    ...migration,
  };
  for (const file of ["server.ts", "migrate.ts"]) {
    it(`${file} names each wrong variable once, without a stack trace, and exits 1`, async () => {
      const { exit, output } = start(source(file), { ...environment, DATABASE_PORT: "0", DATABASE_NAME: "" });
      assert.deepEqual(await exit, [1, null]);
      assert.equal(
        output(),
        [
          "the environment is wrong:",
          '  DATABASE_NAME: found ""; allowed: any text',
          '  DATABASE_PORT: found "0"; allowed: a whole number from 1 to 65535',
          "",
        ].join("\n"),
      );
    });
  }
});

describe("the service", () => {
  let stack: Stack;
  let headers: Record<string, string>;
  let apiKey: string;
  let running: Program[] = [];

  before(async () => {
    stack = await startStack();
    apiKey = await makeApiKey(stack, "test", { requestsPerSecond: 100_000, burst: 100_000 });
  });
  after(async () => {
    for (const { child, exit } of running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await exit;
    }
    running = [];
    await stack?.stop();
  });

  /** The service with two workers, and its two addresses. */
  const serve = async (env: Record<string, string> = {}) => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const program = start(source("server.ts"), {
      ...stack.environment,
      ...env,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
    });
    running.push(program);
    await until(() => program.output().includes('"listening"') || program.child.exitCode !== null, "listening");
    assert.equal(program.child.exitCode, null, program.output());
    return { ...program, api: `http://127.0.0.1:${port}`, port, internal: `http://127.0.0.1:${metricsPort}` };
  };
  const logIn = async (api: string) => {
    const response = await fetch(`${api}/api/v1/auth/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ api_key: apiKey }),
    });
    assert.equal(response.status, 201);
    const { token } = (await response.json()) as { token: string };
    headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  };
  const status = async (url: string) => (await ask(url)).status;

  it("counts, replaces a worker that dies, keeps workers' caches together, and loses nothing on SIGTERM under load", async (t) => {
    const { api, internal, child, exit, output } = await serve();
    await logIn(api);
    const datasets = `${api}/api/v1/datasets`;
    const post = (name: string, agent?: Agent) =>
      ask(datasets, { agent, method: "POST", headers, body: JSON.stringify({ name, features: ["x"] }) });
    const workers = async (): Promise<{ pid: number; ready: boolean }[]> =>
      JSON.parse((await ask(`${internal}/health`)).body).workers;

    await t.test("every request is in the metrics of the workers together", async () => {
      const load = clients(8, (agent) => ask(`${api}/api/v1/models?limit=1`, { agent, headers }));
      await until(() => load.answers.length > 300, "some requests");
      await load.stop();
      const counted = async () => {
        const { body } = await ask(`${internal}/metrics`);
        const line =
          /^http_request_duration_seconds_count\{route="\/api\/v1\/models",method="GET",status="2xx"\} (.*)$/m;
        return Number(line.exec(body)?.[1]);
      };
      assert.ok(load.answers.every((answer) => answer.status === 200));
      await until(async () => (await counted()) === load.answers.length, "all are counted");
    });

    await t.test("what one worker writes is not hidden by what another has in its memory", async () => {
      const agents = Array.from({ length: 6 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
      const lists = () => Promise.all(agents.map((agent) => ask(datasets, { agent, headers })));
      for (const [index, agent] of agents.entries()) {
        await lists();
        assert.equal((await post(`seen-${index}`, agent)).status, 201);
        await until(async () => (await lists()).every(({ body }) => body.includes(`"seen-${index}"`)), "all show it");
      }
      for (const agent of agents) agent.destroy();
    });

    await t.test("a worker that dies is replaced, and the other goes on", async () => {
      const load = clients(8, (agent) => ask(`${api}/health`, { agent }));
      const [first] = await workers();
      await until(() => load.answers.length > 100, "some requests");
      process.kill(first?.pid ?? 0, "SIGKILL");
      await until(async () => {
        const now = await workers();
        return now.every(({ pid, ready }) => ready && pid !== first?.pid);
      }, "it is replaced");
      await load.stop();
      assert.ok(load.errors.length <= 8, `${load.errors.length}`);
      assert.ok(load.answers.every((answer) => answer.status === 200));
    });

    await t.test("no request fails and nothing acknowledged is lost on SIGTERM", async () => {
      const acknowledged: string[] = [];
      let count = 0;
      const load = clients(8, async (agent): Promise<Answered> => {
        count += 1;
        const name = `kept-${count}`;
        const answer = await post(name, agent);
        if (answer.status === 201) acknowledged.push(name);
        return answer;
      });
      await until(() => acknowledged.length > 100, "some requests");
      child.kill("SIGTERM");
      await load.left;
      assert.deepEqual(load.errors, []);
      assert.deepEqual([...new Set(load.answers.map((answer) => answer.status))], [201]);
      assert.deepEqual(await exit, [0, null], output());
      const client = await stack.connect();
      const { rows } = await client.query<{ name: string }>("SELECT name FROM datasets WHERE name LIKE 'kept-%'");
      await client.end();
      const stored = new Set(rows.map(({ name }) => name));
      assert.deepEqual(
        acknowledged.filter((name) => !stored.has(name)),
        [],
      );
    });

    assert.equal(output().match(/"listening"/g)?.length, 1);
    assert.ok(!output().includes(apiKey) && !output().includes(stack.app.password));
  });

  it("sends the counts of all its workers' requests to Application Signals, the last of them as it leaves", async () => {
    const collector = await startCollector();
    const { api, child, exit, output } = await serve({
      OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT: `${collector.endpoint}/v1/metrics`,
      OTEL_RESOURCE_ATTRIBUTES: "k8s.namespace.name=pynomaly",
    });
    await logIn(api);
    const load = clients(8, (agent) => ask(`${api}/api/v1/models?limit=1`, { agent, headers }));
    await until(() => load.answers.length > 300, "some requests");
    await load.stop();
    await ask(`${api}/api/v1/models?limit=0`, { headers });
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null], output());
    collector.stop();
    const sums = (name: string) =>
      collector.metrics
        .filter((metric) => metric.name === name)
        .flatMap(({ points }) => points)
        .filter(({ attributes }) => attributes["aws.local.operation"] === "GET /api/v1/models");
    const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
    assert.equal(total(sums("Latency").map(({ count }) => count)), load.answers.length + 1);
    assert.deepEqual([total(sums("Error").map(({ sum }) => sum)), total(sums("Fault").map(({ sum }) => sum))], [1, 0]);
    const workers = new Set(collector.metrics.map(({ resource }) => resource["process.pid"]));
    assert.equal(workers.size, 2);
    assert.ok(collector.metrics.every(({ resource }) => resource["k8s.namespace.name"] === "pynomaly"));
  });

  it("starts without database and cache, is ready when they come, and traces what it then does", async () => {
    const collector = await startCollector();
    await Promise.all([stack.postgres.pause(), stack.redis.pause()]);
    const { api, child, exit, output } = await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_TRACES_SAMPLER_ARG: "1",
    });
    assert.deepEqual([await status(`${api}/health`), await status(`${api}/ready`)], [200, 503]);
    await Promise.all([stack.postgres.resume(), stack.redis.resume()]);
    await until(async () => (await ask(`${api}/ready`)).body.includes('"ready"'), "ready");
    await logIn(api);
    assert.equal(await status(`${api}/health`), 200);
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null], output());
    collector.stop();
    const session = collector.spans.find(({ name }) => name === "POST /api/v1/auth/sessions");
    const below = collector.spans.filter(({ traceId }) => traceId === session?.traceId).map(({ name }) => name);
    assert.ok(below.includes("sql find-api-key"), below.join());
  });

  it("lets a request finish on SIGTERM to its whole process group", async () => {
    const { port, internal, child, exit, output } = await serve({ WORKERS: "1" });
    const socket = connectSocket(port, "127.0.0.1");
    const answer = text(socket);
    socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n");
    const { workers } = JSON.parse((await ask(`${internal}/health`)).body);
    await delay(200);
    for (const { pid } of workers) process.kill(pid, "SIGTERM");
    child.kill("SIGTERM");
    await until(() => output().includes('"draining"'), "it drains");
    await delay(200);
    socket.write("\r\n");
    assert.match(await answer, /^HTTP\/1\.1 200 /);
    assert.deepEqual(await exit, [0, null], output());
  });

  it("cuts off a request that outlasts SHUTDOWN_TIMEOUT_SECONDS, and says so", async () => {
    const { port, child, exit, output } = await serve({ SHUTDOWN_TIMEOUT_SECONDS: "1", WORKERS: "1" });
    const socket = connectSocket(port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.write("GET /health HTTP/1.1\r\nHost: never-finished\r\n");
    await delay(200);
    const sent = performance.now();
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [1, null], output());
    assert.ok(performance.now() - sent >= 950);
    assert.match(output(), /requests were cut off/);
  });
});
