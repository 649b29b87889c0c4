import { gzip } from "node:zlib";
import type { ServerConfig } from "../config.ts";
import { acceptsGzip } from "./negotiation.ts";
import type { App } from "./services.ts";

/**
 * Gzips the JSON of routes that answer with an object, when there is enough of it. Cached bodies are bytes, and have
 * their own way; files are streams.
 */
export function compressJson(app: App, config: Pick<ServerConfig, "GZIP_MIN_BYTES" | "GZIP_LEVEL">): void {
  app.addHook("onSend", (request, reply, payload, done) => {
    if (typeof payload !== "string" || payload.length < config.GZIP_MIN_BYTES || reply.hasHeader("content-encoding")) {
      return done();
    }
    const vary = reply.getHeader("vary");
    reply.header("vary", vary === undefined ? "Accept-Encoding" : `${vary}, Accept-Encoding`);
    if (!acceptsGzip(request.headers["accept-encoding"])) return done();
    gzip(payload, { level: config.GZIP_LEVEL }, (error, bytes) => {
      // The deadline may have answered meanwhile.
      if (reply.raw.headersSent) return;
      if (error) return done(error);
      reply.header("content-encoding", "gzip");
      done(null, bytes);
    });
  });
}
