import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { pointRoutes } from "../../src/datasets/point-routes.ts";
import { datasetRoutes } from "../../src/datasets/routes.ts";
import { dial, listen, subject } from "../http/support.ts";
import { type Backend, startBackend } from "../support/backend.ts";
import { until } from "../support/until.ts";

let backend: Backend;

before(async () => {
  backend = await startBackend();
  await backend.owner.query("INSERT INTO datasets (name) VALUES ('one'), ('wide')");
  await backend.owner.query("INSERT INTO dataset_features VALUES (1, 1, 'x')");
  await backend.owner.query("INSERT INTO dataset_features SELECT 2, i, 'feature ' || i FROM generate_series(1, 100) i");
});

after(() => backend.stop());

beforeEach(async () => {
  await backend.owner.query("TRUNCATE dataset_records");
});

async function count(): Promise<number> {
  return (await backend.owner.query("SELECT FROM dataset_records")).rowCount ?? 0;
}

/** Waits until this many uploads have a transaction in which they store, or wait for more to store. */
async function underWay(uploads: number): Promise<void> {
  await until(async () => {
    const { rows } = await backend.owner.query(
      "SELECT FROM pg_stat_activity WHERE usename = $1 AND state <> 'idle' AND query LIKE 'COPY%'",
      [backend.stack.app.username],
    );
    return rows.length === uploads;
  });
}

async function served(t: TestContext, environment: Record<string, string> = {}) {
  const { database, cache } = backend;
  const services = { database, cache };
  const { app, services: all } = await subject(t, { environment, services, routes: [datasetRoutes, pointRoutes] });
  return { port: await listen(app), metrics: all.metrics };
}

const LINE = '{"timestamp":"2026-11-23T10:00:00Z","values":[1]}\n';
/** More than a transaction is opened for. */
const LARGE = LINE.repeat(20_000);

const head = (...headers: string[]) =>
  [
    "POST /api/v1/datasets/1/points HTTP/1.1",
    "host: localhost",
    "authorization: Bearer token",
    ...headers,
    "\r\n",
  ].join("\r\n");
const NDJSON = "content-type: application/x-ndjson";
const CHUNKED = "transfer-encoding: chunked";
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** An upload that has begun to be stored, and goes on. */
async function begun(t: TestContext, port: number) {
  const line = await dial(t, port);
  line.send(head(NDJSON, CHUNKED) + chunk(LARGE));
  return line;
}

test("a client that breaks off leaves nothing, and no connection in use", async (t) => {
  const { port } = await served(t);
  const line = await begun(t, port);
  await underWay(1);
  line.socket.destroy();
  await underWay(0);
  assert.equal(await count(), 0);
});

test("a body that stops in the middle of a connection that ends is not stored", async (t) => {
  const { port } = await served(t);
  for (const body of [LINE, LARGE]) {
    const line = await dial(t, port);
    line.send(head(NDJSON, `content-length: ${body.length + 1}`) + body);
    if (body === LARGE) await underWay(1);
    line.socket.end();
    await line.closed;
    await underWay(0);
  }
  assert.equal(await count(), 0);
});

test("a small body holds no connection while it arrives", async (t) => {
  const { port, metrics } = await served(t);
  const line = await dial(t, port);
  line.send(head(NDJSON, CHUNKED) + chunk(LINE.repeat(1000)));
  const small = await dial(t, port);
  small.send(head(NDJSON, `content-length: ${LINE.length}`) + LINE);
  assert.equal((await small.answer()).status, 201);
  assert.equal(metrics.inFlight, 1);
  await underWay(0);
  line.send("0\r\n\r\n");
  assert.deepEqual(JSON.parse((await line.answer()).body), { dataset_id: 1, accepted: 1000 });
});

test("who is too slow for an open transaction is told so, and the connection is free again", async (t) => {
  const { port } = await served(t, { REQUEST_TIMEOUT_SECONDS: "1" });
  const line = await begun(t, port);
  const trickle = setInterval(() => line.send(chunk(" ")), 100);
  t.after(() => clearInterval(trickle));
  const { status, headers } = await line.answer();
  assert.deepEqual([status, headers.connection], [408, "close"]);
  clearInterval(trickle);
  await line.closed;
  await underWay(0);
  assert.equal(await count(), 0);
});

