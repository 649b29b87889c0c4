import assert from "node:assert/strict";
import { test } from "node:test";
import type { App } from "../../src/http/services.ts";
import { exchange, listen, subject } from "./support.ts";

function probe(app: App): void {
  app.get("/probe/:id", { config: { scope: "none" } }, async (request) => ({ ip: request.ip }));
}

const get = (path: string | Buffer, headers: Record<string, string> = { Host: "localhost" }) =>
  Buffer.concat([
    Buffer.from("GET "),
    Buffer.from(path),
    Buffer.from(
      ` HTTP/1.1\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("")}\r\n`,
    ),
  ]);

test("only hosts of the list are answered, whatever their port and case", async (t) => {
  const { app } = await subject(t, {
    environment: { ALLOWED_HOSTS: "api.pynomaly.com,*.pynomaly.dev,[::1]" },
    routes: [probe],
  });
  const status = async (host: string) => (await app.inject({ url: "/probe/1", headers: { host } })).statusCode;
  for (const host of [
    "api.pynomaly.com",
    "API.pynomaly.com:8000",
    "a.b.pynomaly.dev",
    "a.pynomaly.dev:1",
    "[::1]:80",
  ]) {
    assert.equal(await status(host), 200, host);
  }
  const strangers = [
    "evil.com",
    "pynomaly.dev",
    ".pynomaly.dev",
    "evil.com/.pynomaly.dev",
    "api.pynomaly.com.evil.com",
  ];
  for (const host of [...strangers, "xapi.pynomaly.com", "api.pynomaly.com@evil.com", "10.0.0.1:8000"]) {
    assert.equal(await status(host), 400, host);
  }
});

test("a host that a header claims to be forwarded counts for nothing", async (t) => {
  const { app } = await subject(t, { environment: { TRUSTED_PROXIES: "1" }, routes: [probe] });
  const headers = { host: "evil.com", "x-forwarded-host": "localhost", forwarded: "host=localhost" };
  const answer = await app.inject({ url: "/probe/1", headers });
  assert.equal(answer.json().type, "/problems/invalid-host");
});

test("probes are answered under any host, and without one", async (t) => {
  const { app } = await subject(t, { environment: { ALLOWED_HOSTS: "api.pynomaly.com" }, routes: [probe] });
  const port = await listen(app);
  for (const path of ["/health", "/ready"]) {
    assert.equal((await exchange(t, port, get(path, { Host: "10.1.2.3:8000" }))).status, 200);
    assert.equal((await exchange(t, port, get(path, {}))).status, 200);
  }
  assert.equal((await exchange(t, port, get("/probe/1", {}))).status, 400);
});

test("the client's address is the one that as many proxies as there are tell", async (t) => {
  const forwarded = { host: "localhost", "x-forwarded-for": "6.6.6.6, 1.1.1.1, 2.2.2.2" };
  for (const [hops, ip] of Object.entries({ 0: "127.0.0.1", 1: "2.2.2.2", 2: "1.1.1.1" })) {
    const { app } = await subject(t, { environment: { TRUSTED_PROXIES: hops }, routes: [probe] });
    assert.equal((await app.inject({ url: "/probe/1", headers: forwarded })).json().ip, ip);
  }
});

test("targets that two programs could read differently are refused", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const port = await listen(app);
  const odd = [
    "//probe/1",
    "/probe//1",
    "/./probe/1",
    "/probe/../probe/1",
    "/probe/%2e%2e/1",
    "/probe/..",
    "/probe/a%2fb",
    "/probe/a%2Fb",
    "/probe/a%5cb",
    "/probe\\1",
    "/probe/%00",
    "/probe/1?q=%00",
    "/probe/%ff",
    "/probe/1?q=%ff",
    "/probe/1?q=%c3%28",
    "/probe/1?q=%",
    "/probe/%zz",
    "/probe/1#fragment",
    "http://localhost/probe/1",
    Buffer.from("/probe/\xe4", "latin1"),
    Buffer.from("/probe/1?q=ä"),
  ];
  for (const target of odd) {
    const { status, headers } = await exchange(t, port, get(target));
    assert.equal(status, 400, String(target));
    assert.equal(headers["content-type"], "application/problem+json", String(target));
    assert.equal(headers["x-content-type-options"], "nosniff", String(target));
  }
  for (const target of ["/probe/1?q=a//b/../c", "/probe/%C3%A4?q=%C3%A4%2F", "/probe/.well", "/probe/1?q=%23"]) {
    assert.equal((await exchange(t, port, get(target))).status, 200, target);
  }
  const long = await exchange(t, port, get(`/probe/${"1".repeat(65)}`));
  assert.equal(long.status, 414);
  assert.equal(long.headers["content-type"], "application/problem+json");
  const asterisk = await exchange(t, port, "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assert.equal(asterisk.status, 400);
});

