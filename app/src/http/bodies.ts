import type { FastifyReply, FastifyRequest } from "fastify";
import type { Body, Outcome } from "../cache/cache.ts";
import type { ServerConfig } from "../config.ts";
import { acceptsGzip, matchesTag } from "./negotiation.ts";
import type { App } from "./services.ts";

declare module "fastify" {
  interface FastifyInstance {
    readonly bodies: BodySettings;
  }
}

/** What the answers of one app have in common. */
interface BodySettings {
  readonly gzipMinBytes: number;
  readonly vary: string;
}

const CONTENT_TYPE = "application/json; charset=utf-8";

/** The answer is one client's own, and is asked for again each time: then it is a 304 while nothing has changed. */
const CACHE_CONTROL = "private, no-cache";

const X_CACHE: Readonly<Record<Outcome, string>> = { hit: "HIT", miss: "MISS", stale: "STALE" };

/** Prepares an app for {@link sendBody}. */
export function prepareBodies(app: App, config: Pick<ServerConfig, "GZIP_MIN_BYTES" | "CORS_ORIGINS">): void {
  app.decorate("bodies", {
    gzipMinBytes: config.GZIP_MIN_BYTES,
    // Each answer's own header is written over what the CORS plugin wrote before.
    vary: config.CORS_ORIGINS.length > 0 ? "Origin, Accept-Encoding" : "Accept-Encoding",
  });
}

/**
 * Answers with a cached body: 304 where the client has it, else its bytes, gzipped for whoever accepts that when there
 * are enough of them. It may send later: an async handler that calls it returns `reply`.
 */
export function sendBody(request: FastifyRequest, reply: FastifyReply, body: Body, outcome: Outcome): void {
  const { gzipMinBytes, vary } = request.server.bodies;
  const { headers } = request.raw;
  const accepted = acceptsGzip(headers["accept-encoding"]);
  const gzip = accepted ? body.gzip() : undefined;
  const gzips = gzip !== undefined || (accepted && body.identity().length >= gzipMinBytes);

  // Each encoding is a representation of its own, and a strong tag names only one (RFC 9110, 8.8.3.3).
  const gzipTag = `${body.etag.slice(0, -1)}-gzip"`;
  reply
    .header("etag", gzips ? gzipTag : body.etag)
    .header("cache-control", CACHE_CONTROL)
    .header("vary", vary)
    .header("x-cache", X_CACHE[outcome]);
  if (matchesTag(headers["if-none-match"], body.etag, gzipTag)) {
    reply.code(304).send();
    return;
  }
  reply.header("content-type", CONTENT_TYPE);
  if (!gzips) reply.send(body.identity());
  else if (gzip !== undefined) sendGzip(reply, gzip);
  else {
    body.compress().then(
      (bytes) => sendGzip(reply, bytes),
      (error) => reply.send(error),
    );
  }
}

function sendGzip(reply: FastifyReply, bytes: Buffer): void {
  reply.header("content-encoding", "gzip").send(bytes);
}
