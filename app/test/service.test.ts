import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { createService, type Service } from "../src/service.ts";

describe("service", () => {
  let service: Service;
  let base: string;
  let check: () => Promise<void>;

  before(async () => {
    service = createService({
      checkReady: () => check(),
      keepAliveTimeoutSeconds: 65,
      headersTimeoutSeconds: 66,
    });
    service.server.listen(0, "127.0.0.1");
    await once(service.server, "listening");
    const address = service.server.address();
    assert.ok(address !== null && typeof address === "object");
    base = `http://127.0.0.1:${address.port}`;
  });
  after(() => service.server.close().closeAllConnections());

  const get = async (path: string) => {
    const response = await fetch(base + path);
    return { status: response.status, body: await response.json() };
  };

  it("/health answers without asking any dependency", async () => {
    check = () => assert.fail("asked");
    assert.deepEqual(await get("/health"), { status: 200, body: { status: "ok" } });
  });

  it("/ready answers 503 when a dependency does not answer in time", { timeout: 5000 }, async () => {
    check = () => new Promise(() => undefined);
    assert.deepEqual(await get("/ready"), { status: 503, body: { status: "unavailable", reason: "database" } });
  });

  it("answers 404 to another path and 405 to another method", async () => {
    assert.equal((await get("/other")).status, 404);
    assert.equal((await fetch(`${base}/health`, { method: "POST" })).status, 405);
  });

  it("takes its time-outs in seconds, and none that Node would swap", () => {
    const { requestTimeout, keepAliveTimeout, headersTimeout } = service.server;
    assert.deepEqual([requestTimeout, keepAliveTimeout, headersTimeout], [66_000, 65_000, 66_000]);
  });

  it("while draining, finishes what has begun, says 503 and the reason, and keeps no connection", async () => {
    const connection = connect(Number(new URL(base).port), "127.0.0.1").setEncoding("utf8");
    connection.write("GET /ready HTTP/1.1\r\nHost: test\r\n");
    await once(service.server, "connection");
    const drained = service.drain(5);
    connection.write("\r\n");
    const response = (await connection.toArray()).join("");
    assert.match(response, /^HTTP\/1\.1 503 /);
    assert.match(response, /connection: close/i);
    assert.match(response, /"reason":"draining"/);
    assert.equal(await drained, true);
  });
});
