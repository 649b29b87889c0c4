import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clientExecutor, newToken, revokeApiKey } from "../../src/auth/keys.ts";
import { InvalidApiKey } from "../../src/auth/sessions.ts";
import { DatabaseUnavailable } from "../../src/database/database.ts";
import { until } from "../support/until.ts";
import { hashOf, type Process, prefixOf, type Servers, startServers, statementsOf } from "./servers.ts";

describe("the end of sessions, and of what they rest on", () => {
  let servers: Servers;
  let process: Process;
  let other: Process;

  before(async () => {
    servers = await startServers();
    process = await servers.start();
    other = await servers.start();
  });
  after(() => servers?.stop());

  const opened = () => servers.open(process);

  describe("closing one", () => {
    it("ends it here at once, and in another process within a second", async () => {
      const { token, identity } = await opened();
      assert.ok(await process.sessions.identify(token));
      assert.ok(await other.sessions.identify(token));
      await process.sessions.close(identity, token);
      const closed = Date.now();
      assert.equal(await servers.column("is_active", identity), false);
      assert.equal(process.sessions.identify(token), undefined);
      await until(async () => (await other.sessions.identify(token)) === undefined);
      assert.ok(Date.now() - closed < 1200);
    });

    it("ends it at once in a worker that hears of it", async () => {
      const worker = await servers.start();
      process.cache.onInvalidation((message) => {
        worker.cache.applyInvalidation(message);
        worker.sessions.applyInvalidation(message);
      });
      const { token, identity } = await opened();
      assert.ok(await worker.sessions.identify(token));
      await process.sessions.close(identity, token);
      assert.equal(worker.sessions.identify(token), undefined);
    });

    it("leaves the user's others open", async () => {
      const { key, token, identity } = await opened();
      const second = await process.sessions.open(key);
      await process.sessions.close(identity, token);
      assert.deepEqual(await process.sessions.identify(second.token), second.identity);
    });

    it("outdoes a look-up under way", async () => {
      const { token, identity } = await opened();
      const lookUp = process.sessions.identify(token);
      await process.sessions.close(identity, token);
      await lookUp;
      assert.equal(await process.sessions.identify(token), undefined);
    });
  });

  describe("revoking a key", () => {
    const revoke = (key: string) => revokeApiKey(servers.executor, prefixOf(key));

    it("ends its sessions and no others", async () => {
      const { key, token } = await opened();
      await process.sessions.open(key);
      const kept = await opened();
      assert.equal(await revoke(key), 2);
      assert.equal(await other.sessions.identify(token), undefined);
      assert.ok(await other.sessions.identify(kept.token));
      await assert.rejects(process.sessions.open(key), InvalidApiKey);
    });

    it("lets none slip through that is being opened", async () => {
      const key = await servers.createKey();
      const client = await servers.owner.connect();
      try {
        await client.query("BEGIN");
        await revokeApiKey(clientExecutor(client), prefixOf(key));
        let settled = false;
        const opening = process.sessions.open(key).finally(() => {
          settled = true;
        });
        opening.catch(() => undefined);
        const waits =
          "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO user_sessions%'";
        await until(async () => settled || (await servers.owner.query(waits)).rowCount === 1);
        await client.query("COMMIT");
        await assert.rejects(opening, InvalidApiKey);
      } finally {
        client.release();
      }
    });

    it("says when there is no such key", async () => {
      assert.equal(await revokeApiKey(servers.executor, "AAAAAAAAAAAA"), undefined);
    });
  });

  describe("without the database", () => {
    /** The cache's minute is over; the value lies there for another hour. */
    const ageCached = async (token: string) => {
      await until(async () => (await process.cache.getMany("sessions", [hashOf(token)])).size === 1);
      await servers.command("PEXPIRE", `pynomaly:cache:1:sessions:${hashOf(token)}`, "3500000");
    };

    it("a session goes on that was in the cache for longer than its minute, but not one that was ended", async () => {
      const kept = await opened();
      const revoked = await opened();
      for (const { token } of [kept, revoked]) {
        await process.sessions.identify(token);
        await ageCached(token);
      }
      await revokeApiKey(servers.executor, prefixOf(revoked.key));
      assert.equal(await other.sessions.identify(revoked.token), undefined);
      const third = await servers.start();
      await servers.postgres.server.pause();
      try {
        assert.deepEqual(await third.sessions.identify(kept.token), kept.identity);
        await assert.rejects(Promise.resolve(third.sessions.identify(revoked.token)), DatabaseUnavailable);
      } finally {
        await servers.postgres.server.resume();
      }
    });

    it("sessions in the cache go on; the rest is unavailable, and nothing is lost", async () => {
      const { key, token, identity } = await opened();
      assert.ok(await process.sessions.identify(token));
      await until(async () => (await other.cache.getMany("sessions", [hashOf(token)])).size === 1);
      await servers.postgres.server.pause();
      try {
        assert.deepEqual(await other.sessions.identify(token), identity);
        await assert.rejects(process.sessions.open(key), DatabaseUnavailable);
        await assert.rejects(process.sessions.close(identity, token), DatabaseUnavailable);
        assert.deepEqual(await process.sessions.identify(token), identity);
        await assert.rejects(Promise.resolve(process.sessions.identify(newToken())), DatabaseUnavailable);
      } finally {
        await servers.postgres.server.resume();
      }
      await process.sessions.open(key);
    });

    it("logs that the last use was not written, and writes it later", async () => {
      const { token } = await opened();
      await other.sessions.identify(token);
      await servers.postgres.server.pause();
      try {
        await other.sessions.stop();
        assert.ok(other.lines.some((line) => line.includes("the last use of sessions was not written")));
      } finally {
        await servers.postgres.server.resume();
      }
      const statements = await statementsOf(other, () => other.sessions.stop());
      assert.deepEqual(statements, ["write-session-activity"]);
    });
  });

  it("go on without the cache", async () => {
    const { token, identity } = await opened();
    await servers.redis.pause();
    try {
      assert.deepEqual(await process.sessions.identify(token), identity);
      await process.sessions.close(identity, token);
      assert.equal(await other.sessions.identify(token), undefined);
    } finally {
      await servers.redis.resume();
    }
  });
});
