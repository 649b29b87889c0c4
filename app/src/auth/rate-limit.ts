import type { FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { LRUCache } from "lru-cache";
import type { Allowance, Quota, RateLimiter } from "../cache/rate-limiter.ts";
import type { ServerConfig } from "../config.ts";
import { Problem } from "../http/problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Whose quota the route's requests are taken from, where it is not their API key's. */
    readonly limitedBy?: "address";
  }
}

/** What limiting works with. */
export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** The quota of one address for what needs no session, and for what fails to have one. */
  readonly config: Pick<ServerConfig, "AUTH_RATE_REQUESTS_PER_SECOND" | "AUTH_RATE_BURST">;
}

/** The quota of addresses. */
export interface AddressLimit {
  /** Takes a request from its address's quota. */
  take(request: FastifyRequest, reply: FastifyReply, done: Done): void;
  /** The answer while the request's address, which used up its quota, has to wait; nothing is taken. */
  refusal(request: FastifyRequest): Problem | undefined;
}

/** Called with an error when the request is not allowed. */
export type Done = (refusal?: Error) => void;

/** Addresses that are remembered to have to wait. */
const WAITING_MAX = 10_000;

/** Values of the header `RateLimit-Policy`. */
const policies = new WeakMap<Quota, string>();

/**
 * Takes each request from the quota of its session's API key: at a route that says so, and where there is no route,
 * from that of its address. Register it after the authentication, whose sessions it counts on.
 */
export const rateLimit = fp<RateLimitOptions>(
  (app, options, registered) => {
    const addresses = createAddressLimit(options);
    app.addHook("onRequest", (request, reply, done) => {
      const { scope, limitedBy } = request.routeOptions.config;
      if (limitedBy === "address" || request.is404) return addresses.take(request, reply, done);
      if (scope === "none") return done();
      const { apiKeyId, quota } = request.identity;
      take(options.limiter.take(`key:${apiKeyId}`, quota), "key", quota, reply, done);
    });
    registered();
  },
  { name: "rate-limit", dependencies: ["authentication"] },
);

/** Limits addresses; the quota is shared with every other process. */
export function createAddressLimit({ limiter, config }: RateLimitOptions): AddressLimit {
  const quota: Quota = { requestsPerSecond: config.AUTH_RATE_REQUESTS_PER_SECOND, burst: config.AUTH_RATE_BURST };
  /** When the wait of an address ends, on the monotonic clock. */
  const waiting = new LRUCache<string, number>({ max: WAITING_MAX });
  return {
    take: (request, reply, done) => {
      const { ip } = request;
      take(limiter.take(`ip:${ip}`, quota), "address", quota, reply, (refusal) => {
        const seconds = refusal instanceof Problem ? refusal.retryAfterSeconds : undefined;
        if (seconds !== undefined) waiting.set(ip, performance.now() + seconds * 1000);
        done(refusal);
      });
    },
    refusal: (request) => {
      // Who the address is has to be read from the forwarded headers, for each request.
      if (waiting.size === 0) return undefined;
      const seconds = Math.ceil(((waiting.get(request.ip) ?? 0) - performance.now()) / 1000);
      return seconds > 0 ? tooMany(quota, seconds) : undefined;
    },
  };
}

/** Goes on when the allowance is there, at once when it is there already. */
function take(
  taken: Allowance | Promise<Allowance>,
  name: string,
  quota: Quota,
  reply: FastifyReply,
  done: Done,
): void {
  if (taken instanceof Promise) taken.then((allowance) => settle(allowance, name, quota, reply, done), done);
  else settle(taken, name, quota, reply, done);
}

/** Answers with the headers of draft-ietf-httpapi-ratelimit-headers-11. */
function settle(allowance: Allowance, name: string, quota: Quota, reply: FastifyReply, done: Done): void {
  reply.header("ratelimit-policy", policy(name, quota));
  if (allowance.allowed) {
    // The draft counts in whole seconds. Within the next one, what remains is there for certain.
    reply.header("ratelimit", `"${name}";r=${allowance.remaining};t=1`);
    done();
    return;
  }
  const seconds = Math.max(1, Math.ceil(allowance.retryAfterSeconds));
  reply.header("ratelimit", `"${name}";r=0;t=${seconds}`);
  done(tooMany(quota, seconds));
}

/** A burst in the time that it takes to have all of it again. */
function policy(name: string, quota: Quota): string {
  const known = policies.get(quota);
  if (known !== undefined) return known;
  const made = `"${name}";q=${quota.burst};w=${Math.ceil(quota.burst / quota.requestsPerSecond)}`;
  policies.set(quota, made);
  return made;
}

function tooMany({ requestsPerSecond, burst }: Quota, retryAfterSeconds: number): Problem {
  const detail = `${requestsPerSecond} requests per second are allowed, and ${burst} at once. Wait ${retryAfterSeconds} s.`;
  return new Problem(429, "too-many-requests", detail, { retryAfterSeconds });
}
