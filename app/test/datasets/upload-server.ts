import type { AddressInfo } from "node:net";
import { serverConfig } from "../../src/config.ts";
import { pointRoutes } from "../../src/datasets/point-routes.ts";
import { buildApp } from "../../src/http/app.ts";
import { standIn } from "../../src/http/openapi-text.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openBoth } from "../support/service.ts";

// A process that takes points. It tells its port, and for every message its resident memory at the start and at most.

const config = serverConfig(process.env);
const quota = { requestsPerSecond: 1, burst: 1 };
const identity = { sessionId: 1, userId: 1, apiKeyId: 1, name: "", quota, expiresAt: "2999-01-01T00:00:00Z" };

const app = await buildApp(
  {
    config,
    ...openBoth(config),
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
