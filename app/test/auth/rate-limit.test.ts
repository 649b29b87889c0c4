import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { newToken } from "../../src/auth/keys.ts";
import type { App } from "../../src/http/services.ts";
import { until } from "../support/until.ts";
import { ask, askWith, buildApp, newAddress, openWith } from "./app.ts";
import { type Process, type Servers, startServers } from "./servers.ts";

/** Of the local environment: guide, Nginx. */
const ADDRESS = { requestsPerSecond: 5, burst: 5 };
const LARGE = { requestsPerSecond: 10_000, burst: 10_000 };

describe("a quota", () => {
  let servers: Servers;
  let process: Process;
  let app: App;
  let otherApp: App;

  before(async () => {
    servers = await startServers();
    process = await servers.start();
    app = await buildApp(process);
    otherApp = await buildApp(await servers.start());
  });
  after(async () => {
    await app?.close();
    await otherApp?.close();
    await servers?.stop();
  });

  const token = async (options: Parameters<Servers["createKey"]>[0]) => (await servers.open(process, options)).token;
  const quota = { requestsPerSecond: 1, burst: 4 };

  /** Asks until it is refused: the refusal, after the burst that is left and what comes back in the time that it takes. */
  const exhaust = async (send: () => ReturnType<typeof ask>, { requestsPerSecond, burst } = quota, taken = 0) => {
    const began = performance.now();
    for (let allowed = 0; ; allowed += 1) {
      const answer = await send();
      const most = burst - taken + (requestsPerSecond * (performance.now() - began)) / 1000 + 1;
      assert.ok(allowed <= most, `${allowed} were allowed, ${most} at most`);
      if (answer.statusCode !== 429) continue;
      assert.ok(allowed >= burst - taken, `only ${allowed} were allowed`);
      return answer;
    }
  };

  it("is told with each answer", async () => {
    const answer = await askWith(app, await token({ quota: { requestsPerSecond: 2, burst: 5 } }));
    assert.equal(answer.headers["ratelimit-policy"], '"key";q=5;w=3');
    assert.equal(answer.headers.ratelimit, '"key";r=4;t=1');
  });

  it("is the key's: its burst, then 429 until Retry-After is over", async () => {
    const bearer = await token({ quota });
    const answer = await exhaust(() => askWith(app, bearer));
    assert.equal(answer.headers["retry-after"], "1");
    assert.equal(answer.headers.ratelimit, '"key";r=0;t=1');
    assert.equal(answer.json().type, "/problems/too-many-requests");
    assert.match(answer.json().detail, /^1 requests per second are allowed, and 4 at once\. Wait 1 s\.$/);
    await delay(Number(answer.headers["retry-after"]) * 1000);
    assert.equal((await askWith(app, bearer)).statusCode, 200);
  });

  it("is shared by the sessions of a key and by processes, and by nobody else", async () => {
    const key = await servers.createKey({ quota });
    const opened = async () => (await openWith(app, { api_key: key })).json().token;
    const [first, second] = [await opened(), await opened()];
    const sends = [() => askWith(app, first), () => askWith(otherApp, second), () => askWith(otherApp, first)];
    let turn = 0;
    await exhaust(() => {
      turn += 1;
      return (sends[turn % sends.length] ?? assert.fail)();
    });
    assert.equal((await askWith(app, await token({ quota }))).statusCode, 200);
  });

  it("does not limit what needs no session", async () => {
    const from = newAddress();
    for (let asked = 0; asked < 30; asked += 1) assert.equal((await ask(app, { url: "/open" }, from)).statusCode, 200);
  });

  for (const [what, send, status] of [
    ["sessions that are opened", (from: string) => openWith(app, { api_key: "x" }, from), 401],
    ["requests without a session", (from: string) => ask(app, { url: "/read" }, from), 401],
    ["requests with malformed tokens", (from: string) => askWith(app, "x", from), 401],
    ["requests that no route takes", (from: string) => ask(app, { url: "/nothing" }, from), 404],
    ["requests that no method takes", (from: string) => ask(app, { method: "POST", url: "/read" }, from), 405],
  ] as const) {
    it(`is the address's for ${what}`, async () => {
      const from = newAddress();
      const first = await send(from);
      assert.equal(first.statusCode, status);
      assert.equal(first.headers["ratelimit-policy"], '"address";q=5;w=1');
      const answer = await exhaust(() => send(from), ADDRESS, 1);
      assert.equal(answer.headers["retry-after"], "1");
      assert.equal(answer.headers["www-authenticate"], undefined);
      assert.equal((await send(newAddress())).statusCode, status);
    });
  }

  it("keeps a flood of unknown tokens from the database, and sessions that are known going", async () => {
    const from = newAddress();
    const bearer = await token({ quota: LARGE });
    assert.equal((await askWith(app, bearer, from)).statusCode, 200);
    await exhaust(() => askWith(app, newToken(), from), ADDRESS);
    const before = process.statements.length;
    for (let asked = 0; asked < 20; asked += 1) {
      const answer = await askWith(app, newToken(), from);
      assert.equal(answer.statusCode, 429);
      assert.ok(answer.headers["retry-after"]);
    }
    assert.equal(process.statements.length, before);
    assert.equal((await askWith(app, bearer, from)).statusCode, 200);
  });

  it("holds without the cache, in each process for itself", async () => {
    const bearer = await token({ quota });
    await servers.redis.pause();
    try {
      await until(() => !process.cache.stats().connected);
      await exhaust(() => askWith(app, bearer));
    } finally {
      await servers.redis.resume();
      await until(() => process.cache.stats().connected);
    }
  });
});
