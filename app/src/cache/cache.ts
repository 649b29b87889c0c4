import { type Body, StoredBody } from "./body.ts";
import type { RedisConnection } from "./connection.ts";
import { FirstLevel } from "./first-level.ts";
import { type Attempt, Generations } from "./generations.ts";
import { type Clock, type Logger, sparingly } from "./logger.ts";
import { lifetimes, NAMESPACES, type Namespace } from "./namespaces.ts";
import { type Asked, type Loaded, type Loading, type Outcome, ReadThrough, type Room } from "./read-through.ts";
import { FRESH_MS, SecondLevel } from "./second-level.ts";
import { RedisUnavailable } from "./session.ts";
import { SingleFlight } from "./single-flight.ts";
import { compact, fromText, toText } from "./values.ts";

export type { Body, Loading, Namespace, Outcome };

/** What an invalidation outdates: a key, or without one the whole namespace. */
export interface Invalidation {
  readonly namespace: Namespace;
  readonly key?: string;
}

/** Counts since the process began, and the state now. Guide, Redis Caching Optimization: `get_stats`. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly stale: number;
  readonly sets: number;
  readonly deletes: number;
  /** Commands that a connected Redis did not answer or refused. */
  readonly errors: number;
  readonly totalRequests: number;
  /** Share of requests that the cache answered, 0 to 1. */
  readonly hitRate: number;
  /** Bodies in the first level. */
  readonly entries: number;
  /** Memory that the first level's bodies may take. */
  readonly bytes: number;
  readonly connected: boolean;
}

/** {@link CacheStats}, and what Redis says of itself while it is connected. */
export interface CacheDetails extends CacheStats {
  /** As people read it: `1.02M`. */
  readonly memoryUsage?: string | undefined;
  readonly connectedClients?: number;
  readonly operationsPerSecond?: number;
}

/** The guide's OptimizedRedisCache: values in Redis, and for a moment in the process's memory. */
export interface Cache {
  /** First level only, synchronously; undefined when it is not there or too old. */
  peekBody(namespace: Namespace, key: string): Body | undefined;
  /**
   * The body of an answer, loaded when the cache does not have it: once for all who ask, in this process and others. Its
   * key is not that of a value.
   *
   * @throws what the loader throws, when there is no stale body in its place
   */
  body(
    namespace: Namespace,
    key: string,
    load: (loading: Loading) => Promise<string | Buffer>,
    options?: { readonly noCache?: boolean },
  ): Promise<{ body: Body; outcome: Outcome }>;
  /**
   * The same for a value, which is what its JSON says, also when it was just loaded. Guide: `cache_result`.
   *
   * @throws what the loader throws, when there is no stale value in its place
   */
  cached<T>(namespace: Namespace, key: string, load: (loading: Loading) => Promise<T>): Promise<T>;
  /** A value from Redis; undefined when it is not there, or stale. */
  get<T>(namespace: Namespace, key: string): Promise<T | undefined>;
  /** @returns whether it was stored: no value above 1 MB is, and none while Redis is away */
  set(namespace: Namespace, key: string, value: unknown, ttlSeconds?: number): Promise<boolean>;
  /** @returns whether it was there. A loader that began before cannot put it back. */
  delete(namespace: Namespace, key: string): Promise<boolean>;
  /** Those values that are there. */
  getMany<T>(namespace: Namespace, keys: readonly string[]): Promise<Map<string, T>>;
  /** @returns whether all were stored */
  setMany(namespace: Namespace, entries: ReadonlyMap<string, unknown>, ttlSeconds?: number): Promise<boolean>;
  /**
   * A new generation: what was written before, and what loads that began before bring, is never served again; by another
   * process no longer than a second after. Await it before a write is answered.
   */
  clearNamespace(namespace: Namespace): Promise<void>;
  /** Tells of invalidations made here. */
  onInvalidation(listener: (message: Invalidation) => void): void;
  /** Takes an invalidation that another worker made. */
  applyInvalidation(message: Invalidation): void;
  /** Empties the first level: memory is short. */
  trim(): void;
  stats(): CacheStats;
  details(): Promise<CacheDetails>;
  /** Whether Redis answers. */
  health(): Promise<boolean>;
  /** Ends the connection to Redis. */
  close(): Promise<void>;
}

/** What the cache works with. */
export interface CacheOptions {
  readonly redis: RedisConnection;
  readonly logger: Logger;
  /** How long answers are good for. */
  readonly apiCacheSeconds: number;
  /** 1 to 9. */
  readonly gzipLevel: number;
  /** Memory that the first level's bodies may take. */
  readonly firstLevelBytes?: number;
  readonly clock?: Clock;
}

/** A little of the 2 GB that the guide's targets give an instance. */
const FIRST_LEVEL_BYTES = 64 * 1024 * 1024;

