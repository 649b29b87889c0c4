import { type FastifyBaseLogger, fastify, type InjectOptions } from "fastify";
import { pino } from "pino";
import { authentication } from "../../src/auth/authentication.ts";
import { rateLimit } from "../../src/auth/rate-limit.ts";
import { sessionRoutes } from "../../src/auth/routes.ts";
import { answerProblems, answerUnmatched } from "../../src/http/errors.ts";
import { readJsonBodies } from "../../src/http/json-body.ts";
import type { App } from "../../src/http/services.ts";
import { validatorCompiler } from "../../src/http/validation.ts";
import type { Process } from "./servers.ts";

/** An app with what this part adds to it, and routes that tell who asked. */
export async function buildApp(process: Process): Promise<App> {
  const logger: FastifyBaseLogger = pino({ level: "trace" }, { write: (line) => process.lines.push(line) });
  const app: App = fastify({
    loggerInstance: logger,
    disableRequestLogging: true,
    trustProxy: true,
  }).withTypeProvider();
  app.setValidatorCompiler(validatorCompiler());
  readJsonBodies(app);
  answerProblems(app);
  app.get("/before", () => "registered before");
  await app.register(async (scope: App) => {
    await scope.register(authentication, process);
    await scope.register(rateLimit, process);
    answerUnmatched(scope);
    sessionRoutes(scope, process);
    scope.get("/open", { config: { scope: "none" } }, () => "open");
    scope.get("/careless", { config: { scope: "none" } }, (request) => request.identity.name);
    scope.get("/read", { config: { scope: "read" } }, (request) => request.identity.name);
    scope.post("/write", { config: { scope: "write" } }, (request) => request.identity.name);
  });
  return app;
}

let addresses = 0;

/** An address that nobody asked from: no test is limited by what another one did. */
export function newAddress(): string {
  addresses += 1;
  return `192.0.2.${addresses}`;
}

/** Asks an app from an address. */
export const ask = (app: App, options: InjectOptions, from = newAddress()) =>
  app.inject({ ...options, headers: { "x-forwarded-for": from, ...options.headers } });

/** Asks for what may be read with a token. */
export const askWith = (app: App, token: string, from?: string) =>
  ask(app, { url: "/read", headers: { authorization: `Bearer ${token}` } }, from);

/** Asks for a session. */
export const openWith = (app: App, payload: InjectOptions["payload"], from?: string) =>
  ask(app, { method: "POST", url: "/api/v1/auth/sessions", payload }, from);
