import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { App } from "../../src/http/services.ts";
import { bodyRoom } from "../../src/models/body-room.ts";
import { modelRoutes, predictionRoutes } from "../../src/models/routes.ts";
import { dial, listen, subject } from "../http/support.ts";
import { until } from "../support/until.ts";

const head = (path: string, length: number | "chunked") =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\nContent-Type: application/json\r\n` +
  (length === "chunked" ? "Transfer-Encoding: chunked\r\n\r\n" : `Content-Length: ${length}\r\n\r\n`);
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const body = (length: number) => JSON.stringify("x".repeat(length - 2));

/** A service with room for bodies of 100 bytes. */
async function small(t: TestContext) {
  const route = (app: App) => {
    const options = { config: { scope: "none" }, bodyLimit: 80, preParsing: bodyRoom(100) } as const;
    app.post("/text", options, async (request) => ({ length: (request.body as string).length }));
  };
  const { app, services, log } = await subject(t, { routes: [route] });
  const port = await listen(app);
  return { services, log, open: () => dial(t, port) };
}

test("bodies for which there is no room are put off until others are answered, on the connection that they came on", async (t) => {
  const { open } = await small(t);
  const [first, second] = [await open(), await open()];
  first.send(head("/text", 60));
  await until(async () => {
    second.send(head("/text", 60) + body(60));
    const { status, headers, body: problem } = await second.answer();
    if (status === 200) return false;
    assert.deepEqual([status, JSON.parse(problem).type, headers["retry-after"]], [503, "/problems/overloaded", "1"]);
    return true;
  });
  second.send(head("/text", 40) + body(40));
  assert.equal((await second.answer()).status, 200);
  first.send(body(60));
  assert.equal((await first.answer()).status, 200);
  second.send(head("/text", 60) + body(60));
  assert.equal((await second.answer()).status, 200);
});

test("a body that does not say its length takes what comes of it, and gives it back when its client leaves", async (t) => {
  const { open, services, log } = await small(t);
  const [first, second] = [await open(), await open()];
  first.send(head("/text", "chunked") + chunk(`"${"x".repeat(59)}`));
  await until(() => services.metrics.inFlight === 1);
  second.send(`${head("/text", "chunked")}${chunk(body(40))}0\r\n\r\n`);
  assert.equal((await second.answer()).status, 200);
  second.send(head("/text", "chunked") + chunk(`"${"x".repeat(60)}`));
  const refused = await second.answer();
  assert.deepEqual([refused.status, refused.headers.connection], [503, "close"]);
  await second.closed;
  first.socket.destroy();
  await until(() => services.metrics.inFlight === 0);
  const third = await open();
  third.send(`${head("/text", "chunked")}${chunk(body(80))}0\r\n\r\n`);
  assert.equal((await third.answer()).status, 200);
  assert.deepEqual(
    log.filter(({ level }) => Number(level) > 30),
    [],
  );
});

test("a body that is larger than its route takes is told so", async (t) => {
  const { open } = await small(t);
  const line = await open();
  line.send(head("/text", 1000));
  assert.equal((await line.answer()).status, 413);
});

test("predictions have room for eight of the largest bodies", async (t) => {
  const { app, services } = await subject(t, { routes: [modelRoutes, predictionRoutes] });
  const port = await listen(app);
  const largest = head("/api/v1/models/1/predictions", 16 * 1024 ** 2);
  for (let count = 1; count <= 8; count += 1) {
    (await dial(t, port)).send(largest);
    await until(() => services.metrics.inFlight === count);
  }
  const ninth = await dial(t, port);
  ninth.send(largest);
  assert.equal((await ninth.answer()).status, 503);
});
