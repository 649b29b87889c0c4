import { createServer, type Server, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** Below the readiness probe's own time-out of 3 s, so that the answer says what is wrong. */
const READY_TIMEOUT_MS = 2000;

/** What the service needs to answer. */
export interface ServiceOptions {
  /** Rejects when a dependency cannot serve. */
  readonly checkReady: () => Promise<void>;
  readonly keepAliveTimeoutSeconds: number;
  readonly headersTimeoutSeconds: number;
}

/** The HTTP service. */
export interface Service {
  readonly server: Server;
  /**
   * Takes no new connections, lets the requests under way finish, and cuts off those that are left after the time-out.
   * @returns whether every request finished
   */
  drain(timeoutSeconds: number): Promise<boolean>;
}

/**
 * `/health` says that the process answers and touches nothing else. `/ready` says whether it can serve: 503 with a
 * reason while a dependency is down or the process is leaving.
 */
export function createService(options: ServiceOptions): Service {
  let draining = false;
  const answer = (response: ServerResponse, status: number, body: Record<string, string>) => {
    response.writeHead(status, {
      "content-type": "application/json",
      "cache-control": "no-store",
      // Kept alive, an idle connection would hold up the drain until its own time-out.
      ...(draining && { connection: "close" }),
    });
    response.end(JSON.stringify(body));
  };
  const server = createServer(async (request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") {
      return answer(response, 405, { error: "only GET and HEAD are allowed" });
    }
    if (path === "/health") return answer(response, 200, { status: "ok" });
    if (path !== "/ready") return answer(response, 404, { error: "not found" });
    if (draining) return answer(response, 503, { status: "unavailable", reason: "draining" });
    try {
      await withinTime(options.checkReady());
      answer(response, 200, { status: "ready" });
    } catch (error) {
      console.error("not ready:", error instanceof Error ? error.message : error);
      answer(response, 503, { status: "unavailable", reason: "database" });
    }
  });
  server.keepAliveTimeout = options.keepAliveTimeoutSeconds * 1000;
  server.headersTimeout = options.headersTimeoutSeconds * 1000;
  // The time to receive a request, not to answer it. Node would swap it with a headersTimeout that is longer.
  server.requestTimeout = server.headersTimeout;

  const drain = async (timeoutSeconds: number): Promise<boolean> => {
    draining = true;
    const stopped = new AbortController();
    const closed = new Promise<boolean>((resolve) => {
      server.close(() => resolve(true));
    });
    const timedOut = delay(timeoutSeconds * 1000, false, { signal: stopped.signal }).catch(() => false);
    const finished = await Promise.race([closed, timedOut]);
    stopped.abort();
    if (!finished) server.closeAllConnections();
    return finished;
  };
  return { server, drain };
}

async function withinTime(check: Promise<void>): Promise<void> {
  const done = new AbortController();
  const timedOut = delay(READY_TIMEOUT_MS, undefined, { signal: done.signal }).then(() => {
    throw new Error(`no answer within ${READY_TIMEOUT_MS} ms`);
  });
  try {
    await Promise.race([check, timedOut]);
  } finally {
    done.abort();
    timedOut.catch(() => undefined);
  }
}
