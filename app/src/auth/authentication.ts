import type { FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { Problem, type ProblemType } from "../http/problem.ts";
import type { Scope } from "./keys.ts";
import { createAddressLimit, type Done, type RateLimitOptions } from "./rate-limit.ts";
import type { Identity, Sessions } from "./sessions.ts";

/** What a route asks of a session: a scope, any scope at all, or not even a session. */
export type RouteScope = Scope | "any" | "none";

/** Where the hook leaves the identity. */
const IDENTITY = Symbol("identity");

declare module "fastify" {
  interface FastifyRequest {
    /**
     * Who asks.
     *
     * @throws Error at a route with scope `none`
     */
    readonly identity: Identity;
    [IDENTITY]: Identity | undefined;
  }
  interface FastifyContextConfig {
    /** Every route says what it asks of a session. */
    readonly scope?: RouteScope;
  }
}

/** What authentication works with. */
export interface AuthenticationOptions extends RateLimitOptions {
  readonly sessions: Sessions;
}

/** A token in the header `Authorization` (RFC 6750). */
const BEARER = /^bearer +([^ ]+)$/i;

/** What a 401 asks for: the value of the header `WWW-Authenticate`. */
export const CHALLENGE = 'Bearer realm="pynomaly"';

/**
 * Finds out who asks, and refuses who may not: 401 without a session, 403 without the route's scope. Both are taken from
 * the address's quota, and an address that used it up waits: a flood of made-up tokens does not reach the database.
 */
export const authentication = fp<AuthenticationOptions>(
  (app, options, registered) => {
    const { sessions } = options;
    const addresses = createAddressLimit(options);

    const refuse = (problem: Problem, request: FastifyRequest, reply: FastifyReply, done: Done) => {
      addresses.take(request, reply, (refusal) => done(refusal ?? problem));
    };
    const admit = (
      identity: Identity | undefined,
      scope: Scope | "any",
      request: FastifyRequest,
      reply: FastifyReply,
      done: Done,
    ) => {
      if (identity === undefined) return refuse(unknownSession(), request, reply, done);
      if (scope !== "any" && !identity.scopes.includes(scope)) return refuse(missingScope(scope), request, reply, done);
      request[IDENTITY] = identity;
      done();
    };

    app.decorateRequest(IDENTITY, undefined);
    app.decorateRequest("identity", {
      getter() {
        const identity = this[IDENTITY];
        if (identity === undefined) throw new Error("the route asks for no session and uses one");
        return identity;
      },
    });
    app.addHook("onRoute", ({ method, url, config }) => {
      if (config?.scope === undefined) throw new Error(`the route ${method} ${url} does not say its scope`);
    });
    app.addHook("onRequest", (request, reply, done) => {
      // What was registered before this plugin may not say its scope.
      const { scope = "write" } = request.routeOptions.config;
      if (scope === "none" || request.is404) return done();
      const token = bearerToken(request);
      if (token === undefined) return refuse(noSession(), request, reply, done);
      const waits = addresses.refusal(request);
      if (waits !== undefined && !sessions.remembers(token)) return done(waits);
      const found = sessions.identify(token);
      if (found instanceof Promise) found.then((identity) => admit(identity, scope, request, reply, done), done);
      else admit(found, scope, request, reply, done);
    });
    registered();
  },
  { name: "authentication" },
);

/** The token that a request carries; `undefined` when there is none. */
export function bearerToken(request: FastifyRequest): string | undefined {
  return BEARER.exec(request.headers.authorization ?? "")?.[1];
}

function noSession(): Problem {
  const detail = "Open a session with POST /api/v1/auth/sessions, and send its token: Authorization: Bearer <token>.";
  return refusal(401, "unauthorized", detail, CHALLENGE);
}

function unknownSession(): Problem {
  const detail = "The session is unknown, has ended or has expired. Open another with POST /api/v1/auth/sessions.";
  return refusal(401, "unauthorized", detail, `${CHALLENGE}, error="invalid_token"`);
}

function missingScope(scope: Scope): Problem {
  const detail = `The session's API key does not have the scope ${scope}.`;
  return refusal(403, "forbidden", detail, `${CHALLENGE}, error="insufficient_scope", scope="${scope}"`);
}

function refusal(status: number, type: ProblemType, detail: string, challenge: string): Problem {
  return new Problem(status, type, detail, { headers: { "www-authenticate": challenge } });
}
