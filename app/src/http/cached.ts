import type { FastifyReply, FastifyRequest } from "fastify";
import type { Cache, Loading, Namespace } from "../cache/cache.ts";
import { sendBody } from "./bodies.ts";

/** What an answer is kept under. */
export interface CachedAnswer {
  readonly cache: Cache;
  readonly namespace: Namespace;
  /** The same for requests that have the same answer. */
  readonly key: string;
  /** Makes the answer, JSON as text, when it is not there. */
  readonly load: (loading: Loading) => Promise<string>;
}

const NO_CACHE = /(?:^|,)\s*no-cache\s*(?:,|$)/i;

/**
 * Answers from the cache, and with what `load` makes where it has nothing, or the client asks for `no-cache`. An answer
 * of the first level is sent before this returns; otherwise later, and a failure is sent as well.
 */
export function sendCached(request: FastifyRequest, reply: FastifyReply, answer: CachedAnswer): void {
  const { cache, namespace, key, load } = answer;
  const control = request.raw.headers["cache-control"];
  const noCache = control !== undefined && NO_CACHE.test(control);
  const found = noCache ? undefined : cache.peekBody(namespace, key);
  if (found !== undefined) {
    sendBody(request, reply, found, "hit");
    return;
  }
  cache
    .body(namespace, key, load, { noCache })
    .then(({ body, outcome }) => sendBody(request, reply, body, outcome))
    .catch((error) => reply.send(error));
}
