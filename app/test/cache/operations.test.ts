import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { TOKEN_LENGTH } from "../../src/cache/scripts.ts";
import { until } from "../support/until.ts";
import { type Cluster, keyOf, type Member, startCluster } from "./support.ts";

describe("the cache's operations", () => {
  let cluster: Cluster;
  let member: Member;
  before(async () => {
    cluster = await startCluster();
    member = await cluster.join();
  });
  after(() => cluster.stop());

  const ttl = async (namespace: string, key: string) => Number(await cluster.command("PTTL", keyOf(namespace, key)));
  const near = (milliseconds: number, seconds: number) =>
    assert.ok(milliseconds > seconds * 1000 - 2000 && milliseconds <= seconds * 1000, `${milliseconds} ms`);

  it("set, get and delete a value", async () => {
    const { cache } = member;
    const value = { text: "naïve ☃", list: [1, null, { deep: true }] };
    assert.equal(await cache.get("models", "a"), undefined);
    assert.equal(await cache.set("models", "a", value), true);
    assert.deepEqual(await cache.get("models", "a"), value);
    assert.equal(await cache.delete("models", "a"), true);
    assert.equal(await cache.get("models", "a"), undefined);
    assert.equal(await cache.delete("models", "a"), false);
  });

  it("set and get many values, each with one command", async () => {
    const { cache } = member;
    const entries = new Map([
      ["one", 1],
      ["two", 2],
      ["three", 3],
    ]);
    await cache.setMany("predictions", new Map([["warm", 0]]));
    await cache.getMany("predictions", ["warm"]);
    assert.equal(await cluster.scripts(() => cache.setMany("predictions", entries)), 1);
    let found = new Map<string, number>();
    const asked = ["one", "missing", "three", "two"];
    const reading = async () => {
      found = await cache.getMany<number>("predictions", asked);
    };
    assert.equal(await cluster.scripts(reading), 1);
    assert.deepEqual(found, new Map([...entries].sort(([a], [b]) => asked.indexOf(a) - asked.indexOf(b))));
  });

  it("gets and sets more keys than one command takes", async () => {
    const { cache } = member;
    const entries = new Map(Array.from({ length: 2500 }, (_, index) => [`k${index}`, index]));
    assert.equal(await cache.setMany("predictions", entries), true);
    assert.deepEqual(await cache.getMany("predictions", [...entries.keys()]), entries);
  });

  it("keeps null and undefined apart from what is not there", async () => {
    const { cache } = member;
    let loads = 0;
    for (const nothing of [null, undefined]) {
      const load = async () => {
        loads += 1;
        return nothing;
      };
      const key = `nothing-${nothing}`;
      assert.equal(await cache.cached("sessions", key, load), nothing);
      await cache.get("sessions", key);
      assert.equal(await cache.cached("sessions", key, load), nothing);
      assert.deepEqual(await cache.getMany("sessions", [key]), new Map([[key, nothing]]));
    }
    assert.equal(loads, 2);
  });

  it("keeps a session in Redis alone, and other values for a second in memory", async () => {
    const { cache } = await cluster.join();
    for (const [namespace, commands] of [
      ["sessions", 2],
      ["models", 0],
    ] as const) {
      await cache.cached(namespace, "levels", async () => 1);
      const key = keyOf(namespace, "levels");
      await until(async () => (await cluster.command("EXISTS", key)) === 1, "the value");
      await cache.cached(namespace, "levels", async () => 2);
      const asked = await cluster.scripts(async () => {
        assert.equal(await cache.cached(namespace, "levels", async () => 2), 1);
        assert.equal(await cache.cached(namespace, "levels", async () => 2), 1);
      });
      assert.equal(asked, commands);
    }
  });

  it("answers with what the JSON says, loaded or found", async () => {
    const load = async () => ({ at: new Date(0), missing: undefined });
    for (const _ of ["loaded", "found"]) {
      assert.deepEqual(await member.cache.cached<unknown>("sessions", "date", load), {
        at: "1970-01-01T00:00:00.000Z",
      });
    }
  });

  it("keeps values for the namespace's time and the stale window, or for the time that is asked for", async () => {
    const { cache } = member;
    const load = async () => "1";
    await cache.body("anomalies", "ttl", load);
    await cache.body("datasets", "ttl", load);
    await cache.cached("models", "ttl", load);
    await cache.cached("sessions", "ttl", load);
    await cache.set("predictions", "ttl", 1);
    await cache.set("predictions", "own-ttl", 1, 7);
    for (const namespace of ["anomalies", "datasets", "models", "sessions"]) {
      await until(async () => (await ttl(namespace, "ttl")) > 0, "the value");
    }
    near(await ttl("anomalies", "ttl"), 300 + 3600);
    near(await ttl("datasets", "ttl"), 300 + 3600);
    near(await ttl("models", "ttl"), 300 + 3600);
    near(await ttl("sessions", "ttl"), 60 + 3600);
    near(await ttl("predictions", "ttl"), 3600);
    near(await ttl("predictions", "own-ttl"), 7);
  });

  it("serves no value from get that is stale", async () => {
    await member.cache.set("models", "old", 1);
    await cluster.command("PEXPIRE", keyOf("models", "old"), String(3_599_000));
    assert.equal(await member.cache.get("models", "old"), undefined);
  });

  it("hashes a key of more than 250 characters, and tells such keys apart", async () => {
    const { cache } = member;
    const long = "x".repeat(300);
    await cache.set("models", `${long}1`, 1);
    await cache.set("models", `${long}2`, 2);
    assert.equal(await cache.get("models", `${long}1`), 1);
    assert.equal(await cache.get("models", `${long}2`), 2);
    const keys = String(await cluster.command("KEYS", "*")).split(",");
    assert.ok(keys.every((key) => key.length <= 250 && key.startsWith("pynomaly:")));
    const longest = "y".repeat(250 - keyOf("models", "").length);
    await cache.set("models", longest, 3);
    assert.equal(await cluster.command("EXISTS", keyOf("models", longest)), 1);
  });

  it("refuses a value above 1 MB after compression, and says so once", async () => {
    const { cache, log } = member;
    const noise = randomBytes(1_500_000).toString("base64");
    assert.equal(await cache.set("models", "large", noise), false);
    assert.equal(await cache.set("models", "large", noise), false);
    assert.equal(await cache.get("models", "large"), undefined);
    assert.equal(await cache.set("models", "compressible", "a".repeat(5_000_000)), true);
    assert.equal(log.lines.filter((line) => line.includes("too large")).length, 1);
  });

  it("compresses values above 1 kB, and no others", async () => {
    const { cache } = member;
    const length = async (key: string) => Number(await cluster.command("STRLEN", keyOf("models", key)));
    await cache.set("models", "small", "a".repeat(1022));
    await cache.set("models", "bigger", "a".repeat(1023));
    assert.ok((await length("small")) > 1024);
    assert.ok((await length("bigger")) < 100);
    assert.equal(await cache.get("models", "bigger"), "a".repeat(1023));
  });

  it("makes nothing of a value that names prototypes", async () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}');
    await member.cache.set("models", "hostile", hostile);
    await member.cache.get("models", "__proto__");
    const found = await member.cache.get<object>("models", "hostile");
    assert.deepEqual(Object.keys(found ?? {}), ["__proto__", "constructor"]);
    assert.equal("polluted" in {}, false);
  });

  it("counts", async () => {
    const { cache } = await cluster.join();
    await cache.get("models", "counted");
    await cache.set("models", "counted", 1);
    await cache.get("models", "counted");
    await cache.getMany("models", ["counted", "other"]);
    await cache.delete("models", "counted");
    const { hits, misses, sets, deletes, errors, totalRequests, hitRate, connected } = cache.stats();
    assert.deepEqual(
      { hits, misses, sets, deletes, errors, totalRequests, hitRate, connected },
      { hits: 2, misses: 2, sets: 1, deletes: 1, errors: 0, totalRequests: 4, hitRate: 0.5, connected: true },
    );
    const details = await cache.details();
    assert.match(details.memoryUsage ?? "", /^[\d.]+[KM]$/);
    assert.ok((details.connectedClients ?? 0) >= 2);
    assert.ok((details.operationsPerSecond ?? -1) >= 0);
    assert.equal(await cache.health(), true);
  });
});

