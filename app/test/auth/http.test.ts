import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fastify } from "fastify";
import { authentication } from "../../src/auth/authentication.ts";
import { newToken } from "../../src/auth/keys.ts";
import { answerProblems } from "../../src/http/errors.ts";
import type { App } from "../../src/http/services.ts";
import { ask, askWith, buildApp, openWith } from "./app.ts";
import { type Process, type Servers, startServers } from "./servers.ts";

describe("authentication and session routes", () => {
  let servers: Servers;
  let process: Process;
  let app: App;

  before(async () => {
    servers = await startServers();
    process = await servers.start();
    app = await buildApp(process);
  });
  after(async () => {
    await app?.close();
    await servers?.stop();
  });

  const token = async (options?: Parameters<Servers["createKey"]>[0]) => (await servers.open(process, options)).token;

  describe("a session's token", () => {
    it("is asked for", async () => {
      const answer = await ask(app, { url: "/read" });
      assert.equal(answer.statusCode, 401);
      assert.equal(answer.headers["www-authenticate"], 'Bearer realm="pynomaly"');
      assert.equal(answer.headers["content-type"], "application/problem+json");
      assert.equal(answer.json().type, "/problems/unauthorized");
    });

    it("tells the route who asks", async () => {
      const answer = await askWith(app, await token({ user: "olga" }));
      assert.equal(answer.body, "olga");
    });

    it("may stand behind any spelling of Bearer", async () => {
      const good = await token();
      for (const scheme of ["Bearer", "bearer", "BEARER", "Bearer  "]) {
        const answer = await ask(app, { url: "/read", headers: { authorization: `${scheme} ${good}` } });
        assert.equal(answer.statusCode, 200);
      }
    });

    it("is refused when it is malformed or unknown, in the same words", async () => {
      const good = await token();
      for (const bad of [`${good}A`, good.slice(0, -1), good.toUpperCase(), newToken(), `pk_${good}`, "a b", "é"]) {
        const answer = await ask(app, { url: "/read", headers: { authorization: `Bearer ${bad}` } });
        assert.equal(answer.statusCode, 401);
        assert.match(String(answer.headers["www-authenticate"]), /^Bearer realm="pynomaly"/);
      }
    });

    for (const header of [
      "",
      " ",
      "Bearer",
      "Bearer ",
      "Basic YTpi",
      "ps_",
      "Bearer\tx",
      "Bearer x,Bearer y",
      "x".repeat(9000),
    ]) {
      it(`is not taken from ${JSON.stringify(header.slice(0, 30))}`, async () => {
        const answer = await ask(app, { url: "/read", headers: { authorization: header } });
        assert.equal(answer.statusCode, 401);
      });
    }

    it("is not taken from the query", async () => {
      const answer = await ask(app, { url: `/read?access_token=${await token()}` });
      assert.equal(answer.statusCode, 401);
    });

    it("needs the route's scope", async () => {
      const readOnly = await token({ scopes: ["read"] });
      const writeOnly = await token({ scopes: ["write"] });
      const write = (bearer: string) =>
        ask(app, { method: "POST", url: "/write", headers: { authorization: `Bearer ${bearer}` } });
      assert.equal((await askWith(app, readOnly)).statusCode, 200);
      assert.equal((await write(writeOnly)).statusCode, 200);
      assert.equal((await askWith(app, writeOnly)).statusCode, 403);
      const refused = await write(readOnly);
      assert.equal(refused.statusCode, 403);
      assert.equal(refused.json().type, "/problems/forbidden");
      assert.equal(
        refused.headers["www-authenticate"],
        'Bearer realm="pynomaly", error="insufficient_scope", scope="write"',
      );
    });
  });

  describe("a route", () => {
    it("without a session is open, and has no identity", async () => {
      assert.equal((await ask(app, { url: "/open" })).body, "open");
      assert.equal((await ask(app, { url: "/careless" })).statusCode, 500);
    });

    it("without a scope cannot be registered", async () => {
      const bare: App = fastify();
      await bare.register(authentication, process);
      assert.throws(() => bare.get("/forgotten", () => "open"), /GET \/forgotten does not say its scope/);
    });

    it("without a scope that was registered before needs a session that may write", async () => {
      const bare: App = fastify({ trustProxy: true });
      answerProblems(bare);
      bare.get("/forgotten", () => "open");
      await bare.register(authentication, process);
      const forgotten = async (bearer?: string) => {
        const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
        return (await ask(bare, { url: "/forgotten", headers })).statusCode;
      };
      assert.equal(await forgotten(), 401);
      assert.equal(await forgotten(await token({ scopes: ["read"] })), 403);
      assert.equal(await forgotten(await token({ scopes: ["write"] })), 200);
      await bare.close();
    });

    it("outside is untouched", async () => {
      assert.equal((await ask(app, { url: "/before" })).body, "registered before");
    });
  });

  describe("POST /api/v1/auth/sessions", () => {
    it("answers a key with a token that no cache may keep", async () => {
      const answer = await openWith(app, { api_key: await servers.createKey({ scopes: ["read"] }) });
      assert.equal(answer.statusCode, 201);
      assert.equal(answer.headers["cache-control"], "no-store");
      const { token: opened, expires_at, scopes, ...rest } = answer.json();
      assert.equal((await askWith(app, opened)).statusCode, 200);
      assert.match(expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      assert.deepEqual(scopes, ["read"]);
      assert.deepEqual(rest, {});
    });

    it("answers 401 to a wrong key, and does not repeat it", async () => {
      const key = await servers.createKey();
      for (const wrong of [
        "x",
        `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`,
        `pk_AAAAAAAAAAAA${key.slice(15)}`,
      ]) {
        const answer = await openWith(app, { api_key: wrong });
        assert.equal(answer.statusCode, 401);
        assert.equal(answer.json().detail, "The API key is not valid.");
        assert.equal(answer.headers["cache-control"], "no-store");
        assert.ok(answer.headers["www-authenticate"]);
        assert.ok(wrong.length < 10 || !answer.body.includes(wrong.slice(16)));
      }
    });

    for (const [what, payload, status] of [
      ["no body", undefined, 400],
      ["a body without a key", {}, 400],
      ["a number", { api_key: 1 }, 400],
      ["an empty key", { api_key: "" }, 400],
      ["a long key", { api_key: "x".repeat(201) }, 400],
      ["another field", { api_key: "x", admin: true }, 400],
      ["a large body", { api_key: "x".repeat(2000) }, 413],
    ] as const) {
      it(`answers ${status} to ${what}`, async () => {
        const answer = await openWith(app, payload);
        assert.equal(answer.statusCode, status);
        assert.equal(answer.headers["content-type"], "application/problem+json");
      });
    }

    it("answers 503 while the database is away, and again when it is back", async () => {
      const key = await servers.createKey();
      await servers.postgres.server.pause();
      try {
        const answer = await openWith(app, { api_key: key });
        assert.equal(answer.statusCode, 503);
        assert.ok(Number(answer.headers["retry-after"]) > 0);
        assert.equal((await askWith(app, newToken())).statusCode, 503);
      } finally {
        await servers.postgres.server.resume();
      }
      assert.equal((await openWith(app, { api_key: key })).statusCode, 201);
    });
  });

  describe("DELETE /api/v1/auth/sessions/current", () => {
    const end = (bearer: string) =>
      ask(app, {
        method: "DELETE",
        url: "/api/v1/auth/sessions/current",
        headers: { authorization: `Bearer ${bearer}` },
      });

    for (const scopes of [["read"], ["write"]] as const) {
      it(`ends a session that may ${scopes}`, async () => {
        const bearer = await token({ scopes });
        const answer = await end(bearer);
        assert.equal(answer.statusCode, 204);
        assert.equal(answer.body, "");
        assert.equal(answer.headers["cache-control"], "no-store");
        assert.equal((await askWith(app, bearer)).statusCode, 401);
        assert.equal((await end(bearer)).statusCode, 401);
      });
    }
  });

  it("no secret is in the log", () => {
    assert.ok(
      process.lines.some((line) => line.includes("/api/v1/auth/sessions") && line.includes("DatabaseUnavailable")),
    );
    for (const line of process.lines) assert.doesNotMatch(line, /p[ks]_[\w-]{20}/);
  });
});
