import type { Loading } from "../cache/cache.ts";
import type { Executor } from "../database/database.ts";
import { sendCached } from "../http/cached.ts";
import { IdempotencyHeaders, idempotent, requestHash, sendAnswer } from "../http/idempotency.ts";
import { RETRY_AFTER_SECONDS } from "../http/in-flight.ts";
import { Problem, type ProblemType } from "../http/problem.ts";
import type { App, Services } from "../http/services.ts";
import { type Storing, storing } from "./anomalies.ts";
import { bodyRoom } from "./body-room.ts";
import { type ModelRow, ModelsBusy, ModelUnavailable } from "./model.ts";
import type { Scored } from "./models.ts";
import { RETRY_SECONDS } from "./registry.ts";
import { datasetExists, listKey, publicModel, readModel, readModels } from "./repository.ts";
import { toRows } from "./rows.ts";
import { Model, ModelListQuery, ModelPage, ModelParams, Prediction, PredictionRequest, ROWS_MAX } from "./schemas.ts";

const tags = ["models"];

/** {@link ROWS_MAX} rows of 64 numbers with all their digits. */
const BODY_MAX_BYTES = 16 * 1024 ** 2;

/** The routes that models are read by. */
export function modelRoutes(app: App, { database, cache }: Services): void {
  const answer = { cache, namespace: "models" } as const;

  app.get(
    "/api/v1/models",
    {
      config: { scope: "read" },
      schema: { tags, summary: "Models, newest first", querystring: ModelListQuery, response: { 200: ModelPage } },
    },
    (request, reply) => {
      const { query } = request;
      const load = async (loading: Loading) => JSON.stringify(await readModels(database, query, loading));
      sendCached(request, reply, { ...answer, key: listKey(query), load });
    },
  );

  app.get(
    "/api/v1/models/:id",
    {
      config: { scope: "read" },
      schema: { tags, summary: "One model", params: ModelParams, response: { 200: Model } },
    },
    (request, reply) => {
      const { id } = request.params;
      const load = async (loading: Loading) =>
        JSON.stringify(publicModel((await readModel(database, id, loading)) ?? missing(id)));
      sendCached(request, reply, { ...answer, key: `id|${id}`, load });
    },
  );
}

/** The route that rows are scored by. */
export function predictionRoutes(app: App, { database, cache, models }: Services): void {
  const findModel = (id: number) =>
    cache.cached("models", `row|${id}`, async (loading) => (await readModel(database, id, loading)) ?? missing(id));

  const checkDataset = (id: number) =>
    cache.cached("datasets", `exists|${id}`, async (loading) => {
      if (await datasetExists(database, id, loading)) return true;
      throw new Problem(400, "invalid-request", "The body is not valid.", {
        errors: [{ pointer: "/body/dataset_id", detail: `there is no dataset ${id}; allowed: one that exists` }],
      });
    });

  app.post(
    "/api/v1/models/:id/predictions",
    {
      config: { scope: "write" },
      bodyLimit: BODY_MAX_BYTES,
      preParsing: bodyRoom(),
      schema: {
        tags,
        summary: "Score rows, and store the anomalies among them",
        description: `Up to ${ROWS_MAX} rows. Those that score at least the threshold are stored as anomalies: the score as severity, the row's first number as value.`,
        params: ModelParams,
        headers: IdempotencyHeaders,
        body: PredictionRequest,
        response: { 200: Prediction },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { id } = request.params;
      const found = await findModel(id);
      if (found.status === "retired") throw new Problem(409, "conflict", `The model ${id} is retired.`);
      const model = { ...found, threshold: body.threshold ?? found.threshold };
      const rows = toRows(body, model.feature_count);
      if (body.dataset_id !== undefined) await checkDataset(body.dataset_id);

      const scored = await models.predict(model, rows, model.feature_count).catch(rethrow);
      const anomalies = storing(model, body, scored);
      const answer = { status: 200, body: predictionJson(model, scored, anomalies) };
      const store = async (executor: Executor) => {
        if (anomalies.count > 0) await executor.query(anomalies.statement, anomalies.values);
        return answer;
      };

      const key = request.headers["idempotency-key"];
      const stored =
        key === undefined
          ? { ...(await store({ query: (statement, values) => database.write(statement, values) })), replayed: false }
          : await idempotent(
              database,
              {
                userId: request.identity.userId,
                key,
                requestHash: requestHash(`predictions of model ${id}`, JSON.stringify(body)),
              },
              store,
            );
      if (anomalies.count > 0) await cache.clearNamespace("anomalies");
      return sendAnswer(reply, stored);
    },
  );
}

function predictionJson(model: ModelRow, { scores, labels }: Scored, anomalies: Storing): string {
  const prediction: Prediction = {
    model_id: model.id,
    model_version: model.version,
    threshold: model.threshold,
    scores: Array.from(scores),
    labels: Array.from(labels),
    anomalies: anomalies.count,
  };
  return JSON.stringify(prediction);
}

/** @throws Problem 503 for a model that cannot predict now */
function rethrow(error: unknown): never {
  if (error instanceof ModelUnavailable) throw unavailable("unavailable", error, RETRY_SECONDS);
  if (error instanceof ModelsBusy) throw unavailable("overloaded", error, RETRY_AFTER_SECONDS);
  throw error;
}

function unavailable(type: ProblemType, error: Error, retryAfterSeconds: number): Problem {
  const problem = new Problem(503, type, error.message, { retryAfterSeconds });
  // The log has what the client is not told.
  problem.cause = error;
  return problem;
}

/** @throws Problem 404 */
function missing(id: number): never {
  throw new Problem(404, "not-found", `There is no model ${id}.`);
}
