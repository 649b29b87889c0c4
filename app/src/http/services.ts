import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from "fastify";
import type { Sessions } from "../auth/sessions.ts";
import type { Cache } from "../cache/cache.ts";
import type { RateLimiter } from "../cache/rate-limiter.ts";
import type { ServerConfig } from "../config.ts";
import type { Database } from "../database/database.ts";
import type { Models } from "../models/models.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";

/** What the routes work with. The worker makes them, and closes them after the app. */
export interface Services {
  readonly config: ServerConfig;
  readonly logger: FastifyBaseLogger;
  readonly database: Database;
  readonly cache: Cache;
  readonly limiter: RateLimiter;
  readonly sessions: Sessions;
  readonly models: Models;
  readonly metrics: Metrics;
  /** None where traces go nowhere. */
  readonly tracing?: Tracing | undefined;
  /** The process is about to leave: readiness fails, and every answer closes its connection. */
  isDraining(): boolean;
}

/** The Fastify instance, whose routes' types come from their TypeBox schemas. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;