test("uploads that are under way leave half of the writer's connections to others", async (t) => {
  const { port } = await served(t, { DATABASE_WRITER_POOL_MAX: "4" });
  const first = await begun(t, port);
  const second = await begun(t, port);
  await underWay(2);
  const refused = await (await begun(t, port)).answer();
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "1"]);
  const small = await dial(t, port);
  small.send(head(NDJSON, `content-length: ${LINE.length}`) + LINE);
  assert.equal((await small.answer()).status, 201);
  first.send("0\r\n\r\n");
  assert.equal((await first.answer()).status, 201);
  const third = await begun(t, port);
  for (const line of [second, third]) {
    line.send("0\r\n\r\n");
    assert.equal((await line.answer()).status, 201);
  }
  assert.equal(await count(), 60_001);
});

test("a connection is usable after an upload was refused before its end", async (t) => {
  const { port } = await served(t);
  for (const beginning of ["{}\n", `${LARGE}{}\n`]) {
    const line = await dial(t, port);
    line.send(head(NDJSON, `content-length: ${beginning.length + LARGE.length}`) + beginning);
    assert.equal((await line.answer()).status, 400);
    line.send(LARGE);
    line.send("GET /api/v1/datasets/1 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer token\r\n\r\n");
    assert.equal((await line.answer()).status, 200);
  }
});

test("who sends too much and reads only then has an answer", async (t) => {
  const { port } = await served(t, { MAX_BODY_BYTES: "100000" });
  for (const length of [LARGE.length, undefined]) {
    const headers = {
      authorization: "Bearer token",
      "content-type": "application/x-ndjson",
      ...(length !== undefined && { "content-length": length }),
    };
    const upload = request({ port, method: "POST", path: "/api/v1/datasets/1/points", headers });
    const answered = once(upload, "response");
    await pipeline(Readable.from([LARGE]), upload);
    const [response] = await answered;
    assert.equal(response.statusCode, 413);
    response.resume();
  }
});

test("100 MB pass through 96 MiB of heap", async (t) => {
  const server = fork(new URL("upload-server.ts", import.meta.url), {
    env: { ...process.env, ...backend.stack.environment },
    execArgv: ["--max-old-space-size=96"],
  });
  t.after(() => server.kill());
  const ended = once(server, "exit").then(([code]) => Promise.reject(new Error(`the server ended: ${code}`)));
  const said = async () => (await Promise.race([once(server, "message"), ended]))[0];
  const port = await said();
  const values = Array.from({ length: 100 }, (_, index) => Math.sin(index).toFixed(7)).join(",");
  const line = `{"timestamp":"2026-11-23T10:00:00.123456Z","values":[${values}]}\n`;
  const rows = Math.floor(104_857_600 / line.length);
  const block = line.repeat(50);
  function* body() {
    for (let sent = 0; sent < rows; sent += 50) yield sent + 50 <= rows ? block : line.repeat(rows - sent);
  }
  const headers = { authorization: "Bearer token", "content-type": "application/x-ndjson" };
  const upload = request({ port, method: "POST", path: "/api/v1/datasets/2/points", headers });
  const answered = once(upload, "response");
  await pipeline(Readable.from(body()), upload);
  const [response] = await answered;
  assert.deepEqual(JSON.parse((await response.toArray()).join("")), { dataset_id: 2, accepted: rows });
  server.send("memory");
  const memory = await said();
  const [start, peak] = [memory.start, memory.peak].map((bytes) => Math.round(bytes / 1_048_576));
  // The server may end now.
  ended.catch(() => undefined);
  t.diagnostic(`resident memory: ${start} MiB before, ${peak} MiB at most`);
  assert.ok((peak ?? 0) - (start ?? 0) < 80, `${start} MiB of memory became ${peak} MiB`);
  assert.equal(await count(), rows);
});
