import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../local/postgres.ts";
import { createRedis } from "../../src/cache/connection.ts";
import type { Clock } from "../../src/cache/logger.ts";
import {
  createRateLimiter,
  type Quota,
  type RateLimiter,
  type RateLimiterOptions,
} from "../../src/cache/rate-limiter.ts";
import { until } from "../support/until.ts";
import { type Cluster, rememberingLog, startCluster } from "./support.ts";

/** A quota that gives nothing more than its burst: while a test lasts, no token comes back. */
const NOTHING_MORE = { requestsPerSecond: 0.001 };

/** The clock of processes of which no lease ends. */
const stopped: Clock = () => 0;

describe("the rate limiter", () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  /** A process that waits for Redis however busy the machine is; the service's own connection soon goes on without. */
  const join = (clock?: Clock) => {
    const { logger, lines } = rememberingLog();
    const redis: RateLimiterOptions["redis"] = {
      isReady: () => true,
      evaluate: ({ source }, keys, args) => cluster.command("EVAL", source, String(keys.length), ...keys, ...args),
    };
    return { ...createRateLimiter({ redis, logger, ...(clock && { clock }) }), lines };
  };
  const takeMany = (limiters: readonly RateLimiter[], identity: string, quota: Quota, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => limiters[index % limiters.length]?.take(identity, quota)),
    ).then((allowances) => allowances.filter((allowance) => allowance?.allowed).length);
  /** The most that a quota allows in a time, beginning with a full bucket. */
  const most = ({ requestsPerSecond, burst }: Quota, seconds: number) => burst + requestsPerSecond * seconds;
  /** Requests that are allowed while all limiters are asked for more than they allow. */
  const flood = async (limiters: readonly RateLimiter[], identity: string, quota: Quota, milliseconds: number) => {
    let allowed = 0;
    const began = performance.now();
    let ended = began;
    for (; ended - began < milliseconds; ended = performance.now()) {
      allowed += await takeMany(limiters, identity, quota, Math.ceil(quota.requestsPerSecond / 50));
      await delay(5);
    }
    return { allowed, seconds: (performance.now() - began) / 1000 };
  };

  /** Until the identity's bucket is full again. */
  const full = (identity: string) =>
    until(async () => (await cluster.command("EXISTS", `pynomaly:rate:${identity}`)) === 0, "the end of the key");

  it("allows the burst at once, over all processes, and no more", async () => {
    const limiters = [join(stopped), join(stopped)];
    assert.equal(await takeMany(limiters, "burst", { ...NOTHING_MORE, burst: 20 }, 100), 20);
    assert.equal(await takeMany(limiters, "large", { ...NOTHING_MORE, burst: 400 }, 1000), 400);
    const quota = { ...NOTHING_MORE, burst: 5 };
    for (const remaining of [4, 3, 2, 1, 0]) {
      const allowance = await limiters[remaining % 2]?.take("one by one", quota);
      assert.deepEqual(allowance, { allowed: true, remaining, retryAfterSeconds: 0 });
    }
  });

  for (const quota of [
    { requestsPerSecond: 30, burst: 10 },
    { requestsPerSecond: 700, burst: 100 },
  ]) {
    it(`allows ${quota.requestsPerSecond} a second after it, over all processes, and no more`, async () => {
      const limiters = [join(), join()];
      let turn = 0;
      // A machine that is held up does not ask for all of it: it tries again.
      await until(async () => {
        turn += 1;
        const { allowed, seconds } = await flood(limiters, `rate ${quota.requestsPerSecond}, ${turn}`, quota, 700);
        assert.ok(allowed <= most(quota, seconds), `${allowed} of ${most(quota, seconds)}`);
        return allowed >= 0.7 * most(quota, seconds);
      }, "most of what is allowed");
    });
  }

  it("tells how long to wait, and allows a request after that", async () => {
    let now = 0;
    const { take } = join(() => now);
    const quota = { requestsPerSecond: 1, burst: 2 };
    await take("wait", quota);
    await take("wait", quota);
    const { allowed, remaining, retryAfterSeconds } = await take("wait", quota);
    assert.deepEqual([allowed, remaining], [false, 0]);
    assert.ok(retryAfterSeconds > 0 && retryAfterSeconds <= 1, `${retryAfterSeconds} s`);
    const again = take("wait", quota);
    assert.ok(!(again instanceof Promise), "until then Redis is not asked");
    assert.equal(again.allowed, false);
    const wait = retryAfterSeconds * 1000 + 2;
    now += wait;
    await delay(wait);
    assert.equal((await take("wait", quota)).allowed, true);
  });

  it("allows requests that come back in less than a millisecond", async () => {
    const { take, lines } = join(stopped);
    assert.equal((await take("quick", { requestsPerSecond: 5000, burst: 1 })).allowed, true);
    assert.deepEqual(lines, []);
  });

  it("keeps identities apart", async () => {
    const { take } = join(stopped);
    const quota = { ...NOTHING_MORE, burst: 1 };
    assert.equal((await take("a", quota)).allowed, true);
    assert.equal((await take("b", quota)).allowed, true);
    assert.equal((await take("a", quota)).allowed, false);
  });

  it("asks Redis about ten times a second for a quota of 1,000, and answers the rest at once", async () => {
    let now = 0;
    const limiter = join(() => now);
    const quota = { requestsPerSecond: 1000, burst: 2000 };
    /** Half of what is allowed. */
    const use = async (milliseconds: number) => {
      let waited = 0;
      for (const end = now + milliseconds; now < end; now += 2) {
        const allowance = limiter.take("lease", quota);
        if (allowance instanceof Promise) waited += 1;
        assert.equal((await allowance).allowed, true);
      }
      return waited;
    };
    // Until it knows how much is asked for.
    await use(400);
    let waited = 0;
    const commands = await cluster.scripts(async () => {
      waited = await use(600);
    });
    assert.ok(commands <= 8 && waited === commands, `${commands} commands`);
  });

  it("does not use up a quota by leases: what many processes use little of is theirs", async () => {
    const limiters = Array.from({ length: 8 }, () => join());
    const quota = { requestsPerSecond: 1000, burst: 200 };
    const began = performance.now();
    for (let turn = 0; performance.now() - began < 1000; turn += 1) {
      for (const { take } of limiters) assert.equal((await take("many", quota)).allowed, true, `turn ${turn}`);
      await delay(30);
    }
  });

  it("asks Redis no more often when far more is asked of it than it allows", async () => {
    const limiter = join();
    const quota = { requestsPerSecond: 1000, burst: 100 };
    let seconds = 0;
    const commands = await cluster.scripts(async () => {
      ({ seconds } = await flood([limiter], "flood", quota, 600));
    });
    assert.ok(commands <= 20 * seconds + 5, `${commands} commands in ${seconds} s`);
  });

  it("asks Redis once for all who come at the same time", async () => {
    const limiter = join(stopped);
    const quota = { requestsPerSecond: 1, burst: 200 };
    const commands = await cluster.scripts(async () => {
      assert.equal(await takeMany([limiter], "together", quota, 100), 100);
    });
    assert.ok(commands <= 2, `${commands} commands`);
  });

  it("does not save up leased tokens", async () => {
    let now = 0;
    const saving = join(() => now);
    const quota = { requestsPerSecond: 1000, burst: 100 };
    // A lease that does not last is followed by a larger one: of 1, 4, 16 and 64.
    for (let asked = 0; asked < 22; asked += 1) await saving.take("saved", quota);
    assert.ok(!(saving.take("saved", quota) instanceof Promise), "tokens are leased");
    now += 150;
    await full("saved");
    const began = performance.now();
    const first = saving.take("saved", quota);
    assert.ok(first instanceof Promise, "Redis is asked");
    const allowed = await takeMany([saving, join()], "saved", quota, 300);
    const limit = most(quota, (performance.now() - began) / 1000);
    assert.equal((await first).allowed, true);
    assert.ok(1 + allowed <= limit, `${1 + allowed} of ${limit}`);
  });

  it("leaves no key behind once the bucket is full again", async () => {
    const { take } = join();
    await take("gone", { requestsPerSecond: 1, burst: 5 });
    assert.equal(await cluster.command("EXISTS", "pynomaly:rate:gone"), 1);
    await full("gone");
  });

  it("limits by itself those who wait while Redis is lost", async () => {
    const { redis, log } = await cluster.join();
    const { take } = createRateLimiter({ redis, logger: log.logger });
    const quota = { requestsPerSecond: 1, burst: 3 };
    process.kill(cluster.server.pid, "SIGSTOP");
    const answers = await Promise.all([1, 2, 3, 4].map(() => take("lost", quota)));
    process.kill(cluster.server.pid, "SIGCONT");
    assert.deepEqual(
      answers.map(({ allowed }) => allowed),
      [true, true, true, false],
    );
  });
});

it("without Redis, the rate limiter limits each process by itself, exactly", async () => {
  const { logger } = rememberingLog();
  const redis = createRedis({ host: "127.0.0.1", port: await freePort(), tls: false, logger });
  let now = 0;
  const { take } = createRateLimiter({ redis, logger, clock: () => now });
  const quota = { requestsPerSecond: 20, burst: 10 };
  const takeAll = () => {
    for (let allowed = 0; ; allowed += 1) {
      const allowance = take("alone", quota);
      assert.ok(!(allowance instanceof Promise));
      if (!allowance.allowed) return { allowed, wait: allowance.retryAfterSeconds };
      assert.equal(allowance.remaining, 9 - allowed);
    }
  };
  assert.deepEqual(takeAll(), { allowed: 10, wait: 0.05 });
  now += 30;
  const again = take("alone", quota);
  assert.ok(!(again instanceof Promise));
  assert.deepEqual([again.allowed, again.retryAfterSeconds], [false, 0.02]);
  now += 10_000;
  assert.deepEqual(takeAll(), { allowed: 10, wait: 0.05 });
  await redis.close();
});
