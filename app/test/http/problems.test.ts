import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "@fastify/type-provider-typebox";
import { DatabaseUnavailable } from "../../src/database/unavailable.ts";
import { Problem } from "../../src/http/problem.ts";
import type { App } from "../../src/http/services.ts";
import { subject } from "./support.ts";

/** Routes with a schema of each kind, and with failures of each kind. */
function probes(app: App): void {
  const Query = Type.Object(
    {
      limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
      from: Type.Optional(Type.String({ format: "date-time" })),
      status: Type.Optional(Type.Enum(["active", "resolved"])),
    },
    { additionalProperties: false },
  );
  const Body = Type.Object(
    { name: Type.String({ minLength: 3 }), count: Type.Integer(), tags: Type.Optional(Type.Array(Type.String())) },
    { additionalProperties: false },
  );
  app.get("/probe", { config: { scope: "none" }, schema: { querystring: Query } }, async (request) => request.query);
  app.post("/probe", { config: { scope: "none" }, schema: { body: Body } }, async (request) => request.body);
  app.post("/open", { config: { scope: "none" }, schema: { body: Type.Object({}) } }, async () => ({}));
  app.get<{ Params: { kind: string } }>("/fail/:kind", { config: { scope: "none" } }, async (request) => {
    switch (request.params.kind) {
      case "database":
        throw new DatabaseUnavailable("exhausted", "SELECT secret FROM users: every connection is busy");
      case "teapot":
        throw new Problem(409, "conflict", "It is taken.", { headers: { "x-taken-by": "you" }, retryAfterSeconds: 3 });
      default:
        throw new Error("syntax error in SELECT secret FROM users");
    }
  });
}

const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  ({ method: "POST", url: "/probe", payload, headers: { "content-type": "application/json", ...headers } }) as const;

test("an unknown path is a problem with the request's id", async (t) => {
  const { app } = await subject(t);
  const answer = await app.inject("/api/v9/nothing?token=secret");
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.headers["content-type"], "application/problem+json");
  assert.deepEqual(answer.json(), {
    type: "/problems/not-found",
    title: "There is nothing here",
    status: 404,
    detail: "No route has this path.",
    instance: "/api/v9/nothing",
    request_id: answer.headers["x-request-id"],
  });
});

test("another method of a known path is 405 and names the methods", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  for (const method of ["DELETE", "PUT", "OPTIONS", "TRACE", "QUERY", "PROPFIND"] as const) {
    const answer = await app.inject({ method, url: "/probe?limit=1" });
    assert.equal(answer.statusCode, 405, method);
    assert.equal(answer.headers.allow, "GET, HEAD, POST");
    assert.equal(answer.json().type, "/problems/method-not-allowed");
  }
});

test("every fault of a query is listed, with what is allowed and what was found", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  const answer = await app.inject("/probe?limit=0&from=yesterday&status=gone&colour=red");
  assert.equal(answer.statusCode, 400);
  const { type, errors } = answer.json();
  assert.equal(type, "/problems/invalid-request");
  const faults = new Map(errors.map(({ pointer, detail }: { pointer: string; detail: string }) => [pointer, detail]));
  assert.deepEqual([...faults.keys()].sort(), ["/query/colour", "/query/from", "/query/limit", "/query/status"]);
  assert.equal(faults.get("/query/limit"), "allowed: >= 1; found 0");
  assert.equal(faults.get("/query/status"), 'allowed: "active", "resolved"; found "gone"');
  assert.equal(faults.get("/query/colour"), "allowed: limit, from, status; found a name that is not known");
  assert.match(String(faults.get("/query/from")), /RFC 3339.*found "yesterday"/);
});

test("texts of a query become numbers where the schema has numbers, and a default fills in", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  assert.deepEqual((await app.inject("/probe?limit=7")).json(), { limit: 7 });
  assert.deepEqual((await app.inject("/probe")).json(), { limit: 100 });
  for (const limit of ["1.5", "1e9", "", "abc", "-1", "99999999999999999999", "1&limit=2"]) {
    assert.equal((await app.inject(`/probe?limit=${limit}`)).statusCode, 400, limit);
  }
});

test("values of JSON are what they are: nothing is coerced, no field is dropped", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  const coerced = await app.inject(post('{"name":"abc","count":"1"}'));
  assert.deepEqual(coerced.json().errors, [
    { pointer: "/body/count", detail: "allowed: integer; found a text of 1 characters" },
  ]);
  const unknown = await app.inject(post('{"name":"abc","count":1,"a/b":1}'));
  assert.equal(unknown.json().errors[0].pointer, "/body/a~1b");
  const missing = await app.inject(post("{}"));
  assert.deepEqual(missing.json().errors, [
    { pointer: "/body/name", detail: "allowed: a value; found nothing" },
    { pointer: "/body/count", detail: "allowed: a value; found nothing" },
  ]);
});

