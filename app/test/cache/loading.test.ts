import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { until } from "../support/until.ts";
import { type Cluster, gate, keyOf, startCluster } from "./support.ts";

const never = async () => assert.fail("nothing was to be loaded");

describe("loading", { concurrency: true }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  const exists = async (key: string) => (await cluster.command("EXISTS", key)) === 1;
  const lockOf = (key: string) => `pynomaly:lock:1:anomalies:${key}`;
  const textOf = async (answer: Promise<{ body: { identity(): Buffer } }>) => (await answer).body.identity().toString();
  /** A member that began to load and was not let finish. */
  const loader = async (key: string) => {
    const member = await cluster.join();
    const [began, loaded] = [gate(), gate<string>()];
    const answer = member.cache.body("anomalies", key, () => {
      began.open();
      return loaded.passed;
    });
    await began.passed;
    return { member, loaded, answer };
  };

  it("is done once for 200 who ask two processes at the same time", async () => {
    const members = [await cluster.join(), await cluster.join()];
    let loads = 0;
    const load = async () => {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return "answer";
    };
    const asking = Array.from({ length: 200 }, (_, index) => {
      const member = members[index % 2];
      assert.ok(member);
      return textOf(member.cache.body("anomalies", "stampede", load));
    });
    assert.deepEqual(new Set(await Promise.all(asking)), new Set(["answer"]));
    assert.equal(loads, 1);
  });

  it("goes to another process when the one that does it dies", async () => {
    const { member, answer, loaded } = await loader("dies");
    await member.redis.close();
    const { cache } = await cluster.join();
    const began = performance.now();
    assert.equal(await textOf(cache.body("anomalies", "dies", async () => "second")), "second");
    assert.ok(performance.now() - began > 500, "the lock was to be waited for");
    await until(() => exists(keyOf("anomalies", "dies")), "the value of whoever took the lock over");
    loaded.open("first");
    assert.equal(await textOf(answer), "first");
    assert.equal(await textOf((await cluster.join()).cache.body("anomalies", "dies", never)), "second");
  });

  it("is not waited for without end: then the value is loaded and not stored", async () => {
    const { loaded, answer } = await loader("slow");
    const { cache } = await cluster.join();
    assert.equal(await textOf(cache.body("anomalies", "slow", async () => "impatient")), "impatient");
    assert.equal(await exists(keyOf("anomalies", "slow")), false);
    // It took longer than its lock lasts without renewal.
    loaded.open("slow");
    await answer;
    await until(() => exists(keyOf("anomalies", "slow")), "the slow loader's value");
    assert.equal(await textOf(cache.body("anomalies", "slow", never)), "slow");
  });

  it("that fails is told to all who wait, leaves no lock, and is tried again", async () => {
    const { cache, redis } = await cluster.join();
    const failing = async () => Promise.reject(new Error("the database is gone"));
    const answers = [1, 2, 3].map(() => cache.body("anomalies", "fails", failing));
    for (const answer of answers) await assert.rejects(answer, /gone/);
    // The script that gives the lock back is asked for again, where Redis does not know it.
    for (const _ of ["by name", "by text"]) await redis.ping();
    assert.equal(await exists(lockOf("fails")), false);
    assert.equal(await textOf(cache.body("anomalies", "fails", async () => "again")), "again");
  });

  describe("a value whose time is over", () => {
    /** Stores a value, and makes it stale. */
    const stale = async (namespace: "anomalies" | "sessions", key: string, value: string) => {
      const { cache } = await cluster.join();
      const place = keyOf(namespace, key);
      if (namespace === "anomalies") await cache.body(namespace, key, async () => value);
      else await cache.cached(namespace, key, async () => value);
      await until(() => exists(place), "the value");
      await cluster.command("PEXPIRE", place, "3599000");
    };

    it("is served while one process loads a new one", async () => {
      await stale("anomalies", "while", "old");
      const [a, b] = [await cluster.join(), await cluster.join()];
      const loaded = gate<string>();
      let loads = 0;
      const load = () => {
        loads += 1;
        return loaded.passed;
      };
      for (const { cache } of [a, b, a]) {
        const { body, outcome } = await cache.body("anomalies", "while", load);
        assert.deepEqual([outcome, body.identity().toString()], ["stale", "old"]);
        assert.equal(cache.peekBody("anomalies", "while"), undefined);
      }
      assert.equal(loads, 1);
      loaded.open("new");
      await until(async () => (await textOf(a.cache.body("anomalies", "while", never))) === "new", "the new value");
      assert.equal(a.cache.stats().stale >= 2, true);
    });

    it("is served when the new one cannot be loaded, which is not tried again at once", async () => {
      await stale("anomalies", "error", "old");
      const { cache, log } = await cluster.join();
      let loads = 0;
      const failing = async () => {
        loads += 1;
        throw new Error("the database is gone");
      };
      for (let asked = 0; asked < 5; asked += 1) {
        assert.equal((await cache.body("anomalies", "error", failing)).outcome, "stale");
      }
      assert.equal(loads, 1);
      assert.deepEqual(log.lines, ["warn: a stale value was not renewed"]);
    });

    it("is dropped when there is nothing any more that it is the value of", async () => {
      await stale("anomalies", "gone", "old");
      const { cache } = await cluster.join();
      const missing = async () => Promise.reject(Object.assign(new Error("not found"), { status: 404 }));
      assert.equal((await cache.body("anomalies", "gone", missing)).outcome, "stale");
      await until(async () => {
        const answer = await cache.body("anomalies", "gone", missing).catch((error: Error) => error);
        return answer instanceof Error && answer.message === "not found";
      }, "the answer");
    });

    it("is, for a session, served only when there is nobody to ask", async () => {
      await stale("sessions", "s", "old");
      const { cache } = await cluster.join();
      const failing = async () => Promise.reject(new Error("the database is gone"));
      assert.equal(await cache.cached("sessions", "s", failing), "old");
      assert.equal(await cache.cached("sessions", "s", async () => "new"), "new");
      assert.equal(await cache.cached("sessions", "s", failing), "new");
    });
  });
});
