import { type Logger, pino } from "pino";
import { type Cache, createCache } from "../../src/cache/cache.ts";
import { createRedis, type RedisConnection } from "../../src/cache/connection.ts";
import { redisOptions } from "../../src/cache/elasticache.ts";
import type { ServerConfig } from "../../src/config.ts";
import { createDatabase, type Database } from "../../src/database/database.ts";
import { credentialReader } from "../../src/secrets.ts";

/** A process's cache, as the service opens it. */
export function openCache(
  config: ServerConfig,
  logger: Logger,
): { readonly redis: RedisConnection; readonly cache: Cache } {
  const redis = createRedis(redisOptions(config, logger));
  const { API_CACHE_SECONDS: apiCacheSeconds, GZIP_LEVEL: gzipLevel } = config;
  return { redis, cache: createCache({ redis, logger, apiCacheSeconds, gzipLevel }) };
}

/** A process's database and cache, as the service opens them, and a log that is kept nowhere. */
export function openBoth(config: ServerConfig): { logger: Logger; database: Database; cache: Cache } {
  const logger = pino({ level: "silent" });
  const database = createDatabase({ config, readCredential: credentialReader(config.AWS_REGION), logger });
  return { logger, database, cache: openCache(config, logger).cache };
}
