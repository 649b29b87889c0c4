import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { until } from "../support/until.ts";
import { type Cluster, keyOf, type Member, startCluster } from "./support.ts";

const LOST = "error: the cache is lost: the service goes on without it";
const BACK = "info: the cache is back";

describe("the cache without Redis", { concurrency: true }, () => {
  const start = async (t: TestContext): Promise<Cluster> => {
    const cluster = await startCluster();
    t.after(() => cluster.stop());
    return cluster;
  };
  const read = async ({ cache }: Member, key: string, text: string) =>
    (await cache.body("anomalies", key, async () => text)).body.identity().toString();
  const store = async (cluster: Cluster, member: Member, key: string) => {
    await read(member, key, "old");
    await until(async () => (await cluster.command("EXISTS", keyOf("anomalies", key))) === 1, "the value");
  };
  const freeze = async (cluster: Cluster, { redis }: Member) => {
    process.kill(cluster.server.pid, "SIGSTOP");
    await until(async () => {
      await redis.ping().catch(() => undefined);
      return !redis.isReady();
    }, "the loss");
  };
  const thaw = async (cluster: Cluster, ...members: Member[]) => {
    process.kill(cluster.server.pid, "SIGCONT");
    await until(() => members.every(({ redis }) => redis.isReady()), "the connection");
  };

  it("starts and works, and uses it once it is there", async (t) => {
    const cluster = await start(t);
    await cluster.server.pause();
    const member = cluster.enter();
    const { cache, log } = member;
    assert.equal(await read(member, "1", "loaded"), "loaded");
    assert.equal(await read(member, "1", "from memory"), "loaded");
    member.advance(1001);
    assert.equal(await read(member, "1", "again"), "again");
    assert.equal(await cache.cached("sessions", "1", async () => 1), 1);
    assert.equal(await cache.set("models", "1", 1), false);
    assert.equal(await cache.setMany("predictions", new Map([["1", 1]])), false);
    assert.equal(await cache.get("models", "1"), undefined);
    assert.deepEqual(await cache.getMany("predictions", ["1"]), new Map());
    assert.equal(await cache.delete("models", "1"), false);
    assert.equal(await cache.health(), false);
    assert.equal(cache.stats().connected, false);
    assert.deepEqual(await cache.details(), cache.stats());
    await cluster.server.resume();
    await until(() => member.redis.isReady(), "the connection");
    assert.equal(await cache.set("models", "1", 1), true);
    assert.equal(await cache.health(), true);
    await until(() => log.lines.length > 1, "the line");
    assert.deepEqual(log.lines, [LOST, BACK]);
  });

  it("goes on when Redis is killed, and recovers when it is back, with one line for each", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await store(cluster, member, "1");
    await cluster.server.pause();
    await until(() => !member.redis.isReady(), "the loss");
    for (let asked = 0; asked < 20; asked += 1) {
      assert.equal(await read(member, `other-${asked}`, "loaded"), "loaded");
      assert.equal(await member.cache.set("models", "1", 1), false);
    }
    await cluster.server.resume();
    await until(() => member.redis.isReady(), "the connection");
    await store(cluster, member, "2");
    await until(() => member.log.lines.length > 1, "the line");
    assert.deepEqual(member.log.lines, [LOST, BACK]);
  });

  it("waits 100 ms for a frozen Redis, and after three commands not at all", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await store(cluster, member, "1");
    process.kill(cluster.server.pid, "SIGSTOP");
    const waits: number[] = [];
    for (let asked = 0; asked < 5; asked += 1) {
      const began = performance.now();
      await assert.rejects(member.redis.ping());
      waits.push(performance.now() - began);
    }
    assert.ok(
      waits.slice(0, 3).every((wait) => wait >= 95),
      `${waits}`,
    );
    assert.ok(
      waits.slice(3).every((wait) => wait < 50),
      `${waits}`,
    );
    assert.equal(await read(member, "2", "loaded"), "loaded");
    await thaw(cluster, member);
    assert.equal(await member.cache.health(), true);
    await until(() => member.log.lines.length > 1, "the line");
    assert.deepEqual(member.log.lines, [LOST, BACK]);
  });

  it("applies invalidations that Redis missed before it reads from it again", async (t) => {
    const cluster = await start(t);
    const [here, there] = [await cluster.join(), await cluster.join()];
    for (const key of ["cleared", "deleted"]) await store(cluster, here, key);
    await here.cache.set("models", "kept", 1);
    await freeze(cluster, here);
    await here.cache.clearNamespace("anomalies");
    await thaw(cluster, here, there);
    assert.equal(await read(here, "cleared", "new"), "new");
    assert.equal(await read(there, "deleted", "new"), "new");
    assert.equal(await here.cache.get("models", "kept"), 1);
  });

  it("applies a deletion that Redis missed as well", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await member.cache.set("sessions", "ended", 1);
    await freeze(cluster, member);
    assert.equal(await member.cache.delete("sessions", "ended"), false);
    await thaw(cluster, member);
    assert.equal(await member.cache.get("sessions", "ended"), undefined);
  });

  it("repeats an invalidation that only timed out, without being asked", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await store(cluster, member, "1");
    await member.cache.clearNamespace("anomalies");
    const generation = () => cluster.command("GET", "pynomaly:generation:1:anomalies").then(String);
    const before = await generation();
    // Scripts are held up, and what was held up is run after all: twice is as good as once.
    await cluster.command("CLIENT", "PAUSE", "300", "WRITE");
    await member.cache.clearNamespace("anomalies");
    assert.ok(member.redis.isReady());
    await until(async () => (await generation()) !== before, "the first generation");
    const once = await generation();
    await until(async () => (await generation()) !== once, "its repetition");
  });

  it("repeats the invalidations of the last minute when it connects again: a failover may have lost them", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await store(cluster, member, "1");
    const generation = "pynomaly:generation:1:anomalies";
    const lost = (await cluster.command("GET", generation)) as Buffer;
    await member.cache.clearNamespace("anomalies");
    await cluster.command("SET", generation, lost);
    await cluster.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await until(() => !member.redis.isReady(), "the loss");
    await until(() => member.redis.isReady(), "the connection");
    assert.equal(await read(member, "1", "new"), "new");
  });

  it("reads from the writer after an invalidation that Redis does not know of", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    const fresh: boolean[] = [];
    const load = async (loading: { fresh: boolean }) => {
      fresh.push(loading.fresh);
      return "1";
    };
    await freeze(cluster, member);
    await member.cache.body("datasets", "1", load);
    await member.cache.clearNamespace("datasets");
    await member.cache.body("datasets", "2", load);
    member.advance(9000);
    await member.cache.body("datasets", "3", load);
    assert.deepEqual(fresh, [false, true, false]);
  });

  it("serves what its memory still has when nothing can be loaded either", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await freeze(cluster, member);
    const failing = async () => Promise.reject(new Error("the database is gone"));
    await read(member, "1", "old");
    member.advance(10_000);
    assert.deepEqual((await member.cache.body("anomalies", "1", failing)).outcome, "stale");
    await assert.rejects(member.cache.body("anomalies", "2", failing), /gone/);
    await member.cache.clearNamespace("anomalies");
    await assert.rejects(member.cache.body("anomalies", "1", failing), /gone/);
  });

  it("does without a command that Redis refuses, and says so once", async (t) => {
    const cluster = await start(t);
    const member = await cluster.join();
    await cluster.command("SADD", keyOf("anomalies", "1"), "not a string");
    await cluster.command("SADD", keyOf("anomalies", "2"), "not a string");
    assert.equal(await read(member, "1", "loaded"), "loaded");
    assert.equal(await read(member, "2", "loaded"), "loaded");
    assert.deepEqual(member.log.lines, ["warn: the cache's command was refused"]);
    assert.equal(member.cache.stats().errors, 2);
  });
});
