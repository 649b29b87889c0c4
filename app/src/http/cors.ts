import cors from "@fastify/cors";
import type { App } from "./services.ts";

/** Seconds that a browser remembers what a preflight answered: Chromium's own maximum. */
const MAX_AGE_SECONDS = 7200;

/** Headers of answers that a page may read beside the few that it always may. */
const EXPOSED = [
  "etag",
  "idempotency-replayed",
  "location",
  "ratelimit",
  "ratelimit-policy",
  "retry-after",
  "www-authenticate",
  "x-request-id",
];

/**
 * Lets pages of the listed origins call the API. An origin that is not listed gets no CORS header at all: with a fixed
 * text or an array, the plugin would still tell it that credentials are allowed.
 */
export async function allowOrigins(app: App, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  const listed = new Set(origins);
  await app.register(cors, {
    origin: (origin, done) => done(null, origin !== undefined && listed.has(origin)),
    credentials: true,
    methods: ["GET", "POST", "DELETE"],
    allowedHeaders: ["authorization", "content-type", "content-encoding", "if-none-match", "idempotency-key"],
    exposedHeaders: EXPOSED,
    maxAge: MAX_AGE_SECONDS,
  });
}
