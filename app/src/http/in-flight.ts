import type { FastifyReply } from "fastify";
import { Problem } from "./problem.ts";
import type { App, Services } from "./services.ts";

/** How often requests are looked at. A deadline is kept to within this. */
const SWEEP_MS = 500;

/** What an upload has to bring in a second, on the whole: 100 MB then take five minutes, Node's own `requestTimeout`. */
const UPLOAD_BYTES_PER_SECOND = 350_000;

/** A client that is turned away comes back after this. */
export const RETRY_AFTER_SECONDS = 1;

declare module "fastify" {
  interface FastifyInstance {
    readonly pressure: Pressure;
  }
}

/** The switch by which whoever watches the process turns requests away. */
export interface Pressure {
  /** While it is true, requests are answered 503, all but those for health and readiness. */
  shedding: boolean;
}

/** A request whose body is still arriving when it is looked at. */
interface Upload {
  /** Bytes that its connection had received when it was last looked at. */
  readonly received: number;
  /** When that changed, on the monotonic clock. */
  readonly since: number;
}

/**
 * Takes on as many requests as one worker is made for, and gives up those that take too long.
 *
 * Requests lie in one set, and a timer for all of them looks through it: a timer, let alone an AbortController, for each
 * request costs more. While a body arrives its deadline moves on with each byte, so that a large upload has its time, but
 * no further than by the time of the largest body that its route takes: a small one that trickles in, for which nobody
 * needs a session, would hold its place for minutes.
 */
export function limitFlights(app: App, { config, metrics }: Pick<Services, "config" | "metrics">): void {
  const flights = new Set<FastifyReply>();
  const { pressure } = app;

  app.addHook("onRequest", (_request, reply, done) => {
    if (pressure.shedding || flights.size >= config.WORKER_CONNECTIONS) {
      metrics.shed += 1;
      return done(overloaded());
    }
    flights.add(reply);
    metrics.inFlight = flights.size;
    reply.raw.on("close", () => {
      flights.delete(reply);
      metrics.inFlight = flights.size;
    });
    done();
  });

  const limitMs = config.REQUEST_TIMEOUT_SECONDS * 1000;
  const uploads = new WeakMap<FastifyReply, Upload>();
  const waitedMs = (reply: FastifyReply): number => {
    const { raw } = reply.request;
    let upload = uploads.get(reply);
    if (!raw.complete && raw.socket.bytesRead !== upload?.received) {
      upload = { received: raw.socket.bytesRead, since: performance.now() };
      uploads.set(reply, upload);
    }
    return upload === undefined ? reply.elapsedTime : performance.now() - upload.since;
  };
  const isLate = (reply: FastifyReply): boolean => {
    if (waitedMs(reply) >= limitMs) return true;
    const { raw, routeOptions } = reply.request;
    return !raw.complete && reply.elapsedTime >= limitMs + receivingSeconds(routeOptions.bodyLimit ?? 0) * 1000;
  };
  const sweep = setInterval(() => {
    for (const reply of flights) if (isLate(reply)) giveUp(reply);
  }, SWEEP_MS);
  sweep.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(sweep);
    done();
  });
}

/** How long a body of so many bytes may take to arrive. */
export const receivingSeconds = (bytes: number): number => bytes / UPLOAD_BYTES_PER_SECOND;

/** The answer to who comes when there is too much to do. */
export function overloaded(): Problem {
  return new Problem(503, "overloaded", "The service has too much to do. Try again a little later.", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

function giveUp(reply: FastifyReply): void {
  const { raw } = reply.request;
  if (reply.raw.headersSent) {
    // The client does not take its answer.
    raw.socket.destroy();
    return;
  }
  // The rest of the body is not waited for.
  if (!raw.complete) reply.header("connection", "close");
  const late = !raw.complete && raw.readableLength === 0;
  reply.send(
    late
      ? new Problem(408, "request-timeout", "The rest of the body did not arrive in time.")
      : new Problem(504, "timeout", "The answer was not there in time.", { retryAfterSeconds: RETRY_AFTER_SECONDS }),
  );
}
