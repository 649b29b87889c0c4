import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { pageRequest } from "./anomalies/query.ts";
import { listCall } from "./anomalies/repository.ts";
import { createSessions } from "./auth/sessions.ts";
import { createCache } from "./cache/cache.ts";
import { createRedis } from "./cache/connection.ts";
import { redisOptions } from "./cache/elasticache.ts";
import { createRateLimiter } from "./cache/rate-limiter.ts";
import { serverConfig } from "./config.ts";
import { createDatabase } from "./database/database.ts";
import { buildApp } from "./http/app.ts";
import { createModels } from "./models/models.ts";
import { credentialReader } from "./secrets.ts";
import { drainOf } from "./supervisor/drain.ts";
import { linkToPrimary, tellFailure } from "./supervisor/link.ts";
import { startApplicationSignals } from "./telemetry/application-signals.ts";
import { createLogger } from "./telemetry/logger.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import { tracedCache, tracedDatabase, tracedModels } from "./telemetry/traced.ts";
import { startTracing } from "./telemetry/tracing.ts";

/** Clients that wait to be connected while the process is busy; Linux allows no more unless it is told to. */
const BACKLOG = 4096;

/** Connections that do not close in this time are left to the system; below the time that the supervisor allows. */
const CLOSE_MS = 4000;

const config = serverConfig(process.env);
const plainLogger = createLogger(config.LOG_LEVEL);

process.on("uncaughtException", async (error) => {
  plainLogger.fatal(error);
  await tellFailure(error.message);
  process.exit(1);
});
// A terminal sends it to every process; this one leaves when the primary says so.
process.on("SIGINT", () => undefined);

const {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  OTEL_TRACES_SAMPLER_ARG: sampledShare,
  OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT: signalsUrl,
  OTEL_RESOURCE_ATTRIBUTES: place,
} = config;
const tracing = endpoint === undefined ? undefined : await startTracing({ endpoint, sampledShare, place }, plainLogger);
const logger = tracing ? createLogger(config.LOG_LEVEL, tracing.ids) : plainLogger;
const signals =
  signalsUrl === undefined ? undefined : await startApplicationSignals({ url: signalsUrl, place }, logger);
const metrics = createMetrics(signals);

const readCredential = credentialReader(config.AWS_REGION);
const database = tracedDatabase(createDatabase({ config, readCredential, logger }), tracing);
const redis = createRedis(redisOptions(config, logger));
const { API_CACHE_SECONDS: apiCacheSeconds, GZIP_LEVEL: gzipLevel } = config;
const cache = tracedCache(createCache({ redis, logger, apiCacheSeconds, gzipLevel }), tracing);
const models = tracedModels(createModels({ config, cache }), tracing);
const sessions = createSessions({ database, cache, logger, config });
const limiter = createRateLimiter({ redis, logger });

let draining = false;
const isDraining = () => draining;
const app = await buildApp({
  config,
  logger,
  database,
  cache,
  limiter,
  sessions,
  models,
  metrics,
  tracing,
  isDraining,
});
metrics.attach({ database, cache, models, server: app.server });
const drain = drainOf(app.server);

const link = linkToPrimary({
  snapshot: metrics.snapshot,
  invalidate(message) {
    cache.applyInvalidation(message);
    sessions.applyInvalidation(message);
  },
  relieve({ trim, shed }) {
    if (trim) {
      cache.trim();
      models.trim();
    }
    if (shed !== app.pressure.shedding) logger.warn({ shed }, "memory pressure");
    app.pressure.shedding = shed;
  },
  onError: (error) => logger.error({ err: error }, "the metrics could not be read"),
});
cache.onInvalidation(link.invalidated);

// It comes twice where a whole process group is told to leave: from the primary, too.
process.on("SIGTERM", async () => {
  if (draining) return;
  draining = true;
  const finished = await drain(config.SHUTDOWN_TIMEOUT_SECONDS * 1000);
  const closed = await Promise.race([close(), delay(CLOSE_MS, false)]);
  if (!closed) logger.warn("connections were left open");
  process.exit(finished ? 0 : 1);
});

try {
  const { statement, values } = listCall(pageRequest({ limit: 1 }));
  await database.warm(statement, values);
} catch (error) {
  logger.warn({ err: error }, "starting without the database");
}
if (!draining) {
  await app.ready();
  // The framework's own listen() logs each address of each worker.
  app.server.listen({ port: config.PORT, host: "0.0.0.0", backlog: BACKLOG });
  await once(app.server, "listening");
  link.ready();
}

/** Ends what the app works with, the app first. */
async function close(): Promise<true> {
  await app.close();
  await sessions.stop();
  await models.close();
  await Promise.all([database.close(), cache.close(), tracing?.close(), signals?.close()]);
  return true;
}
