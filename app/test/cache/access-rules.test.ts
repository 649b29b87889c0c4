import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { createRateLimiter } from "../../src/cache/rate-limiter.ts";
import { until } from "../support/until.ts";
import { gate, keyOf, startCluster } from "./support.ts";

/** The commands that the stack gives the service's user. */
const [, commands = ""] =
  /APP_COMMANDS = "([^"]+)"/.exec(
    readFileSync(new URL("../../../components/cache/users.ts", import.meta.url), "utf8"),
  ) ?? [];

it("everything works with the access rules that the stack gives the service's user", async () => {
  const cluster = await startCluster();
  try {
    assert.ok(commands.startsWith("-@all "));
    await cluster.command("ACL", "SETUSER", "app", "on", ">secret", "~pynomaly:*", ...commands.split(" "));
    const login = async () => ({ username: "app", password: "secret" });
    const { cache, redis, log, advance } = await cluster.join({ login });
    const { logger } = log;

    assert.equal(await cache.set("models", "1", "value"), true);
    assert.equal(await cache.get("models", "1"), "value");
    assert.equal(await cache.setMany("predictions", new Map([["1", 1]])), true);
    assert.deepEqual(await cache.getMany("predictions", ["1"]), new Map([["1", 1]]));
    assert.equal(await cache.delete("models", "1"), true);
    await cache.clearNamespace("anomalies");

    const loaded = gate<string>();
    const text = "x".repeat(5000);
    const slow = cache.body("anomalies", "1", () => loaded.passed);
    const lock = "pynomaly:lock:1:anomalies:1";
    await until(async () => (await cluster.command("EXISTS", lock)) === 1, "the lock");
    await cluster.command("PEXPIRE", lock, "1300");
    await until(async () => Number(await cluster.command("PTTL", lock)) > 1300, "the lock's renewal");
    loaded.open(text);
    await slow;
    await until(() => cache.peekBody("anomalies", "1") !== undefined, "the body");
    advance(1001);
    await cache.body("anomalies", "1", async () => "unused");
    const length = async () => Number(await cluster.command("STRLEN", keyOf("anomalies", "1")));
    await until(async () => (await length()) < 1000, "the gzip");
    await assert.rejects(cache.body("anomalies", "2", async () => Promise.reject(new Error("gone"))));

    const quota = { requestsPerSecond: 10, burst: 1 };
    const limiter = createRateLimiter({ redis, logger });
    assert.equal((await limiter.take("key:1", quota)).allowed, true);
    assert.equal((await limiter.take("key:1", quota)).allowed, false);

    const { memoryUsage } = await cache.details();
    assert.ok(memoryUsage);
    assert.equal(await cache.health(), true);
    assert.deepEqual([log.lines, cache.stats().errors], [[], 0]);
    // No command was refused, those that nobody waits for among them.
    assert.deepEqual(await cluster.command("ACL", "LOG"), []);
  } finally {
    await cluster.stop();
  }
});
