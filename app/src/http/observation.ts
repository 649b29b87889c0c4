import { UNMATCHED } from "../telemetry/operation.ts";
import type { App, Services } from "./services.ts";

/** A request that takes longer is worth a line in the log. */
const SLOW_SECONDS = 1;

/** nginx' status for a client that left before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Counts every request when it is over, and logs those that were slow. There is no line for each request, as in the
 * guide (`access_log=False`): the load balancer writes one. A failed request's line is the error handler's.
 */
export function observeRequests(app: App, { logger, metrics }: Pick<Services, "logger" | "metrics">): void {
  const logAll = logger.level === "debug" || logger.level === "trace";
  app.addHook("onRequest", (request, reply, done) => {
    reply.raw.on("close", () => {
      const { method, routeOptions } = request;
      const seconds = reply.elapsedTime / 1000;
      const status = reply.raw.writableEnded ? reply.raw.statusCode : CLIENT_CLOSED_REQUEST;
      const route = routeOptions.url ?? UNMATCHED;
      metrics.observe(route, method, status, seconds);
      if (seconds > SLOW_SECONDS) request.log.warn({ method, route, status, seconds }, "slow request");
      else if (logAll) request.log.debug({ method, route, status, seconds }, "request");
    });
    done();
  });
}
