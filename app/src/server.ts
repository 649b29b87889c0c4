import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { type ServerConfig, serverConfig } from "./config.ts";
import { createMonitor } from "./monitor/monitor.ts";
import { logSink, type Sink, topicSink, webhookSink } from "./monitor/sinks.ts";
import { run } from "./run.ts";
import { startInternalServer } from "./supervisor/internal-server.ts";
import { leaveOnSignal } from "./supervisor/leave.ts";
import { type SupervisorTiming, supervise } from "./supervisor/supervisor.ts";
import { createLogger } from "./telemetry/logger.ts";

/** A worker is asked this often whether its event loop is alive. */
const PING_MS = 5000;

/** A worker that has not answered for 30 s is frozen. */
const MISSED_PINGS = 6;

/** A worker that is not ready after a minute will not be. */
const START_PINGS = 12;

/** Beside the time that requests have to finish, a worker has this to close its connections and to exit. */
const CLOSE_MS = 5000;

await run(async () => {
  const config = serverConfig(process.env);
  const logger = createLogger(config.LOG_LEVEL);
  const supervisor = supervise({
    exec: fileURLToPath(new URL("worker.ts", import.meta.url)),
    workers: config.WORKERS,
    logger,
    timing: timing(config),
    onReady: () => logger.info({ port: config.PORT, workers: config.WORKERS }, "listening"),
    onHopeless: async (reason) => {
      logger.fatal(reason);
      await supervisor.stop();
      process.exit(1);
    },
  });
  leaveOnSignal(supervisor, logger);

  const monitor = await createMonitor({
    collect: supervisor.collect,
    sinks: sinks(config, logger),
    logger,
    relieve: supervisor.relieve,
  });
  monitor.start();
  await startInternalServer(config.METRICS_PORT, { supervisor, report: monitor.report, logger });
});

function timing(config: ServerConfig): SupervisorTiming {
  return {
    pingMs: PING_MS,
    missedPings: MISSED_PINGS,
    startPings: START_PINGS,
    shutdownMs: config.SHUTDOWN_TIMEOUT_SECONDS * 1000 + CLOSE_MS,
  };
}

function sinks(config: ServerConfig, logger: Logger): Sink[] {
  const { ALERT_WEBHOOK_URL: webhook, ALERT_TOPIC_ARN: topic } = config;
  return [
    logSink(logger),
    ...(webhook === undefined ? [] : [webhookSink(webhook)]),
    ...(topic === undefined ? [] : [topicSink(topic, config.AWS_REGION)]),
  ];
}
