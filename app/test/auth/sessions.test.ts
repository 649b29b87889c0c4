import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { after, before, describe, it, mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { revokeApiKey } from "../../src/auth/keys.ts";
import { type Identity, InvalidApiKey } from "../../src/auth/sessions.ts";
import { until } from "../support/until.ts";
import { hashOf, type Process, prefixOf, type Servers, startServers, statementsOf } from "./servers.ts";

const HOUR_MS = 3_600_000;

const wrongSecret = (key: string) => `${key.slice(0, -1)}${key.endsWith("A") ? "B" : "A"}`;
const unknownPrefix = (key: string) => `pk_AAAAAAAAAAAA${key.slice(15)}`;
const unknownToken = () => `ps_${crypto.randomBytes(32).toString("base64url")}`;

describe("sessions, on real servers", () => {
  let servers: Servers;
  let process: Process;
  let other: Process;

  before(async () => {
    servers = await startServers();
    process = await servers.start();
    other = await servers.start();
  });
  after(() => servers?.stop());

  const opened = (options?: Parameters<Servers["createKey"]>[0]) => servers.open(process, options);

  describe("opening one", () => {
    it("tells who asks, what is allowed, and that it ends in 12 hours", async () => {
      const { token, identity } = await opened({ user: "olga", scopes: ["read"] });
      assert.equal(identity.name, "olga");
      assert.deepEqual(identity.scopes, ["read"]);
      const life = Date.parse(identity.expiresAt) - Date.now();
      assert.ok(life > 11.99 * HOUR_MS && life <= 12 * HOUR_MS);
      assert.deepEqual(await other.sessions.identify(token), identity);
    });

    it("gives the service's quota, or the key's own", async () => {
      assert.deepEqual((await opened()).identity.quota, { requestsPerSecond: 10, burst: 20 });
      const quota = { requestsPerSecond: 700, burst: 1400 };
      const { token, identity } = await opened({ quota });
      assert.deepEqual(identity.quota, quota);
      assert.deepEqual((await other.sessions.identify(token))?.quota, quota);
    });

    it("ends it no later than the key", async () => {
      const { identity } = await opened({ expiresAt: new Date(Date.now() + HOUR_MS) });
      assert.ok(Date.parse(identity.expiresAt) <= Date.now() + HOUR_MS);
    });

    it("notes that the key was used", async () => {
      const { key } = await opened();
      const { rows } = await servers.owner.query("SELECT last_used_at FROM api_keys WHERE prefix = $1", [
        prefixOf(key),
      ]);
      assert.ok(Date.now() - rows[0].last_used_at < 10_000);
    });

    it("is refused in the same words, whatever is wrong with the key", async () => {
      const key = await servers.createKey();
      const revoked = await servers.createKey();
      await revokeApiKey(servers.executor, prefixOf(revoked));
      const expired = await servers.createKey({ expiresAt: new Date(Date.now() - 1) });
      const wrong = ["", "pk_x", `${key} `, wrongSecret(key), unknownPrefix(key), revoked, expired];
      for (const text of wrong) {
        await assert.rejects(process.sessions.open(text), (error) => {
          assert.ok(error instanceof InvalidApiKey);
          assert.equal(error.message, "the API key is not valid");
          return true;
        });
      }
    });

    it("costs nothing for what no key can be", async () => {
      const statements = await statementsOf(process, () => assert.rejects(process.sessions.open("pk_x_y")));
      assert.deepEqual(statements, []);
    });

    it("does for an unknown prefix what it does for a wrong secret", async (t) => {
      const compare = t.mock.method(crypto, "timingSafeEqual");
      syncBuiltinESMExports();
      t.after(() => {
        mock.restoreAll();
        syncBuiltinESMExports();
      });
      const key = await servers.createKey();
      const seen = [];
      for (const text of [wrongSecret(key), unknownPrefix(key)]) {
        compare.mock.resetCalls();
        const statements = await statementsOf(process, () =>
          assert.rejects(process.sessions.open(text), InvalidApiKey),
        );
        const lengths = compare.mock.calls.map(({ arguments: [a, b] }) => [a.byteLength, b.byteLength]);
        seen.push({ statements, lengths });
      }
      assert.deepEqual(seen[0], { statements: ["find-api-key"], lengths: [[32, 32]] });
      assert.deepEqual(seen[1], seen[0]);
    });
  });

  it("leaves neither key nor token in the database or the cache", async () => {
    const { key, token } = await opened();
    await process.sessions.identify(token);
    await until(async () => (await servers.dumpCache()).includes(hashOf(token)));
    const secrets = [key.slice(16), token.slice(3)];
    const texts = secrets.flatMap((secret) => {
      const bytes = Buffer.from(secret, "base64url");
      return [secret, Buffer.from(secret).toString("hex"), bytes.toString("hex"), bytes.toString("base64")];
    });
    const { rows: tables } = await servers.owner.query(
      "SELECT quote_ident(relname) AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    let database = "";
    for (const { name } of tables) {
      const { rows } = await servers.owner.query(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
      database += rows.map(({ row }) => row).join("\n");
    }
    assert.ok(database.includes(prefixOf(key)), "the dump is one");
    const cache = await servers.dumpCache();
    for (const text of texts) {
      assert.ok(!database.includes(text));
      assert.ok(!cache.includes(text));
    }
  });

  describe("identifying one", () => {
    it("needs the database once for all processes, and then neither it nor a wait", async () => {
      const { token, identity } = await opened();
      assert.deepEqual(await statementsOf(process, () => process.sessions.identify(token)), ["find-session"]);
      assert.deepEqual(process.sessions.identify(token), identity);
      await until(async () => (await other.cache.getMany("sessions", [hashOf(token)])).size === 1);
      assert.deepEqual(await statementsOf(other, () => other.sessions.identify(token)), []);
      assert.deepEqual(other.sessions.identify(token), identity);
    });

    for (const token of ["", "ps_", "Bearer", `pk_${"A".repeat(43)}`, `ps_${"A".repeat(43)}\n`, "ps_".repeat(10_000)]) {
      it(`costs nothing for what no token can be: ${JSON.stringify(token.slice(0, 50))}`, async () => {
        const statements = await statementsOf(process, () => assert.equal(process.sessions.identify(token), undefined));
        assert.deepEqual(statements, []);
      });
    }

    it("asks once for an unknown token", async () => {
      const token = unknownToken();
      const statements = await statementsOf(process, async () => {
        assert.equal(await process.sessions.identify(token), undefined);
        assert.equal(process.sessions.identify(token), undefined);
      });
      assert.deepEqual(statements, ["find-session"]);
    });

    it("knows no session whose time is over, to the millisecond", async () => {
      const { token, identity } = await opened();
      await servers.owner.query(
        "UPDATE user_sessions SET expires_at = clock_timestamp() + interval '600 ms' WHERE id = $1",
        [identity.sessionId],
      );
      assert.ok(await process.sessions.identify(token));
      const ends = (await servers.column<Date>("expires_at", identity)).getTime();
      await until(async () => (await process.sessions.identify(token)) === undefined);
      assert.ok(Date.now() >= ends && Date.now() < ends + 400);
      assert.equal(await other.sessions.identify(token), undefined);
    });
  });

  describe("the last use of a session", () => {
    const lastUse = async (identity: Identity) => (await servers.column<Date>("last_activity", identity)).getTime();
    const HOUR_AGO = "UPDATE user_sessions SET last_activity = now() - interval '1 hour' WHERE id = $1";

    it("is written when the process stops, not when it is used", async () => {
      const leaving = await servers.start();
      const { token, identity } = await opened();
      await servers.owner.query(HOUR_AGO, [identity.sessionId]);
      const statements = await statementsOf(leaving, () => leaving.sessions.identify(token));
      assert.ok(!statements.includes("write-session-activity"));
      assert.ok(Date.now() - (await lastUse(identity)) > HOUR_MS - 10_000);
      await leaving.sessions.stop();
      assert.ok(Date.now() - (await lastUse(identity)) < 10_000);
    });

    it("is written once a minute for all sessions", async (t) => {
      t.mock.timers.enable({ apis: ["setInterval"] });
      const ticking = await servers.start();
      const used = await Promise.all([opened(), opened(), opened()]);
      for (const { token, identity } of used) {
        await servers.owner.query(HOUR_AGO, [identity.sessionId]);
        await ticking.sessions.identify(token);
        ticking.sessions.identify(token);
      }
      const first = ticking.statements.length;
      t.mock.timers.tick(59_999);
      await setImmediate();
      assert.equal(ticking.statements.length, first);
      t.mock.timers.tick(1);
      for (const { identity } of used) await until(async () => Date.now() - (await lastUse(identity)) < 10_000);
      t.mock.timers.tick(60_000);
      await setImmediate();
      assert.deepEqual(ticking.statements.slice(first), ["write-session-activity"]);
    });

    it("is never set back", async () => {
      const slow = await servers.start();
      const { token, identity } = await opened();
      await slow.sessions.identify(token);
      await servers.owner.query("UPDATE user_sessions SET last_activity = now() + interval '1 hour' WHERE id = $1", [
        identity.sessionId,
      ]);
      await slow.sessions.stop();
      assert.ok((await lastUse(identity)) > Date.now());
    });
  });
});
