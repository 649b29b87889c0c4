import { cacheNode } from "./instances";

/** The cache engine: Redis OSS, or Valkey, its compatible and cheaper successor on ElastiCache. */
export type CacheEngine = "redis" | "valkey";

/** What an ElastiCache replication group is made with. */
export interface CacheSizing {
  readonly engineVersion: string;
  readonly parameterGroupFamily: string;
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  /** The node's `maxmemory`: AWS sets it per node type. */
  readonly maxMemoryBytes: number;
  /** `maxmemory` less what is reserved for snapshots, replication and failover: room for data. */
  readonly usableBytes: number;
}

/** Versions and families: Amazon ElastiCache User Guide, "Engine specific parameters". */
const ENGINES = {
  redis: { engineVersion: "7.1", parameterGroupFamily: "redis7" },
  valkey: { engineVersion: "8.2", parameterGroupFamily: "valkey8" },
} as const;

/** `reserved-memory-percent`: ElastiCache's default and advice (ElastiCache User Guide, "Managing reserved memory"). */
const RESERVED_MEMORY_PERCENT = 25;

/** The parameter of it, which no Redis but ElastiCache's knows. */
export const RESERVED_MEMORY = "reserved-memory-percent";

/** Seconds after which the cache closes an idle client (`timeout`): guide, Redis. A client's pool idles for less. */
const CACHE_CLIENT_TIMEOUT_SECONDS = 300;

/**
 * The guide's `CONFIG SET` lines as a parameter group. Its other three have no parameter on ElastiCache: `maxmemory`
 * is the node type's, `save ''` is a snapshot retention of 0 days, and `appendonly no` is the only choice.
 */
const PARAMETERS = [
  { name: "maxmemory-policy", value: "allkeys-lru" },
  { name: "timeout", value: String(CACHE_CLIENT_TIMEOUT_SECONDS) },
  { name: "tcp-keepalive", value: "60" },
  { name: RESERVED_MEMORY, value: String(RESERVED_MEMORY_PERCENT) },
] as const;

/**
 * The cache's engine version, parameters and memory.
 *
 * @throws Error when the node type is not offered.
 */
export function cacheSizing(input: { readonly engine: CacheEngine; readonly nodeType: string }): CacheSizing {
  const node = cacheNode(input.nodeType);
  if (node === undefined) throw new Error(`"${input.nodeType}" is not an offered cache node type`);
  return {
    ...ENGINES[input.engine],
    parameters: PARAMETERS,
    maxMemoryBytes: node.maxMemoryBytes,
    usableBytes: Math.floor((node.maxMemoryBytes * (100 - RESERVED_MEMORY_PERCENT)) / 100),
  };
}
