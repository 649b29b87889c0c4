import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Type } from "@fastify/type-provider-typebox";
import type { App } from "../../src/http/services.ts";
import { dial, exchange, listen, subject } from "./support.ts";

const HOST = "Host: localhost\r\n";

function probe(app: App): void {
  const schema = { body: Type.Object({ name: Type.String() }) };
  app.get("/probe", { config: { scope: "none" } }, async (request) => request.query);
  app.post("/probe", { config: { scope: "none" }, schema }, async (request) => request.body);
}

const post = (body: string, headers = "") =>
  `POST /probe HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

test("too many headers, and too long an address, are 431", async (t) => {
  const { app } = await subject(t, { environment: { MAX_HEADER_BYTES: "16384" }, routes: [probe] });
  const port = await listen(app);
  const flood = `GET /probe HTTP/1.1\r\n${HOST}${`X-Flood: ${"x".repeat(100)}\r\n`.repeat(200)}\r\n`;
  const long = `GET /probe?q=${"x".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`;
  for (const request of [flood, long]) {
    const answer = await exchange(t, port, request);
    assert.equal(answer.status, 431);
    assert.equal(JSON.parse(answer.body).type, "/problems/headers-too-large");
    assert.equal(answer.headers.connection, "close");
  }
});

test("what is no HTTP is 400, and closes", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const port = await listen(app);
  const malformed = [
    "nonsense\r\n\r\n",
    `BREW /probe HTTP/1.1\r\n${HOST}\r\n`,
    `GET /probe HTTP/9.9\r\n${HOST}\r\n`,
    `GET /probe HTTP/1.1\r\n${HOST}Bad Header: x\r\n\r\n`,
    `GET /probe HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`,
    `GET /pro be HTTP/1.1\r\n${HOST}\r\n`,
    // Smuggling: two lengths, a length beside chunks, chunks that are none.
    `POST /probe HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    `POST /probe HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /probe HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `POST /probe HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`,
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  ];
  for (const request of malformed) {
    const line = await dial(t, port);
    line.send(Buffer.from(request, "latin1"));
    const answer = await line.answer();
    assert.equal(answer.status, 400, request);
    assert.equal(answer.headers["content-type"], "application/problem+json", request);
    await line.closed;
  }
  assert.equal((await exchange(t, port, `GET /probe HTTP/1.1\r\n${HOST}\r\n`)).status, 200);
});

test("requests sent at once are answered in their order", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const line = await dial(t, await listen(app));
  line.send([1, 2, 3].map((n) => `GET /probe?n=${n} HTTP/1.1\r\n${HOST}\r\n`).join(""));
  for (const n of ["1", "2", "3"]) assert.deepEqual(JSON.parse((await line.answer()).body), { n });
});

test("a client that asks whether it may send its body is told to", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const line = await dial(t, await listen(app));
  const [head, body] = post('{"name":"abc"}', "Expect: 100-continue\r\n").split("\r\n\r\n");
  line.send(`${head}\r\n\r\n`);
  assert.equal((await line.answer()).status, 100);
  line.send(body ?? "");
  assert.deepEqual(JSON.parse((await line.answer()).body), { name: "abc" });
});

test("an expectation that nobody knows is ignored, and the request is answered as any other", async (t) => {
  const { app } = await subject(t);
  const answer = await exchange(
    t,
    await listen(app),
    "GET /nothing HTTP/1.1\r\nHost: localhost\r\nExpect: wonders\r\n\r\n",
  );
  assert.equal(answer.status, 404);
  assert.equal(JSON.parse(answer.body).type, "/problems/not-found");
});

test("HTTP/1.0 is answered, and its connection ends", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const port = await listen(app);
  for (const path of ["/health", "/probe"]) {
    const line = await dial(t, port);
    line.send(`GET ${path} HTTP/1.0\r\n${path === "/probe" ? HOST : ""}\r\n`);
    assert.equal((await line.answer()).status, 200);
    await line.closed;
  }
});

test("a body that is too large is 413, and the client hears of it", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const port = await listen(app);
  const answer = await exchange(t, port, post(JSON.stringify({ name: "x".repeat(2_000_000) })));
  assert.equal(answer.status, 413);
  assert.match(JSON.parse(answer.body).detail, /1048576 bytes/);
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  const chunks = `POST /probe HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`;
  assert.equal((await exchange(t, port, chunks)).status, 413);
});

test("a connection serves as many requests as it may", async (t) => {
  const { app } = await subject(t, { environment: { KEEP_ALIVE_REQUESTS: "2" }, routes: [probe] });
  const line = await dial(t, await listen(app));
  for (const connection of ["keep-alive", "close"]) {
    line.send(`GET /probe HTTP/1.1\r\n${HOST}\r\n`);
    assert.equal((await line.answer()).headers.connection, connection);
  }
});

test("requests under way when the app closes are answered", async (t) => {
  let closing: Promise<unknown> | undefined;
  const { app } = await subject(t, {
    routes: [
      (scope) => {
        scope.get("/closing", { config: { scope: "none" } }, async () => {
          closing = app.close();
          return { done: true };
        });
      },
    ],
  });
  const line = await dial(t, await listen(app));
  line.send(`GET /closing HTTP/1.1\r\n${HOST}\r\n`);
  const answer = await line.answer();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.connection, "close");
  await closing;
});

// Their waits go by at once.
describe("time-outs", { concurrency: true }, () => {
  test("headers that come one by one, for ever, end as 408", async (t) => {
    const { app } = await subject(t, { environment: { HEADERS_TIMEOUT_SECONDS: "1" }, routes: [probe] });
    const line = await dial(t, await listen(app));
    line.send(`GET /probe HTTP/1.1\r\n${HOST}`);
    const trickle = setInterval(() => line.send("X-A: b\r\n"), 100);
    t.after(() => clearInterval(trickle));
    const answer = await line.answer();
    assert.equal(answer.status, 408);
    assert.equal(answer.headers["content-type"], "application/problem+json");
    assert.equal(JSON.parse(answer.body).type, "/problems/request-timeout");
    await line.closed;
  });

  test("a body of JSON that stops is 408", async (t) => {
    const environment = { HEADERS_TIMEOUT_SECONDS: "1", MAX_BODY_BYTES: "1" };
    const { app } = await subject(t, { environment, routes: [probe] });
    const line = await dial(t, await listen(app));
    line.send(post('{"name":"abc"}').slice(0, -5));
    assert.equal((await line.answer()).status, 408);
    await line.closed;
  });

  test("an idle connection ends after its time", async (t) => {
    const { app } = await subject(t, { environment: { KEEP_ALIVE_TIMEOUT_SECONDS: "1" }, routes: [probe] });
    const line = await dial(t, await listen(app));
    line.send(`GET /probe HTTP/1.1\r\n${HOST}\r\n`);
    assert.match((await line.answer()).headers["keep-alive"] ?? "", /timeout=1\b/);
    await line.closed;
  });
});
