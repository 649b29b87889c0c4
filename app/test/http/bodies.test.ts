import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Body, Outcome } from "../../src/cache/cache.ts";
import { sendBody } from "../../src/http/bodies.ts";
import { acceptsGzip, matchesTag } from "../../src/http/negotiation.ts";
import type { App } from "../../src/http/services.ts";
import { subject } from "./support.ts";

const TEXT = JSON.stringify({ anomalies: Array.from({ length: 100 }, (_, id) => ({ id, value: id / 3 })) });

/** A body as the cache has it; `gzipped` says whether its gzip is already there. */
function bodyOf(text: string, gzipped: boolean): Body {
  const bytes = Buffer.from(text);
  return {
    etag: '"a1b2"',
    identity: () => bytes,
    gzip: () => (gzipped ? gzipSync(bytes) : undefined),
    compress: async () => gzipSync(bytes),
  };
}

function serving(body: Body, outcome: Outcome = "hit") {
  return (app: App) => {
    app.get("/body", { config: { scope: "none" } }, (request, reply) => sendBody(request, reply, body, outcome));
  };
}

test("a body is sent with what it takes to ask for it again", async (t) => {
  const { app } = await subject(t, { routes: [serving(bodyOf(TEXT, true), "stale")] });
  const { statusCode, headers, body } = await app.inject("/body");
  assert.equal(statusCode, 200);
  assert.equal(body, TEXT);
  assert.equal(headers.etag, '"a1b2"');
  assert.equal(headers["content-type"], "application/json; charset=utf-8");
  assert.equal(headers["content-length"], String(Buffer.byteLength(TEXT)));
  assert.equal(headers["cache-control"], "private, no-cache");
  assert.equal(headers.vary, "Accept-Encoding");
  assert.equal(headers["x-cache"], "STALE");
  assert.equal(headers["content-encoding"], undefined);
});

test("who accepts gzip gets it, also when it has yet to be made, under a tag of its own", async (t) => {
  for (const gzipped of [true, false]) {
    const { app } = await subject(t, { routes: [serving(bodyOf(TEXT, gzipped))] });
    const { headers, rawPayload } = await app.inject({
      url: "/body",
      headers: { "accept-encoding": "br, gzip;q=0.5" },
    });
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(headers.etag, '"a1b2-gzip"');
    assert.equal(headers["content-length"], String(rawPayload.length));
    assert.equal(gunzipSync(rawPayload).toString(), TEXT);
  }
});

test("a body below the least size is not gzipped", async (t) => {
  for (const [text, encoding] of [
    ["x".repeat(998), undefined],
    ["x".repeat(1000), "gzip"],
  ] as const) {
    const { app } = await subject(t, { routes: [serving(bodyOf(text, false))] });
    const { headers } = await app.inject({ url: "/body", headers: { "accept-encoding": "gzip" } });
    assert.equal(headers["content-encoding"], encoding);
  }
});

test("a client that has the body is told so, without it", async (t) => {
  const { app } = await subject(t, { routes: [serving(bodyOf(TEXT, true))] });
  for (const tag of ['"a1b2"', 'W/"a1b2"', '"x", "a1b2"', '"a1b2-gzip"', "*", '"x,y" ,W/"a1b2"']) {
    for (const method of ["GET", "HEAD"] as const) {
      const answer = await app.inject({ method, url: "/body", headers: { "if-none-match": tag } });
      assert.equal(answer.statusCode, 304, tag);
      assert.equal(answer.body, "");
      assert.equal(answer.headers.etag, '"a1b2"');
      assert.equal(answer.headers.vary, "Accept-Encoding");
      assert.equal(answer.headers["cache-control"], "private, no-cache");
      assert.equal(answer.headers["content-type"], undefined);
      // The framework's HEAD says 0, which a cache ignores in a 304 (RFC 9111, 3.2).
      if (method === "GET") assert.equal(answer.headers["content-length"], undefined);
    }
  }
  for (const tag of ['"other"', "a1b2", '"a1b2', '"A1B2"', ""]) {
    assert.equal((await app.inject({ url: "/body", headers: { "if-none-match": tag } })).statusCode, 200, tag);
  }
});

test("HEAD has the headers of GET, and no body", async (t) => {
  const { app } = await subject(t, { routes: [serving(bodyOf(TEXT, true))] });
  for (const encoding of ["gzip", "identity"]) {
    const headers = { "accept-encoding": encoding };
    const [get, head] = await Promise.all(
      (["GET", "HEAD"] as const).map((method) => app.inject({ method, url: "/body", headers })),
    );
    const comparable = (answer: typeof get) => {
      const { date, "x-request-id": id, "x-response-time": time, ...rest } = answer?.headers ?? {};
      return rest;
    };
    assert.equal(head?.statusCode, 200);
    assert.equal(head?.body, "");
    assert.deepEqual(comparable(head), comparable(get));
  }
});

test("an answer that depends on the origin says so", async (t) => {
  const { app } = await subject(t, {
    environment: { CORS_ORIGINS: "https://pynomaly.com" },
    routes: [serving(bodyOf(TEXT, true))],
  });
  assert.equal((await app.inject("/body")).headers.vary, "Origin, Accept-Encoding");
});

test("a body that cannot be compressed is a problem", async (t) => {
  const broken: Body = { ...bodyOf(TEXT, false), compress: () => Promise.reject(new Error("out of memory")) };
  const { app } = await subject(t, { routes: [serving(broken)] });
  const answer = await app.inject({ url: "/body", headers: { "accept-encoding": "gzip" } });
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json().type, "/problems/internal-error");
});

test("Accept-Encoding: a weight of 0 refuses, and * stands for what is not named", () => {
  for (const header of [
    "gzip",
    "GZIP",
    "x-gzip",
    "*",
    "br,gzip",
    "br , gzip ; q=0.1",
    "gzip;q=1.000",
    "br;q=0, *;q=0.5",
  ]) {
    assert.equal(acceptsGzip(header), true, header);
  }
  const refusing = [
    "gzip;q=0",
    "gzip;q=0.000, *",
    "*;q=0",
    "br",
    "identity",
    "",
    "notgzip",
    "gzipx",
    "*;q=1, gzip;q=0",
  ];
  for (const header of [...refusing, undefined]) assert.equal(acceptsGzip(header), false, String(header));
});

test("If-None-Match: tags may hold commas", () => {
  assert.equal(matchesTag('"a,b"', '"b"', '"c"'), false);
  assert.equal(matchesTag('"a,b", "c"', '"b"', '"c"'), true);
  assert.equal(matchesTag(undefined, '"b"', '"c"'), false);
});

function json(app: App): void {
  app.get("/rows/:count", { config: { scope: "none" } }, async (request) => {
    const { count } = request.params as { count: string };
    return { rows: "ä".repeat(Number(count)) };
  });
}

test("JSON of other routes is gzipped when there is enough of it", async (t) => {
  const { app } = await subject(t, { routes: [json] });
  const get = (count: number, encoding: string) =>
    app.inject({ url: `/rows/${count}`, headers: { "accept-encoding": encoding } });
  const gzipped = await get(2000, "gzip");
  assert.equal(gzipped.headers["content-encoding"], "gzip");
  assert.equal(gzipped.headers.vary, "Accept-Encoding");
  assert.equal(JSON.parse(gunzipSync(gzipped.rawPayload).toString()).rows.length, 2000);
  const plain = await get(2000, "br");
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.equal(plain.headers.vary, "Accept-Encoding");
  assert.equal(plain.json().rows.length, 2000);
  assert.equal((await get(10, "gzip")).headers["content-encoding"], undefined);
});