test("a text of a body is not repeated in the answer", async (t) => {
  const { app, log } = await subject(t, { routes: [probes] });
  const answer = await app.inject(post('{"name":"pk","count":"pk_secret"}'));
  assert.equal(answer.statusCode, 400);
  assert.equal(answer.body.includes("pk_secret"), false);
  assert.equal(JSON.stringify(log).includes("pk_secret"), false);
});

test("a large body with many faults is told one", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  const body = { name: "abc", count: 1, tags: Array.from({ length: 50_000 }, () => 1) };
  const large = await app.inject(post(JSON.stringify(body)));
  assert.equal(large.json().errors.length, 1);
  const small = await app.inject(post(JSON.stringify({ ...body, tags: body.tags.slice(0, 100) })));
  assert.equal(small.json().errors.length, 20);
});

test("bodies that are no JSON, or not only JSON, are refused", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  const good = '{"name":"abc","count":1}';
  assert.equal((await app.inject(post(good))).statusCode, 200);
  assert.equal((await app.inject(post(good, { "content-type": "application/json; charset=utf-8" }))).statusCode, 200);
  assert.equal((await app.inject(post('{"name":"\\\\u0000","count":1}'))).statusCode, 200);
  const bad: [string, string | Buffer, Record<string, string>, number][] = [
    ["cut off", '{"name":"abc"', {}, 400],
    ["empty", "", {}, 400],
    ["invalid UTF-8", Buffer.from('{"name":"abc\xff","count":1}', "latin1"), {}, 400],
    ["U+0000", '{"name":"abc\\u0000","count":1}', {}, 400],
    ["U+0000 after a backslash", '{"name":"abc\\\\\\u0000","count":1}', {}, 400],
    ["prototype", '{"__proto__":{"name":"abc"},"name":"abc","count":1}', {}, 400],
    ["number out of range", '{"name":"abc","count":1e999}', {}, 400],
    ["deep", "[".repeat(100_000) + "]".repeat(100_000), {}, 400],
    ["deep in a field", `{"name":${"[".repeat(100_000)}${"]".repeat(100_000)},"count":1}`, {}, 400],
    ["not closed", "[".repeat(100_000), {}, 400],
    ["too large", JSON.stringify("a".repeat(1_048_577)), {}, 413],
    ["plain text", good, { "content-type": "text/plain" }, 415],
    ["form", "name=abc", { "content-type": "application/x-www-form-urlencoded" }, 415],
    ["no type at all", good, { "content-type": "nonsense" }, 415],
    ["gzip", good, { "content-encoding": "gzip" }, 415],
    ["unknown encoding", good, { "content-encoding": "x" }, 415],
  ];
  for (const [name, payload, headers, status] of bad) {
    const answer = await app.inject(post(payload, headers));
    assert.equal(answer.statusCode, status, name);
    assert.equal(answer.headers["content-type"], "application/problem+json", name);
  }
});

test("a body that reaches for the prototype of objects is refused, also where any field is taken", async (t) => {
  const { app } = await subject(t, { routes: [probes] });
  const status = async (payload: string) => (await app.inject({ ...post(payload), url: "/open" })).statusCode;
  assert.equal(await status('{"any":1}'), 200);
  assert.equal(await status('{"__proto__":{"admin":true}}'), 400);
  assert.equal(await status('{"constructor":{"prototype":{"admin":true}}}'), 400);
});

test("an error that nobody foresaw says nothing, and is logged under the request's id", async (t) => {
  const { app, log } = await subject(t, { routes: [probes] });
  const answer = await app.inject("/fail/unknown");
  assert.equal(answer.statusCode, 500);
  assert.equal(answer.json().type, "/problems/internal-error");
  assert.equal(/SELECT|secret|stack/.test(answer.body), false);
  const line = log.find(({ request_id }) => request_id === answer.headers["x-request-id"]);
  assert.equal(line?.level, 50);
  assert.match(JSON.stringify(line?.err), /syntax error/);
});

test("a database that cannot be reached is 503 with a time to wait, without its message", async (t) => {
  const { app, log } = await subject(t, { routes: [probes] });
  const answer = await app.inject("/fail/database");
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().type, "/problems/unavailable");
  assert.ok(Number(answer.headers["retry-after"]) > 0);
  assert.equal(answer.body.includes("SELECT"), false);
  assert.match(JSON.stringify(log), /every connection is busy/);
});

test("a problem keeps its headers, and a client's fault is not logged", async (t) => {
  const { app, log } = await subject(t, { routes: [probes] });
  const answer = await app.inject("/fail/teapot");
  assert.equal(answer.statusCode, 409);
  assert.equal(answer.headers["x-taken-by"], "you");
  assert.equal(answer.headers["retry-after"], "3");
  assert.equal(answer.headers["cache-control"], "no-store");
  assert.deepEqual(log, []);
});
