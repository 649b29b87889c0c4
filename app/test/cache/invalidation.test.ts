import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Invalidation } from "../../src/cache/cache.ts";
import { until } from "../support/until.ts";
import { type Cluster, gate, keyOf, type Member, startCluster } from "./support.ts";

const never = async () => assert.fail("nothing was to be loaded");

describe("an invalidation", () => {
  let cluster: Cluster;
  let [here, there]: Member[] = [];
  before(async () => {
    cluster = await startCluster();
    [here, there] = [await cluster.join(), await cluster.join()];
  });
  after(() => cluster.stop());

  /** Two processes on one Redis. */
  const members = () => {
    assert.ok(here && there);
    return [here, there] as const;
  };
  const stored = (namespace: string, key: string) =>
    until(async () => Number(await cluster.command("STRLEN", keyOf(namespace, key))) > 0, "the value");
  const read = async ({ cache }: Member, key: string, text: string) =>
    (await cache.body("anomalies", key, async () => text)).body.identity().toString();

  it("outdates everything in its namespace at once, and nothing in others", async () => {
    const [a, b] = members();
    await read(a, "1", "old");
    await read(a, "2", "old");
    await a.cache.set("models", "1", "kept");
    await stored("anomalies", "2");
    await b.cache.clearNamespace("anomalies");
    a.advance(1001);
    assert.equal(await read(b, "1", "new"), "new");
    assert.equal(await read(a, "2", "new"), "new");
    assert.equal(await a.cache.get("models", "1"), "kept");
  });

  it("empties its own first level before it is over", async () => {
    const [a] = members();
    await read(a, "own", "old");
    await until(() => a.cache.peekBody("anomalies", "own") !== undefined, "the first level");
    await a.cache.clearNamespace("anomalies");
    assert.equal(a.cache.peekBody("anomalies", "own"), undefined);
  });

  it("is told, and empties the first level of whoever is told", async () => {
    const [a, b] = members();
    const told: Invalidation[] = [];
    a.cache.onInvalidation((message) => told.push(message));
    for (const key of ["told", "untold"]) {
      await read(b, key, "old");
      await until(() => b.cache.peekBody("anomalies", key) !== undefined, "the first level");
    }
    await a.cache.delete("anomalies", "told");
    assert.deepEqual(told, [{ namespace: "anomalies", key: "told" }]);
    b.cache.applyInvalidation({ namespace: "anomalies", key: "told" });
    assert.equal(b.cache.peekBody("anomalies", "told"), undefined);
    assert.ok(b.cache.peekBody("anomalies", "untold"));
    await a.cache.clearNamespace("anomalies");
    b.cache.applyInvalidation({ namespace: "anomalies" });
    assert.deepEqual(told[1], { namespace: "anomalies" });
    assert.equal(b.cache.peekBody("anomalies", "untold"), undefined);
  });

  const invalidations = {
    clearNamespace: ({ cache }: Member, _key: string) => cache.clearNamespace("anomalies"),
    delete: ({ cache }: Member, key: string) => cache.delete("anomalies", key),
    set: ({ cache }: Member, key: string) => cache.set("anomalies", key, 1),
  };
  for (const [name, invalidate] of Object.entries(invalidations)) {
    it(`by ${name} keeps a loader of another process that began before from publishing`, async () => {
      const [a, b] = members();
      const key = `slow-${name}`;
      const loaded = gate<string>();
      const began = gate();
      const slow = a.cache.body("anomalies", key, () => {
        began.open();
        return loaded.passed;
      });
      await began.passed;
      await invalidate(b, key);
      await cluster.scripts(async () => {
        loaded.open("old");
        assert.equal((await slow).body.identity().toString(), "old");
      });
      // The connection's next answer comes after that of the store.
      await a.cache.get("anomalies", "any");
      assert.equal(a.cache.peekBody("anomalies", key), undefined);
      assert.equal(await read(a, key, "new"), "new");
      await stored("anomalies", key);
      assert.equal(await read(b, key, "unused"), "new");
    });
  }

  it("hands over: who asks after it does not get what a load from before it brings", async () => {
    const [a] = members();
    const loaded = gate<string>();
    const began = gate();
    const before = a.cache.body("anomalies", "handover", () => {
      began.open();
      return loaded.passed;
    });
    await began.passed;
    const joined = a.cache.body("anomalies", "handover", never);
    await a.cache.clearNamespace("anomalies");
    assert.equal(await read(a, "handover", "new"), "new");
    await until(() => a.cache.peekBody("anomalies", "handover") !== undefined, "the first level");
    loaded.open("old");
    assert.equal((await before).body.identity().toString(), "old");
    assert.equal((await joined).body.identity().toString(), "old");
    await a.cache.get("anomalies", "any");
    assert.equal(a.cache.peekBody("anomalies", "handover")?.identity().toString(), "new");
  });

  it("by another worker keeps what is being found or loaded out of the first level", async () => {
    const [a, b] = members();
    await read(b, "finding", "old");
    await stored("anomalies", "finding");
    const finding = read(a, "finding", "unused");
    a.cache.applyInvalidation({ namespace: "anomalies" });
    assert.equal(await finding, "old");
    assert.equal(a.cache.peekBody("anomalies", "finding"), undefined);
    const [began, loaded] = [gate(), gate<string>()];
    const loading = a.cache.body("anomalies", "loading", () => {
      began.open();
      return loaded.passed;
    });
    await began.passed;
    a.cache.applyInvalidation({ namespace: "anomalies", key: "loading" });
    loaded.open("old");
    await loading;
    await stored("anomalies", "loading");
    await a.redis.ping();
    assert.equal(a.cache.peekBody("anomalies", "loading"), undefined);
  });

  it("does not make its successor wait for the lock of a loader from before it", async () => {
    const [a, b] = members();
    const loaded = gate<string>();
    const slow = a.cache.body("anomalies", "locked", () => loaded.passed);
    await until(async () => (await cluster.command("EXISTS", "pynomaly:lock:1:anomalies:locked")) === 1, "the lock");
    await b.cache.clearNamespace("anomalies");
    assert.equal(await read(b, "locked", "new"), "new");
    loaded.open("old");
    await slow;
  });

  it("has the next load read from the writer, and later ones wherever they like", async () => {
    const [a, b] = members();
    const fresh: boolean[] = [];
    const load = async (loading: { fresh: boolean }) => {
      fresh.push(loading.fresh);
      return "1";
    };
    const asIfPassed = (ms: number) =>
      cluster.command("PEXPIRE", "pynomaly:generation:1:datasets", String(30 * 24 * 3600 * 1000 - ms));
    await a.cache.clearNamespace("datasets");
    await b.cache.body("datasets", "1", load);
    // A replica is taken out when it is 5 s behind, which may be noticed 3 s later.
    await asIfPassed(7500);
    await b.cache.body("datasets", "2", load);
    await asIfPassed(9000);
    await b.cache.body("datasets", "3", load);
    a.advance(9000);
    await a.cache.body("datasets", "4", load);
    await b.cache.delete("datasets", "5");
    await a.cache.body("datasets", "5", load);
    assert.deepEqual(fresh, [true, true, false, false, true]);
  });

  it("is what the loss of a generation is taken for", async () => {
    const [a, b] = members();
    await read(a, "lost", "old");
    await stored("anomalies", "lost");
    await cluster.command("DEL", "pynomaly:generation:1:anomalies");
    assert.equal(await read(b, "lost", "new"), "new");
  });
});
