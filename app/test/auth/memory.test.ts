import assert from "node:assert/strict";
import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { after, before, beforeEach, describe, it } from "node:test";
import { newToken } from "../../src/auth/keys.ts";
import { createSessions, type Identity, type Sessions } from "../../src/auth/sessions.ts";
import type { Cache } from "../../src/cache/cache.ts";
import type { Database } from "../../src/database/database.ts";

const row = {
  sessionId: 1,
  userId: 1,
  apiKeyId: 1,
  name: "ana",
  scopes: ["read"],
  requestsPerSecond: null,
  burst: null,
  expiresAt: "2099-01-01T00:00:00.000000Z",
};

/** A server would answer too slowly for this many look-ups, and not when it is told to. */
describe("what a process remembers of sessions", () => {
  let sessions: Sessions;
  let lookUps = 0;
  let answer: () => Promise<unknown[]> = async () => [];

  before(() => {
    const database = {
      read: () => {
        lookUps += 1;
        return answer();
      },
      write: async () => [],
    } as unknown as Database;
    const cache = {
      cached: (_namespace: string, _key: string, load: () => Promise<unknown>) => load(),
      delete: async () => true,
    } as unknown as Cache;
    const logger = { error: () => undefined };
    sessions = createSessions({ database, cache, logger, config: { RATE_REQUESTS_PER_SECOND: 1, RATE_BURST: 1 } });
  });
  after(() => sessions.stop());
  beforeEach(() => {
    lookUps = 0;
  });

  const known = async () => {
    answer = async () => [row];
    const token = newToken();
    assert.ok(await sessions.identify(token));
    return token;
  };
  const unknown = async (count: number) => {
    answer = async () => [];
    const tokens = Array.from({ length: count }, newToken);
    for (const token of tokens) assert.equal(await sessions.identify(token), undefined);
    return tokens;
  };

  it("is bounded: of very many unknown tokens, the first are forgotten", async () => {
    const tokens = await unknown(10_001);
    assert.equal(lookUps, 10_001);
    assert.equal(sessions.identify(tokens.at(-1) ?? ""), undefined);
    assert.ok(sessions.identify(tokens[0] ?? "") instanceof Promise);
  });

  it("is bounded: of very many sessions, the first are forgotten", async () => {
    const first = await known();
    assert.ok(sessions.remembers(first));
    for (let count = 0; count < 10_000; count += 1) await known();
    assert.equal(sessions.remembers(first), false);
  });

  it("is asked again after a second, however often it was asked within it", async (t) => {
    const token = await known();
    const began = performance.now();
    const now = t.mock.method(performance, "now", () => began);
    for (let count = 0; count < 3; count += 1) assert.equal((sessions.identify(token) as Identity).sessionId, 1);
    now.mock.mockImplementation(() => began + 1001);
    assert.ok(sessions.identify(token) instanceof Promise);
    assert.equal(lookUps, 2);
  });

  it("hashes a token that it was just asked for no second time", async (t) => {
    const token = await known();
    sessions.identify(token);
    const hash = t.mock.method(crypto, "hash");
    syncBuiltinESMExports();
    t.after(() => {
      hash.mock.restore();
      syncBuiltinESMExports();
    });
    assert.equal((sessions.identify(token) as Identity).sessionId, 1);
    assert.equal(hash.mock.callCount(), 0);
  });

  it("is forgotten when a session ends, however often it was asked before", async () => {
    const token = await known();
    for (let count = 0; count < 3; count += 1) assert.equal((sessions.identify(token) as Identity).sessionId, 1);
    await sessions.close({ ...row, scopes: ["read"], quota: { requestsPerSecond: 1, burst: 1 } }, token);
    assert.equal(sessions.identify(token), undefined);
  });

  it("is not pushed out by unknown tokens", async () => {
    const token = await known();
    await unknown(10_001);
    assert.equal(sessions.remembers(token), true);
  });

  it("is not what a look-up finds that began before the session ended", async () => {
    const token = newToken();
    const { promise, resolve } = Promise.withResolvers<unknown[]>();
    answer = () => promise;
    const lookUp = sessions.identify(token);
    await sessions.close({ ...row, scopes: ["read"], quota: { requestsPerSecond: 1, burst: 1 } }, token);
    resolve([row]);
    assert.equal(await lookUp, undefined);
    assert.equal(sessions.identify(token), undefined);
  });

  it("is dropped for a whole namespace, and not for another's", async () => {
    const token = await known();
    sessions.applyInvalidation({ namespace: "models" });
    assert.equal(sessions.remembers(token), true);
    sessions.applyInvalidation({ namespace: "sessions" });
    assert.equal(sessions.remembers(token), false);
  });
});
