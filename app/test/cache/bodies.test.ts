import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { until } from "../support/until.ts";
import { type Cluster, keyOf, startCluster } from "./support.ts";

const text = JSON.stringify({ rows: Array.from({ length: 200 }, (_, id) => ({ id, value: id / 7 })) });
const load = async () => text;
const never = async () => assert.fail("nothing was to be loaded");

describe("bodies", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  /** A member whose scripts Redis knows. */
  const join = async () => {
    const member = await cluster.join();
    await member.cache.body("anomalies", "warm", load);
    await stored("warm");
    return member;
  };
  const stored = (key: string) =>
    until(async () => (await cluster.command("EXISTS", keyOf("anomalies", key))) === 1, "the body");
  const length = async (key: string) => Number(await cluster.command("STRLEN", keyOf("anomalies", key)));

  it("have a strong tag of the bytes, and both forms", async () => {
    const { cache } = await join();
    const { body, outcome } = await cache.body("anomalies", "forms", load);
    const digest = createHash("sha256").update(text).digest().subarray(0, 16).toString("base64url");
    assert.equal(outcome, "miss");
    assert.equal(body.etag, `"${digest}"`);
    assert.equal(body.identity().toString(), text);
    assert.equal(body.identity(), body.identity());
    assert.equal(body.gzip(), undefined);
    const [gzip, again] = await Promise.all([body.compress(), body.compress()]);
    assert.equal(gzip, again);
    assert.equal(body.gzip(), gzip);
    assert.equal(gunzipSync(gzip).toString(), text);
  });

  it("cost no command in the first level, one in the second and two when they are loaded", async () => {
    const [first, second] = [await join(), await join()];
    const miss = await cluster.scripts(async () => {
      assert.equal((await first.cache.body("anomalies", "cost", load)).outcome, "miss");
      await stored("cost");
    });
    assert.equal(miss, 2);
    const fromMemory = await cluster.scripts(async () => {
      assert.ok(first.cache.peekBody("anomalies", "cost"));
      assert.equal((await first.cache.body("anomalies", "cost", never)).outcome, "hit");
    });
    assert.equal(fromMemory, 0);
    const fromRedis = await cluster.scripts(async () => {
      assert.equal(second.cache.peekBody("anomalies", "cost"), undefined);
      assert.equal((await second.cache.body("anomalies", "cost", never)).outcome, "hit");
    });
    assert.equal(fromRedis, 1);
  });

  it("are in the first level for one second", async () => {
    const { cache, advance } = await join();
    await cache.body("anomalies", "second", load);
    await until(() => cache.peekBody("anomalies", "second") !== undefined, "the first level");
    advance(900);
    assert.ok(cache.peekBody("anomalies", "second"));
    advance(101);
    assert.equal(cache.peekBody("anomalies", "second"), undefined);
    assert.equal((await cache.body("anomalies", "second", never)).outcome, "hit");
    assert.ok(cache.peekBody("anomalies", "second"));
  });

  it("are stored plain by a miss that nobody asked in gzip, and gzipped from their second hit", async () => {
    const { cache, advance } = await join();
    const { body } = await cache.body("anomalies", "hits", load);
    await stored("hits");
    assert.ok((await length("hits")) > text.length);
    assert.equal(body.gzip(), undefined);
    await until(() => cache.peekBody("anomalies", "hits") !== undefined, "the first level");
    advance(1001);
    const hit = await cache.body("anomalies", "hits", never);
    assert.equal(hit.body, body);
    await until(async () => (await length("hits")) < text.length / 2, "the gzip");
    const other = await (await join()).cache.body("anomalies", "hits", never);
    assert.equal(other.body.etag, body.etag);
    assert.equal(gunzipSync(other.body.gzip() ?? "").toString(), text);
    assert.equal(other.body.identity().toString(), text);
  });

  it("are stored gzipped once a client asks for it, for the rest of their time", async () => {
    const { cache } = await join();
    const { body } = await cache.body("anomalies", "asked", load);
    await stored("asked");
    await cluster.command("PEXPIRE", keyOf("anomalies", "asked"), "3700000");
    const commands = await cluster.scripts(async () => {
      await body.compress();
      await until(async () => (await length("asked")) < text.length / 2, "the gzip");
    });
    assert.equal(commands, 1);
    const remaining = Number(await cluster.command("PTTL", keyOf("anomalies", "asked")));
    assert.ok(remaining > 3_600_000 && remaining <= 3_700_000);
  });

  it("are not gzipped over a newer body", async () => {
    const { cache } = await join();
    const { body } = await cache.body("anomalies", "newer", load);
    await cache.clearNamespace("anomalies");
    await cache.body("anomalies", "newer", async () => "new");
    await stored("newer");
    await body.compress();
    await cluster.scripts(async () => cache.get("anomalies", "warm"));
    assert.equal(
      (await (await cluster.join()).cache.body("anomalies", "newer", never)).body.identity().toString(),
      "new",
    );
  });

  it("of more than 1 MB are answered and not kept", async () => {
    const { cache, log } = await join();
    const large = "x".repeat(1_048_577);
    const { body } = await cache.body("anomalies", "large", async () => large);
    assert.equal(body.identity().length, large.length);
    await until(() => log.lines.length > 0, "the warning");
    assert.equal((await cache.body("anomalies", "large", load)).outcome, "miss");
  });

  it("are loaded anew, from the writer, for a client that takes nothing from a cache", async () => {
    const { cache } = await join();
    await cache.body("anomalies", "no-cache", load);
    await stored("no-cache");
    const loadings: boolean[] = [];
    const answer = await cache.body(
      "anomalies",
      "no-cache",
      async ({ fresh }) => {
        loadings.push(fresh);
        return "new";
      },
      { noCache: true },
    );
    assert.deepEqual(loadings, [true]);
    assert.deepEqual([answer.outcome, answer.body.identity().toString()], ["miss", "new"]);
    const other = await cluster.join();
    assert.equal((await other.cache.body("anomalies", "no-cache", never)).body.identity().toString(), "new");
    const failing = async () => Promise.reject(new Error("the database is gone"));
    await assert.rejects(cache.body("anomalies", "no-cache", failing, { noCache: true }), /gone/);
  });

  it("take no more memory in the first level than they may, and none after a trim", async () => {
    const { cache } = await cluster.join({ firstLevelBytes: 900_000 });
    for (let index = 0; index < 40; index += 1) await cache.body("datasets", `k${index}`, load);
    await until(() => cache.stats().entries > 1, "the first level");
    const { entries, bytes } = cache.stats();
    assert.ok(entries < 40 && bytes <= 300_000 && bytes >= entries * text.length, `${entries} entries, ${bytes} bytes`);
    cache.trim();
    assert.deepEqual([cache.stats().entries, cache.stats().bytes], [0, 0]);
  });
});