const ORIGIN = "https://pynomaly.com";

test("an origin of the list gets the headers that let its pages call the API", async (t) => {
  const { app } = await subject(t, { environment: { CORS_ORIGINS: `${ORIGIN},https://other.com` }, routes: [probe] });
  const { headers } = await app.inject({ url: "/probe/1", headers: { origin: ORIGIN } });
  assert.equal(headers["access-control-allow-origin"], ORIGIN);
  assert.equal(headers["access-control-allow-credentials"], "true");
  assert.match(String(headers.vary), /origin/i);
  const preflight = await app.inject({
    method: "OPTIONS",
    url: "/probe/1",
    headers: { origin: ORIGIN, "access-control-request-method": "DELETE" },
  });
  assert.equal(preflight.statusCode, 204);
  assert.equal(preflight.headers["access-control-allow-methods"], "GET, POST, DELETE");
  assert.match(String(preflight.headers["access-control-allow-headers"]), /authorization/);
});

test("any other origin, and no origin, gets none of them", async (t) => {
  const { app } = await subject(t, { environment: { CORS_ORIGINS: ORIGIN }, routes: [probe] });
  for (const origin of [
    "https://evil.com",
    "https://pynomaly.com.evil.com",
    "null",
    "http://pynomaly.com",
    undefined,
  ]) {
    for (const method of ["GET", "OPTIONS"] as const) {
      const { headers } = await app.inject({
        method,
        url: "/probe/1",
        headers: { ...(origin !== undefined && { origin }), "access-control-request-method": "GET" },
      });
      const names = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
      assert.deepEqual(names, [], `${method} ${origin}`);
    }
  }
});

test("every answer has the security headers, and none names the server", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  for (const url of ["/probe/1", "/health", "/nothing", "/probe//1"]) {
    const { headers } = await app.inject(url);
    assert.equal(headers["x-content-type-options"], "nosniff", url);
    assert.equal(headers["x-frame-options"], "DENY", url);
    assert.equal(headers["referrer-policy"], "no-referrer", url);
    assert.equal(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'", url);
    assert.ok(Number(headers["x-response-time"]) > 0, url);
    assert.equal(headers.server ?? headers["x-powered-by"], undefined, url);
  }
});

test("a request has the id that its proxy gave it, if that is one, and otherwise one of its own", async (t) => {
  const { app } = await subject(t, { routes: [probe] });
  const id = async (given?: string) =>
    (await app.inject({ url: "/probe/1", headers: given === undefined ? {} : { "x-request-id": given } })).headers[
      "x-request-id"
    ];
  assert.equal(await id("0b0c5a1e-6f1d-4d7c-8c0e-2f6f2b0c7d11"), "0b0c5a1e-6f1d-4d7c-8c0e-2f6f2b0c7d11");
  const own = [await id(), await id(), await id("short"), await id('bad"id{}{}'), await id("x".repeat(129))];
  assert.equal(new Set(own).size, own.length);
  for (const one of own) assert.match(String(one), /^[\da-f]{12}-[\da-z]+$/);
});

test("while the process drains, answers close their connection and readiness fails", async (t) => {
  let draining = false;
  const { app } = await subject(t, { services: { isDraining: () => draining }, routes: [probe] });
  const port = await listen(app);
  assert.equal((await exchange(t, port, get("/probe/1"))).headers.connection, "keep-alive");
  draining = true;
  const answer = await exchange(t, port, get("/probe/1"));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.connection, "close");
  const ready = await exchange(t, port, get("/ready"));
  assert.equal(ready.status, 503);
  assert.equal(ready.headers.connection, "close");
  assert.deepEqual(JSON.parse(ready.body), { status: "draining" });
  assert.equal((await exchange(t, port, get("/health"))).status, 200);
});
