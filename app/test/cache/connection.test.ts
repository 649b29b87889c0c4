import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, afterEach, before, describe, it, mock } from "node:test";
import { script } from "../../src/cache/scripts.ts";
import { RedisUnavailable } from "../../src/cache/session.ts";
import { until } from "../support/until.ts";
import { type Cluster, startCluster } from "./support.ts";

const LOST = "error: the cache is lost: the service goes on without it";
const BACK = "info: the cache is back";
const login = (password: string) => async () => ({ username: "app", password });

describe("the connection", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
    await cluster.command("ACL", "SETUSER", "app", "on", ">first", "~pynomaly:*", "+@all");
  });
  after(() => cluster.stop());
  afterEach(() => mock.timers.reset());

  const calls = async (command: string) => {
    const statistics = String(await cluster.command("INFO", "commandstats"));
    return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, "m").exec(statistics)?.[1] ?? 0);
  };

  it("passes bytes as they are, and runs scripts that Redis does not know", async () => {
    const { redis } = await cluster.join();
    const bytes = Buffer.from([0, 13, 10, 255, 128]);
    const echo = script("return { KEYS[1], ARGV[1], false, 7 }");
    for (const commands of [2, 1]) {
      const asked = await cluster.scripts(async () => {
        assert.deepEqual(await redis.evaluate(echo, ["key"], [bytes]), [Buffer.from("key"), bytes, null, 7]);
      });
      assert.equal(asked, commands);
    }
    await assert.rejects(redis.evaluate(script("return redis.call('NONSENSE')"), [], []), /NONSENSE|Unknown/);
    assert.ok(redis.isReady());
  });

  it("tells each time that it is made, before any command", async () => {
    const { redis } = cluster.enter();
    const seen: boolean[] = [];
    redis.onReady(() => seen.push(redis.isReady()));
    await until(() => seen.length === 1, "the connection");
    await cluster.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await until(() => seen.length === 2, "the next connection");
    assert.deepEqual(seen, [true, true]);
  });

  it("is not taken for late when only the process itself was held up", async () => {
    const { redis } = await cluster.join();
    const asked = redis.ping();
    await new Promise((resolve) => setImmediate(resolve));
    for (const began = performance.now(); performance.now() - began < 250; );
    await asked;
  });

  it("fails at once while the password is wrong, says so once and without it, and is made when it is right", async () => {
    let password = "wrong-password";
    const { redis, log } = cluster.enter({ login: async () => ({ username: "app", password }) });
    await until(() => log.lines.length > 0, "the refusal");
    await assert.rejects(redis.ping(), RedisUnavailable);
    const failures = await calls("hello");
    await until(async () => (await calls("hello")) >= failures + 2, "further attempts");
    password = "first";
    await until(() => redis.isReady(), "the login");
    await until(() => log.lines.length > 1, "the line");
    assert.deepEqual(log.lines, [LOST, BACK]);
  });

  it("fails while no login can be made", async () => {
    const { log } = cluster.enter({ login: async () => Promise.reject(new Error("no credentials")) });
    await until(() => log.lines.length > 0, "the failure");
    assert.deepEqual(log.lines, [LOST]);
  });

  it("is pinged every 30 s, and logged in anew every 10 minutes without being lost", async () => {
    mock.timers.enable({ apis: ["setInterval"] });
    const passwords = ["first", "second", "third"];
    const { redis, log } = await cluster.join({ login: async () => login(passwords.shift() ?? "")() });
    await cluster.command("CONFIG", "RESETSTAT");
    mock.timers.tick(30_000);
    await until(async () => (await calls("ping")) === 1, "the ping");
    await cluster.command("ACL", "SETUSER", "app", ">second");
    mock.timers.tick(570_000);
    await until(async () => (await calls("auth")) === 1, "the login");
    assert.deepEqual(log.lines, []);
    mock.timers.tick(600_000);
    await until(() => log.lines.length > 0, "the refused login");
    assert.deepEqual(log.lines, ["warn: the login to the cache was not renewed"]);
    await redis.ping();
    assert.equal(await calls("hello"), 0);
  });

  it("is not made to a server that cannot be written to", async () => {
    const other = await startCluster(["--replicaof", "127.0.0.1", "1"]);
    try {
      const { log, redis } = other.enter();
      await until(() => log.lines.length > 0, "the refusal");
      assert.equal(redis.isReady(), false);
      await other.command("REPLICAOF", "NO", "ONE");
      await until(() => log.lines.includes(BACK), "the connection");
      await other.command("REPLICAOF", "127.0.0.1", "1");
      await redis.evaluate(script("return redis.call('SET', KEYS[1], '')"), ["pynomaly:x"], []).catch(() => undefined);
      await until(() => !redis.isReady(), "the loss");
      assert.deepEqual(log.lines, [LOST, BACK, LOST]);
    } finally {
      await other.stop();
    }
  });

  it("is not told as back while it is lost again and again, and is made less and less often", async () => {
    const other = await startCluster();
    try {
      const member = await other.join();
      let made = 0;
      member.redis.onReady(() => {
        made += 1;
        if (made < 5) void other.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      });
      await other.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      const began = performance.now();
      await until(() => made === 5, "the losses");
      assert.ok(performance.now() - began > 300);
      assert.deepEqual(member.log.lines, [LOST]);
    } finally {
      await other.stop();
    }
  });

  it("is closed while it is being made, to a server that never answers", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    assert.ok(address !== null && typeof address === "object");
    const closed = new Promise((resolve) => {
      silent.on("connection", (socket) => socket.resume().on("close", resolve));
    });
    const { redis, log } = cluster.enter({ port: address.port });
    // The socket is there, and connects.
    await new Promise((resolve) => process.nextTick(resolve));
    await redis.close();
    await assert.rejects(redis.ping(), RedisUnavailable);
    assert.deepEqual(log.lines, []);
    await closed;
    silent.close();
  });
});