describe("a damaged value", () => {
  it("is a miss, logged, and replaced by what is loaded", async () => {
    const cluster = await startCluster();
    try {
      const { cache, log } = await cluster.join();
      await cache.body("anomalies", "a", async () => "good");
      const key = keyOf("anomalies", "a");
      await until(async () => (await cluster.command("EXISTS", key)) === 1, "the value");
      const stored = (await cluster.command("GET", key)) as Buffer;
      const flipped = Buffer.from(stored);
      flipped.writeUInt8(flipped.readUInt8(flipped.length - 1) ^ 1, flipped.length - 1);
      const cut = stored.subarray(0, stored.length - 1);
      const generation = stored.subarray(0, TOKEN_LENGTH);
      const stranger = Buffer.concat([generation, Buffer.from("anything else")]);
      const other = await cluster.join();
      for (const [index, damaged] of [flipped, cut, stranger, generation].entries()) {
        await cluster.command("SET", key, damaged, "PX", "3900000");
        const reader = await cluster.join();
        const { body, outcome } = await reader.cache.body("anomalies", "a", async () => `new ${index}`);
        assert.deepEqual([outcome, body.identity().toString()], ["miss", `new ${index}`]);
        assert.deepEqual(reader.log.lines, ["warn: a value in the cache is damaged"]);
      }
      assert.equal(
        (await other.cache.body("anomalies", "a", async () => "unused")).body.identity().toString(),
        "new 3",
      );
      const foreign = Buffer.concat([generation, Buffer.from([9])]);
      await cluster.command("SET", keyOf("anomalies", "b"), foreign, "PX", "3900000");
      assert.equal(await cache.get("anomalies", "b"), undefined);
      assert.deepEqual(log.lines, ["warn: a value in the cache is damaged"]);
    } finally {
      await cluster.stop();
    }
  });
});
