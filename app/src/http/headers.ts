import type { FastifyReply } from "fastify";
import type { App, Services } from "./services.ts";

/** Nothing that the API answers is a page: a browser that takes an answer for one loads nothing and frames nothing. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * Headers of every answer.
 *
 * - `Strict-Transport-Security` is the business of the load balancer, where TLS ends: over plain HTTP it means nothing.
 * - `X-XSS-Protection` of the guide is left out: browsers have dropped its filter, which opened holes of its own.
 * - `x-response-time` has milliseconds from the request's arrival to its answer's headers. The guide's `x-process-time`
 *   is left out: `time.process_time()` is the CPU time of the whole process since it began, not the request's.
 * - While the process drains, and when the app closes, every answer closes its connection: clients go elsewhere, and no
 *   connection that became idle meanwhile holds up the end.
 */
export function setHeaders(app: App, services: Pick<Services, "isDraining">): void {
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    writeHeaders(reply);
    if (closing || services.isDraining()) reply.header("connection", "close");
    done();
  });
}

/** Writes the headers of every answer, for answers that no hook sees. */
export function writeHeaders(reply: FastifyReply): void {
  reply
    .header("x-content-type-options", "nosniff")
    .header("x-frame-options", "DENY")
    .header("content-security-policy", API_POLICY)
    .header("referrer-policy", "no-referrer")
    .header("x-request-id", reply.request.id)
    .header("x-response-time", reply.elapsedTime.toFixed(3));
}
