import { METHODS } from "node:http";
import { fastify, LogController } from "fastify";
import { anomalyRoutes } from "../anomalies/routes.ts";
import { authentication } from "../auth/authentication.ts";
import { rateLimit } from "../auth/rate-limit.ts";
import { sessionRoutes } from "../auth/routes.ts";
import type { ServerConfig } from "../config.ts";
import { pointRoutes } from "../datasets/point-routes.ts";
import { datasetRoutes } from "../datasets/routes.ts";
import { modelRoutes, predictionRoutes } from "../models/routes.ts";
import { prepareBodies } from "./bodies.ts";
import { answerClientError } from "./client-errors.ts";
import { compressJson } from "./compression.ts";
import { allowOrigins } from "./cors.ts";
import { docRoutes } from "./docs.ts";
import { answerProblems, answerUnmatched, problemOf, sendProblem } from "./errors.ts";
import { setHeaders, writeHeaders } from "./headers.ts";
import { healthRoutes } from "./health.ts";
import { admitHosts } from "./hosts.ts";
import { limitFlights, receivingSeconds } from "./in-flight.ts";
import { readJsonBodies } from "./json-body.ts";
import { shedWhenLate } from "./loop-delay.ts";
import { observeRequests } from "./observation.ts";
import { describeRoutes } from "./openapi.ts";
import { requestIds } from "./request-id.ts";
import type { App, Services } from "./services.ts";
import { refuseOddTargets } from "./target.ts";
import { validatorCompiler } from "./validation.ts";

/** Those of the routes. */
const USED_METHODS: readonly string[] = ["DELETE", "GET", "HEAD", "OPTIONS", "POST"];

/** Bodies of JSON. Points are streamed, and have MAX_BODY_BYTES of the configuration. */
const JSON_BODY_BYTES = 1_048_576;

/** No part of a path that a route names is longer: ids have 16 digits. */
const PARAM_LENGTH = 64;

/** How often Node looks for connections whose time is over. */
const CHECK_CONNECTIONS_MS = 1000;

/** Adds routes to a scope of their own. */
export type Routes = (app: App, services: Services) => void | Promise<void>;

const ROUTES: readonly Routes[] = [
  sessionRoutes,
  anomalyRoutes,
  datasetRoutes,
  pointRoutes,
  modelRoutes,
  predictionRoutes,
];

/** Logs no line for each request: {@link observeRequests} has its own. */
class QuietLogController extends LogController {
  override incomingRequest(): void {}
  override requestCompleted(): void {}
}

/**
 * Builds the API on what it works with. It does not listen, and touches no process.
 *
 * Probes ask for the pod by its address and must be answered under any load, so that health stands before hosts and
 * limits; documentation stands before sessions.
 *
 * @param routes what the API consists of beside health and documentation
 */
export async function buildApp(services: Services, routes: readonly Routes[] = ROUTES): Promise<App> {
  const app = createApp(services);
  services.tracing?.instrument(app);
  app.decorate("pressure", { shedding: false });
  prepareBodies(app, services.config);
  observeRequests(app, services);
  answerProblems(app);
  setHeaders(app, services);
  await describeRoutes(app);
  healthRoutes(app, services);
  await app.register((scope: App) => limited(scope, services, routes));
  return app;
}

async function limited(app: App, services: Services, routes: readonly Routes[]): Promise<void> {
  const { config } = services;
  refuseOddTargets(app);
  admitHosts(app, config.ALLOWED_HOSTS);
  await allowOrigins(app, config.CORS_ORIGINS);
  limitFlights(app, services);
  await shedWhenLate(app, services);
  compressJson(app, config);
  await app.register(docRoutes);
  await app.register((scope: App) => api(scope, services, routes));
}

async function api(app: App, services: Services, routes: readonly Routes[]): Promise<void> {
  await app.register(authentication, services);
  await app.register(rateLimit, services);
  answerUnmatched(app);
  for (const register of routes) await app.register(async (scope: App) => register(scope, services));
}

function createApp({ config, logger }: Services): App {
  const app: App = fastify({
    loggerInstance: logger,
    logController: new QuietLogController({ requestIdLogLabel: "request_id" }),
    genReqId: requestIds(),
    // Only the load balancer reaches the pod, so that hops can be counted from its connection on.
    trustProxy: config.TRUSTED_PROXIES > 0 && ((_address, hop) => hop < config.TRUSTED_PROXIES),
    bodyLimit: JSON_BODY_BYTES,
    routerOptions: { maxParamLength: PARAM_LENGTH },
    http: httpOptions(config),
    keepAliveTimeout: config.KEEP_ALIVE_TIMEOUT_SECONDS * 1000,
    requestTimeout: receiveTimeoutMs(config),
    maxRequestsPerSocket: config.KEEP_ALIVE_REQUESTS,
    // A request that still comes over an open connection is answered, and its connection closed: the framework's 503
    // would fail it for nothing.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // Without a route there are no hooks.
    frameworkErrors: (error, request, reply) => {
      writeHeaders(reply);
      sendProblem(reply, problemOf(error, request));
    },
  }).withTypeProvider();
  // Methods that no route has are refused as such, whatever the framework knows of them and expects in their bodies.
  for (const method of METHODS)
    if (!USED_METHODS.includes(method)) app.addHttpMethod(method, { overrideExisting: true });
  // Another expectation than 100-continue may be ignored (RFC 9110, 10.1.1): Node's own refusal passes by every hook.
  app.server.on("checkExpectation", (request, response) => app.server.emit("request", request, response));
  app.setValidatorCompiler(validatorCompiler());
  readJsonBodies(app);
  return app;
}

function httpOptions(config: ServerConfig) {
  return {
    maxHeaderSize: config.MAX_HEADER_BYTES,
    headersTimeout: config.HEADERS_TIMEOUT_SECONDS * 1000,
    requestTimeout: receiveTimeoutMs(config),
    connectionsCheckingInterval: CHECK_CONNECTIONS_MS,
    // Requests without a body, most of them, then get no stream for one.
    optimizeEmptyRequests: true,
    // A Host header that is missing is answered as one that is not allowed: as a problem. Probes need none.
    requireHostHeader: false,
  };
}

/**
 * How long a request may take to arrive, its body included. It is no time-out of the answer, and must not be: an upload of
 * MAX_BODY_BYTES over a slow line takes minutes. Never below the headers' own time: Node would swap the two.
 */
function receiveTimeoutMs({ MAX_BODY_BYTES, HEADERS_TIMEOUT_SECONDS }: ServerConfig): number {
  return Math.ceil(Math.max(receivingSeconds(MAX_BODY_BYTES), HEADERS_TIMEOUT_SECONDS)) * 1000;
}
