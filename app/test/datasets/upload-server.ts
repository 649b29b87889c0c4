import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { createCache } from "../../src/cache/cache.ts";
import { createRedis } from "../../src/cache/connection.ts";
import { redisOptions } from "../../src/cache/elasticache.ts";
import { serverConfig } from "../../src/config.ts";
import { createDatabase } from "../../src/database/database.ts";
import { pointRoutes } from "../../src/datasets/point-routes.ts";
import { buildApp } from "../../src/http/app.ts";
import { standIn } from "../../src/http/openapi-text.ts";
import { credentialReader } from "../../src/secrets.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

// A process that takes points. It tells its port, and for every message its resident memory at the start and at most.

const config = serverConfig(process.env);
const logger = pino({ level: "silent" });
const quota = { requestsPerSecond: 1, burst: 1 };
const identity = { sessionId: 1, userId: 1, apiKeyId: 1, name: "", quota, expiresAt: "2999-01-01T00:00:00Z" };

const app = await buildApp(
  {
    config,
    logger,
    database: createDatabase({ config, readCredential: credentialReader(config.AWS_REGION), logger }),
    cache: createCache({
      redis: createRedis(redisOptions(config, logger)),
      logger,
      apiCacheSeconds: config.API_CACHE_SECONDS,
      gzipLevel: config.GZIP_LEVEL,
    }),
    limiter: { take: () => ({ allowed: true, remaining: 1, retryAfterSeconds: 0 }) },
    sessions: standIn("sessions", { identify: () => ({ ...identity, scopes: ["write"] }) }),
    models: standIn("models"),
    metrics: createMetrics(),
    isDraining: () => false,
  },
  [pointRoutes],
);
await app.listen({ host: "127.0.0.1", port: 0 });
const start = process.memoryUsage.rss();
process.on("message", () => process.send?.({ start, peak: process.resourceUsage().maxRSS * 1024 }));
process.send?.((app.server.address() as AddressInfo).port);
