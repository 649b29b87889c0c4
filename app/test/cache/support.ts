import { createClient, RESP_TYPES } from "@redis/client";
import { type Redis, startRedis } from "../../local/redis.ts";
import { type Cache, type CacheOptions, createCache } from "../../src/cache/cache.ts";
import { createRedis, type RedisConnection } from "../../src/cache/connection.ts";
import type { Logger } from "../../src/cache/logger.ts";
import type { SessionOptions } from "../../src/cache/session.ts";
import { until } from "../support/until.ts";

/** A log that is only remembered: each line is its level and message. */
export interface Log {
  readonly logger: Logger;
  readonly lines: readonly string[];
}

export function rememberingLog(): Log {
  const lines: string[] = [];
  const level = (name: string) => (first: unknown, message?: string) => {
    lines.push(`${name}: ${message ?? first}`);
  };
  return { logger: { info: level("info"), warn: level("warn"), error: level("error") }, lines };
}

/** One process of the service, as far as Redis can tell. */
export interface Member {
  readonly redis: RedisConnection;
  readonly cache: Cache;
  readonly log: Log;
  /** Moves the clock of what the process keeps in its memory. */
  advance(milliseconds: number): void;
}

/** A Redis server, and processes that use it. */
export interface Cluster {
  readonly server: Redis;
  /** A command of somebody else. */
  command(...args: (string | Buffer)[]): Promise<unknown>;
  /** A member whose connection is there. */
  join(options?: Partial<SessionOptions & CacheOptions>): Promise<Member>;
  /** The same, without waiting for its connection. */
  enter(options?: Partial<SessionOptions & CacheOptions>): Member;
  /** Scripts that Redis is asked to run during the work. */
  scripts(work: () => Promise<unknown>): Promise<number>;
  stop(): Promise<void>;
}

/** @param args further arguments of `redis-server` */
export async function startCluster(args: readonly string[] = []): Promise<Cluster> {
  const server = await startRedis(args);
  const admin = createClient({
    socket: { host: "127.0.0.1", port: server.port, reconnectStrategy: 20 },
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  // It is about to reconnect.
  admin.on("error", () => undefined);
  await admin.connect();
  const members: Member[] = [];
  const command = (...parts: (string | Buffer)[]) => admin.sendCommand<unknown>(parts);

  const enter: Cluster["enter"] = (options = {}) => {
    const log = rememberingLog();
    const { logger } = log;
    let moved = 0;
    const clock = () => performance.now() + moved;
    const redis = createRedis({ host: "127.0.0.1", port: server.port, tls: false, logger, ...options });
    const cache = createCache({ redis, logger, apiCacheSeconds: 300, gzipLevel: 6, clock, ...options });
    const advance = (milliseconds: number) => {
      moved += milliseconds;
    };
    const member = { redis, cache, log, advance };
    members.push(member);
    return member;
  };
  return {
    server,
    command,
    enter,
    join: async (options) => {
      const member = enter(options);
      await until(() => member.redis.isReady(), "the connection");
      return member;
    },
    scripts: async (work) => {
      await command("CONFIG", "RESETSTAT");
      await work();
      const statistics = String(await command("INFO", "commandstats"));
      const calls = [...statistics.matchAll(/^cmdstat_(?:eval|evalsha):calls=(\d+)/gm)];
      return calls.reduce((sum, [, count]) => sum + Number(count), 0);
    },
    stop: async () => {
      await Promise.all(members.map(({ redis }) => redis.close()));
      admin.destroy();
      await server.stop();
    },
  };
}

/** A promise that is settled from outside. */
export function gate<T = void>(): { readonly passed: Promise<T>; open(value: T): void; fail(error: Error): void } {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { passed: promise, open: resolve, fail: reject };
}

/** The key in Redis that a value is under. */
export const keyOf = (namespace: string, key: string) => `pynomaly:cache:1:${namespace}:${key}`;
