import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { unavailable } from "../database/unavailable.ts";
import { PROBLEM_MEDIA_TYPE, Problem, type ProblemType } from "./problem.ts";
import type { App } from "./services.ts";
import { pathOf } from "./target.ts";

/** A failover of the database takes longer; whoever waits for it comes back in steps. */
const DATABASE_RETRY_SECONDS = 5;

/** The methods that routes have. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Kinds of the framework's own errors, by status. */
const TYPES: Readonly<Record<number, ProblemType>> = {
  404: "not-found",
  408: "request-timeout",
  413: "content-too-large",
  414: "uri-too-long",
  415: "unsupported-media-type",
};

/** Answers every error as a problem. One that nobody foresaw is logged, and its answer says nothing of it. */
export function answerProblems(app: App): void {
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, request);
    // Requests that are turned away are many and alike: they are counted.
    if (problem.status >= 500 && problem.type !== "overloaded") {
      const { method, routeOptions } = request;
      request.log.error({ err: error, method, route: routeOptions.url, status: problem.status }, problem.message);
    }
    sendProblem(reply, problem);
  });
}

/** Answers what no route takes: 405 where another method is taken, 404 elsewhere. */
export function answerUnmatched(app: App): void {
  app.setNotFoundHandler((request) => {
    const path = pathOf(request.url);
    const allowed = METHODS.filter((method) => app.findRoute({ method, url: path }) !== null);
    // A route may take the method and have nothing to answer with: that of a folder's files.
    if (allowed.length === 0 || allowed.some((method) => method === request.method)) {
      throw new Problem(404, "not-found", "No route has this path.");
    }
    const allow = allowed.join(", ");
    throw new Problem(405, "method-not-allowed", `Allowed here: ${allow}.`, { headers: { allow } });
  });
}

/** Sends a problem as the answer to a request. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.retryAfterSeconds !== undefined) reply.header("retry-after", problem.retryAfterSeconds);
  reply
    .code(problem.status)
    .headers(problem.headers)
    .header("content-type", PROBLEM_MEDIA_TYPE)
    .header("cache-control", "no-store")
    .send(problem.body(pathOf(reply.request.url), reply.request.id));
}

/** The problem that an error is to the client. */
export function problemOf(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (unavailable(error) !== undefined) {
    return new Problem(503, "unavailable", "The database cannot be reached at the moment.", {
      retryAfterSeconds: DATABASE_RETRY_SECONDS,
    });
  }
  const { statusCode = 500, code } = error as Partial<FastifyError>;
  if (statusCode < 400 || statusCode > 499) {
    return new Problem(500, "internal-error", "The service failed. Its log has more under the request's id.");
  }
  return new Problem(statusCode, TYPES[statusCode] ?? "invalid-request", detailOf(statusCode, code, request));
}

function detailOf(status: number, code: string | undefined, { routeOptions }: FastifyRequest): string {
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return `The body is larger than the ${routeOptions.bodyLimit} bytes that are allowed here.`;
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return `The body's type is not taken; allowed: ${(routeOptions.schema?.consumes ?? ["application/json"]).join(", ")}.`;
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return "The body is shorter than its Content-Length.";
    case "FST_ERR_BAD_URL":
      return "The address is not percent-encoded UTF-8.";
    default:
      return `The request cannot be processed: ${STATUS_CODES[status] ?? "client error"}.`;
  }
}
