import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { FastifyRequest } from "fastify";
import type { App } from "../../src/http/services.ts";
import { until } from "../support/until.ts";
import { dial, exchange, gate, listen, type Setup, subject } from "./support.ts";

const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const post = (length: number, path = "/upload") =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-test\r\nContent-Length: ${length}\r\n\r\n`;

/** An app that listens, with a route that waits and one that reads its body. */
async function slow(t: TestContext, setup: Setup = {}) {
  const wait = gate();
  const routes = (app: App) => {
    app.get("/wait", { config: { scope: "none" } }, async () => {
      await wait.opened;
      return { done: true };
    });
    app.get("/large", { config: { scope: "none" } }, (_request, reply) => reply.send(Buffer.alloc(50_000_000)));
    app.get("/fast", { config: { scope: "none" } }, async () => ({ done: true }));
    app.addContentTypeParser("application/x-test", (_request, _payload, done) => done(null));
    const read = async (request: FastifyRequest) => ({ length: (await text(request.raw)).length });
    app.post("/upload", { config: { scope: "none" }, bodyLimit: 100_000_000 }, read);
    app.post("/small", { config: { scope: "none" }, bodyLimit: 10 }, read);
  };
  const made = await subject(t, { routes: [routes], ...setup });
  t.after(wait.open);
  return { ...made, port: await listen(made.app), open: wait.open };
}

test("more requests than a worker is made for are turned away, all but those for health", async (t) => {
  const { port, services, open } = await slow(t, { environment: { WORKER_CONNECTIONS: "3" } });
  const waiting = await Promise.all([1, 2, 3].map(() => dial(t, port)));
  for (const line of waiting) line.send(GET("/wait"));
  await until(() => services.metrics.inFlight === 3);

  const refused = await exchange(t, port, GET("/fast"));
  assert.equal(refused.status, 503);
  assert.equal(JSON.parse(refused.body).type, "/problems/overloaded");
  assert.equal(refused.headers["retry-after"], "1");
  assert.equal(services.metrics.shed, 1);
  for (const path of ["/health", "/ready"]) assert.equal((await exchange(t, port, GET(path))).status, 200);

  open();
  for (const line of waiting) assert.equal((await line.answer()).status, 200);
  await until(() => services.metrics.inFlight === 0);
  assert.equal((await exchange(t, port, GET("/fast"))).status, 200);
});

test("a client that leaves makes room, and is counted as one that left", async (t) => {
  const { port, services } = await slow(t, { environment: { WORKER_CONNECTIONS: "1" } });
  const line = await dial(t, port);
  line.send(GET("/wait"));
  await until(() => services.metrics.inFlight === 1);
  line.socket.destroy();
  await until(() => services.metrics.inFlight === 0);
  assert.equal((await exchange(t, port, GET("/fast"))).status, 200);
  const snapshot = await services.metrics.snapshot();
  const counted = snapshot
    .find(({ name }) => name === "http_request_duration_seconds")
    ?.values.filter(({ metricName }) => metricName?.endsWith("_count"))
    .map(({ labels, value }) => ({ ...labels, value }));
  assert.deepEqual(counted, [
    { route: "/wait", method: "GET", status: "4xx", value: 1 },
    { route: "/fast", method: "GET", status: "2xx", value: 1 },
  ]);
});

test("requests end in any order, and each makes its own room", async (t) => {
  const { port, services, open } = await slow(t, { environment: { WORKER_CONNECTIONS: "4" } });
  const lines = [];
  for (let count = 1; count <= 4; count += 1) {
    const line = await dial(t, port);
    line.send(GET("/wait"));
    await until(() => services.metrics.inFlight === count);
    lines.push(line);
  }
  const [first, second, third, fourth] = lines;
  // The last takes the first one's place, and leaves it.
  for (const [line, left] of [
    [first, 3],
    [fourth, 2],
  ] as const) {
    line?.socket.destroy();
    await until(() => services.metrics.inFlight === left);
  }
  open();
  for (const line of [second, third]) assert.equal((await line?.answer())?.status, 200);
  await until(() => services.metrics.inFlight === 0);
});

test("while requests are shed all are turned away, but not those for health", async (t) => {
  const { app, log } = await slow(t);
  app.pressure.shedding = true;
  for (const url of ["/fast", "/nothing", "/openapi.json"]) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, 503, url);
    assert.equal(answer.json().type, "/problems/overloaded");
  }
  assert.equal((await app.inject("/health")).statusCode, 200);
  assert.equal((await app.inject("/ready")).statusCode, 200);
  app.pressure.shedding = false;
  assert.equal((await app.inject("/fast")).statusCode, 200);
  assert.equal(
    log.some(({ msg }) => /too much to do/.test(String(msg))),
    false,
    "no line for each",
  );
});

test("an event loop that stays late sheds requests, and recovers; one that was late once does not", async (t) => {
  const { app } = await slow(t);
  const status = async (url: string) => (await app.inject(url)).statusCode;
  const hold = (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  hold(1200);
  for (const end = performance.now() + 1500; performance.now() < end; await delay(50)) {
    assert.equal(await status("/fast"), 200);
  }

  const deadline = performance.now() + 15_000;
  while ((await status("/fast")) !== 503) {
    assert.ok(performance.now() < deadline, "it never shed");
    hold(700);
    await delay(1);
  }
  assert.equal(await status("/health"), 200);
  while ((await status("/fast")) !== 200) {
    assert.ok(performance.now() < deadline, "it never recovered");
    await delay(50);
  }
});

// Their waits go by at once.
describe("deadlines", { concurrency: true }, () => {
  test("an answer that is not there in time is 504, and the handler's own comes to nothing", async (t) => {
    const { port, services, open } = await slow(t, { environment: { REQUEST_TIMEOUT_SECONDS: "1" } });
    const line = await dial(t, port);
    const began = performance.now();
    line.send(GET("/wait"));
    const answer = await line.answer();
    assert.equal(answer.status, 504);
    assert.equal(JSON.parse(answer.body).type, "/problems/timeout");
    assert.ok(performance.now() - began >= 1000);
    await until(() => services.metrics.inFlight === 0);
    open();
    line.send(GET("/fast"));
    assert.equal((await line.answer()).status, 200, "the connection goes on");
  });

  test("an upload that goes on is not late, however long it takes", async (t) => {
    const { port } = await slow(t, { environment: { REQUEST_TIMEOUT_SECONDS: "1" } });
    const line = await dial(t, port);
    line.send(post(5));
    for (let sent = 0; sent < 5; sent += 1) {
      line.send("x");
      // Below the deadline, and above the time between two looks at the requests.
      await delay(700);
    }
    const answer = await line.answer();
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(answer.body), { length: 5 });
  });

  test("a small body that trickles in is 408 when the largest of its route would be there", async (t) => {
    const { port } = await slow(t, { environment: { REQUEST_TIMEOUT_SECONDS: "1" } });
    const line = await dial(t, port);
    line.send(post(10, "/small"));
    const trickle = setInterval(() => line.send("x"), 400);
    t.after(() => clearInterval(trickle));
    const answer = await line.answer();
    assert.equal(answer.status, 408);
    await line.closed;
  });

  test("an upload that stops is 408, and its connection ends", async (t) => {
    const { port } = await slow(t, { environment: { REQUEST_TIMEOUT_SECONDS: "1" } });
    const line = await dial(t, port);
    line.send(post(12));
    line.send("xxx");
    const answer = await line.answer();
    assert.equal(answer.status, 408);
    assert.equal(JSON.parse(answer.body).type, "/problems/request-timeout");
    assert.equal(answer.headers.connection, "close");
    await line.closed;
  });

  test("a client that does not take its answer is let go", async (t) => {
    const { port, services } = await slow(t, { environment: { REQUEST_TIMEOUT_SECONDS: "1" } });
    const { socket, closed, send } = await dial(t, port);
    socket.pause();
    send(GET("/large"));
    await until(() => services.metrics.inFlight === 1);
    await until(() => services.metrics.inFlight === 0);
    socket.resume();
    await closed;
  });
});
