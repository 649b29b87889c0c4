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

/** A request that is not answered yet. */
interface Flight {
  readonly reply: FastifyReply;
  /** Its index in the list of all. */
  place: number;
  /** There, when its body was still arriving when it was looked at. */
  upload?: {
    /** Bytes that its connection had received when it was last looked at. */
    readonly received: number;
    /** When that changed, on the monotonic clock. */
    readonly since: number;
  };
}

/**
 * Takes on as many requests as one worker is made for, and gives up those that take too long.
 *
 * Requests lie in one list, and a timer for all of them looks through it: a timer, let alone an AbortController, for each
 * request costs more. While a body arrives its deadline moves on with each byte, so that a large upload has its time, but
 * no further than by the time of the largest body that its route takes: a small one that trickles in, for which nobody
 * needs a session, would hold its place for minutes.
 */
export function limitFlights(app: App, { config, metrics }: Pick<Services, "config" | "metrics">): void {
  const flights: Flight[] = [];
  const { pressure } = app;

  app.addHook("onRequest", (_request, reply, done) => {
    if (pressure.shedding || flights.length >= config.WORKER_CONNECTIONS) {
      metrics.shed += 1;
      return done(overloaded());
    }
    const flight: Flight = { reply, place: flights.length };
    flights.push(flight);
    metrics.inFlight = flights.length;
    reply.raw.on("close", () => {
      remove(flights, flight);
      metrics.inFlight = flights.length;
    });
    done();
  });

  const limitMs = config.REQUEST_TIMEOUT_SECONDS * 1000;
  const waitedMs = (flight: Flight): number => {
    const { raw } = flight.reply.request;
    if (!raw.complete && raw.socket.bytesRead !== flight.upload?.received)
      flight.upload = { received: raw.socket.bytesRead, since: performance.now() };
    return flight.upload === undefined ? flight.reply.elapsedTime : performance.now() - flight.upload.since;
  };
  const isLate = (flight: Flight): boolean => {
    if (waitedMs(flight) >= limitMs) return true;
    const { reply } = flight;
    const { raw, routeOptions } = reply.request;
    return !raw.complete && reply.elapsedTime >= limitMs + receivingSeconds(routeOptions.bodyLimit ?? 0) * 1000;
  };
  const sweep = setInterval(() => {
    for (const flight of flights.filter(isLate)) giveUp(flight.reply);
  }, SWEEP_MS);
  sweep.unref();
  app.addHook("onClose", (_app, done) => {
    clearInterval(sweep);
    done();
  });
}

/**
 * Takes a request from the list, in whose place the last one comes. The list is no Set: V8 grows and cleans a Set by a new
 * table that the old one points to, with the entries of then. An old table that outlived a few collections of the young
 * heap then keeps all tables after it, and a third of all requests with them, until the whole heap is collected.
 */
function remove(flights: Flight[], flight: Flight): void {
  const last = flights.pop();
  if (last === undefined || last === flight) return;
  flights[flight.place] = last;
  last.place = flight.place;
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