/** A cache on the process's connection to Redis, that works without it as well. */
export function createCache(options: CacheOptions): Cache {
  const { redis, logger, apiCacheSeconds, gzipLevel } = options;
  const { firstLevelBytes = FIRST_LEVEL_BYTES, clock = () => performance.now() } = options;
  const counts = { hits: 0, misses: 0, stale: 0, sets: 0, deletes: 0, errors: 0 };
  const counted = { hit: "hits", miss: "misses", stale: "stale" } as const;
  const warn = sparingly(logger, clock);
  const attempt: Attempt = async (script, keys, args) => {
    if (!redis.isReady()) return undefined;
    try {
      return await redis.evaluate(script, keys, args);
    } catch (error) {
      counts.errors += 1;
      if (!(error instanceof RedisUnavailable)) warn({ err: error }, "the cache's command was refused");
      return undefined;
    }
  };
  const lives = lifetimes(apiCacheSeconds);
  const generations = new Generations(redis, attempt, clock);
  const second = new SecondLevel({ attempt, generations, lifetimes: lives, warn });
  const through = new ReadThrough({ second, gzipLevel, logger, warn, clock });

  const share = Math.floor(firstLevelBytes / NAMESPACES.filter((namespace) => lives[namespace].firstLevel).length);
  const room = (namespace: Namespace): Room => ({
    namespace,
    lifetime: lives[namespace],
    first: new FirstLevel(lives[namespace].firstLevel ? share : 0, clock),
    flights: new SingleFlight<Loaded>(clock),
    freshUntil: 0,
  });
  const rooms = Object.fromEntries(NAMESPACES.map((name) => [name, room(name)])) as Readonly<Record<Namespace, Room>>;
  const listeners: ((message: Invalidation) => void)[] = [];

  const applyInvalidation = ({ namespace, key }: Invalidation) => {
    const { first, flights } = rooms[namespace];
    rooms[namespace].freshUntil = clock() + FRESH_MS;
    flights.handOver();
    if (key === undefined) first.clear();
    else first.delete(key);
  };
  /** Redis first: what it answers until it is told is still the old. */
  const invalidate = async <T>(message: Invalidation, toldRedis: Promise<T>): Promise<T> => {
    const result = await toldRedis;
    applyInvalidation(message);
    for (const listener of listeners) listener(message);
    return result;
  };
  const read = async (asked: Asked): Promise<Loaded> => {
    const { first } = asked.room;
    const body = asked.noCache ? undefined : first.get(asked.key);
    const loaded: Loaded = body === undefined ? await through.read(asked) : { body, outcome: "hit" };
    counts[counted[loaded.outcome]] += 1;
    return loaded;
  };
  const write = async (namespace: Namespace, entries: ReadonlyMap<string, unknown>, ttlSeconds?: number) => {
    const encoding = Array.from(entries, async ([key, value]) => {
      const bytes = Buffer.from(toText(value));
      return [key, await compact(new StoredBody({ bytes, gzipped: false }, gzipLevel))] as const;
    });
    const written = await second.write(namespace, new Map(await Promise.all(encoding)), ttlSeconds);
    if (written) counts.sets += entries.size;
    const { first, flights } = rooms[namespace];
    flights.handOver();
    for (const key of entries.keys()) first.delete(key);
    return written;
  };
  const getMany = async <T>(namespace: Namespace, keys: readonly string[]) => {
    const contents = await second.read(namespace, keys);
    counts.hits += contents.size;
    counts.misses += keys.length - contents.size;
    const values = new Map<string, T>();
    for (const [key, content] of contents) {
      values.set(key, fromText<T>(new StoredBody(content, gzipLevel).identity()));
    }
    return values;
  };
  const stats = (): CacheStats => {
    const levels = Object.values(rooms).map(({ first }) => first);
    const served = counts.hits + counts.stale;
    const totalRequests = served + counts.misses;
    return {
      ...counts,
      totalRequests,
      hitRate: totalRequests === 0 ? 0 : served / totalRequests,
      entries: levels.reduce((sum, { count }) => sum + count, 0),
      bytes: levels.reduce((sum, { bytes }) => sum + bytes, 0),
      connected: redis.isReady(),
    };
  };

  return {
    peekBody: (namespace, key) => {
      const body = rooms[namespace].first.get(key);
      if (body !== undefined) counts.hits += 1;
      return body;
    },
    body: (namespace, key, load, { noCache = false } = {}) =>
      read({ room: rooms[namespace], key, kind: "body", load, noCache }),
    cached: async <T>(namespace: Namespace, key: string, load: (loading: Loading) => Promise<T>) => {
      const asText = async (loading: Loading) => toText(await load(loading));
      const { body } = await read({ room: rooms[namespace], key, kind: "json", load: asText, noCache: false });
      return fromText<T>(body.identity());
    },
    get: async <T>(namespace: Namespace, key: string) => (await getMany<T>(namespace, [key])).get(key),
    set: (namespace, key, value, ttlSeconds) => write(namespace, new Map([[key, value]]), ttlSeconds),
    delete: (namespace, key) => {
      counts.deletes += 1;
      return invalidate({ namespace, key }, second.delete(namespace, key));
    },
    getMany,
    setMany: write,
    clearNamespace: (namespace) => invalidate({ namespace }, generations.begin(namespace)),
    onInvalidation: (listener) => {
      listeners.push(listener);
    },
    applyInvalidation,
    trim: () => {
      for (const { first } of Object.values(rooms)) first.clear();
    },
    stats,
    details: async () => {
      const info = await redis.info().catch(unavailable);
      if (info === undefined) return stats();
      return {
        ...stats(),
        memoryUsage: info.get("used_memory_human"),
        connectedClients: Number(info.get("connected_clients")),
        operationsPerSecond: Number(info.get("instantaneous_ops_per_sec")),
      };
    },
    health: async () => (await redis.ping().catch(unavailable)) !== undefined,
    close: () => redis.close(),
  };
}

/** Nothing is there while Redis is away, which its connection reports. */
function unavailable(error: unknown): undefined {
  if (!(error instanceof RedisUnavailable)) throw error;
}
