import { LRUCache } from "lru-cache";
import { KEY_PREFIX, type RedisConnection } from "./connection.ts";
import { type Clock, type Logger, sparingly } from "./logger.ts";
import { TAKE } from "./scripts.ts";
import { RedisUnavailable } from "./session.ts";

/** Requests that one identity may make: so many a second, and so many at once after a rest. */
export interface Quota {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** Whether a request may be made. */
export interface Allowance {
  readonly allowed: boolean;
  /** Requests that may be made at once after this one. */
  readonly remaining: number;
  /** When it is not allowed: wait for so long. */
  readonly retryAfterSeconds: number;
}

/** Limits the requests of identities, over all processes on one Redis. */
export interface RateLimiter {
  /** Takes one request from the identity's quota; synchronously when this process knows the answer. */
  take(identity: string, quota: Quota): Allowance | Promise<Allowance>;
}

/** What the limiter works with. */
export interface RateLimiterOptions {
  readonly redis: Pick<RedisConnection, "isReady" | "evaluate">;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * For so long a process may use the tokens that it took from Redis at once: about ten commands a second, however high the
 * quota. What it did not use goes back with the next command.
 */
const LEASE_MS = 100;

/** A lease that did not last is followed by one of so many times its tokens. */
const GROWTH = 4;

/** Of a token: what floating point may lose of a whole one. */
const ROUNDING = 1e-6;

/** Identities that are remembered. The one that was forgotten has its tokens in Redis still. */
const IDENTITIES_MAX = 10_000;

/** What a process knows of one identity. */
interface Account {
  /** Tokens leased and not used. */
  leased: number;
  /** Tokens of the lease when it began. */
  granted: number;
  /** Tokens that Redis had beyond the lease. */
  beyond: number;
  /** On the clock: when the lease began. */
  leasedAt: number;
  /** On the clock: Redis has no tokens before. */
  emptyUntil: number;
  /** On the clock: when all tokens of this process have come back, where there is no Redis. */
  fullAt: number;
  /** Requests that wait for Redis to answer. */
  readonly waiting: ((allowance: Allowance) => void)[];
}

/** Limits by GCRA in Redis, from which a process leases tokens; without Redis, each process has the quota for itself. */
export function createRateLimiter({ redis, logger, clock = () => performance.now() }: RateLimiterOptions): RateLimiter {
  const warn = sparingly(logger, clock);
  const accounts = new LRUCache<string, Account>({ max: IDENTITIES_MAX });
  const accountOf = (identity: string): Account => {
    const known = accounts.get(identity);
    if (known !== undefined) return known;
    const account = { leased: 0, granted: 0, beyond: 0, leasedAt: -Infinity, emptyUntil: 0, fullAt: 0, waiting: [] };
    accounts.set(identity, account);
    return account;
  };

  /** Leases tokens for those who wait, in one command at a time. */
  const lease = async (identity: string, account: Account, quota: Quota): Promise<void> => {
    while (account.waiting.length > 0) {
      const { interval, size } = leaseOf(quota);
      const began = clock();
      const wanted = Math.min(quota.burst, Math.max(Math.min(size, demand(account, began)), account.waiting.length));
      const args = [interval, quota.burst, wanted, size, unused(account, began)].map(String);
      account.leased = 0;
      try {
        const reply = await redis.evaluate(TAKE, [`${KEY_PREFIX}rate:${identity}`], args);
        const [granted, beyond, waitMs] = reply as [number, number, Buffer];
        account.leased = granted;
        account.granted = granted;
        account.beyond = beyond;
        account.leasedAt = began;
        account.emptyUntil = beyond > 0 ? 0 : clock() + Number(waitMs);
      } catch (error) {
        if (!(error instanceof RedisUnavailable)) warn({ err: error }, "the rate limiter's command was refused");
        for (const settle of account.waiting.splice(0)) settle(takeAlone(account, quota, clock()));
        return;
      }
      // Who came while Redis was asked may have to wait for the next answer.
      for (const settle of account.waiting.splice(0)) {
        const allowance = takeKnown(account, clock());
        if (allowance === undefined) account.waiting.push(settle);
        else settle(allowance);
      }
    }
  };

  return {
    take: (identity, quota) => {
      const account = accountOf(identity);
      const now = clock();
      if (account.waiting.length === 0) {
        if (!redis.isReady()) return takeAlone(account, quota, now);
        const allowance = takeKnown(account, now);
        if (allowance !== undefined) return allowance;
      }
      return new Promise((resolve) => {
        account.waiting.push(resolve);
        if (account.waiting.length === 1) void lease(identity, account, quota);
      });
    },
  };
}

/** How long one token takes to come back, in ms, and how many a process takes at once at most. */
function leaseOf({ requestsPerSecond, burst }: Quota): { readonly interval: number; readonly size: number } {
  const interval = 1000 / requestsPerSecond;
  return { interval, size: Math.max(1, Math.min(burst, Math.floor(LEASE_MS / interval))) };
}

/** Tokens that the next lease needs: as many as the last one, or more when that did not last. */
function demand({ granted, leased, leasedAt }: Account, now: number): number {
  const used = granted - leased;
  return Math.max(1, now - leasedAt < LEASE_MS ? used * GROWTH : used);
}

/** Tokens of the last lease to give back. After a while they came back by themselves. */
function unused({ leased, leasedAt }: Account, now: number): number {
  return now - leasedAt < 2 * LEASE_MS ? leased : 0;
}

/** The answer, when it is known without Redis. */
function takeKnown(account: Account, now: number): Allowance | undefined {
  if (account.leased > 0 && now - account.leasedAt < LEASE_MS) {
    account.leased -= 1;
    return allowed(account.leased + account.beyond);
  }
  return now < account.emptyUntil ? refused(account.emptyUntil - now) : undefined;
}

/** The script's GCRA, in this process's memory. */
function takeAlone(account: Account, quota: Quota, now: number): Allowance {
  const { interval } = leaseOf(quota);
  const debt = Math.max(0, account.fullAt - now);
  const available = Math.floor(quota.burst - debt / interval + ROUNDING);
  if (available < 1) return refused(debt - (quota.burst - 1) * interval);
  account.fullAt = now + debt + interval;
  return allowed(available - 1);
}

const allowed = (remaining: number): Allowance => ({ allowed: true, remaining, retryAfterSeconds: 0 });

const refused = (waitMs: number): Allowance => ({ allowed: false, remaining: 0, retryAfterSeconds: waitMs / 1000 });
