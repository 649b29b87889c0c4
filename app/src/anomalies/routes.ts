import { sendCached } from "../http/cached.ts";
import { Problem } from "../http/problem.ts";
import type { App, Services } from "../http/services.ts";
import { cacheKey, pageRequest } from "./query.ts";
import { readAnomaly, readPage } from "./repository.ts";
import { Anomaly, AnomalyListQuery, AnomalyPage, AnomalyParams } from "./schemas.ts";

/**
 * The routes that anomalies are read by. Their response schemas describe the answers in the API's document; the answers
 * are final bytes, which no serializer sees.
 */
export function anomalyRoutes(app: App, { database, cache }: Services): void {
  app.get(
    "/api/v1/anomalies",
    {
      config: { scope: "read" },
      schema: {
        tags: ["anomalies"],
        summary: "Anomalies, newest first",
        querystring: AnomalyListQuery,
        response: { 200: AnomalyPage },
      },
    },
    // Not async: an answer of the first level goes out in the turn of the event loop that its request came in.
    (request, reply) => {
      const page = pageRequest(request.query);
      sendCached(request, reply, {
        cache,
        namespace: "anomalies",
        key: cacheKey(page),
        load: (loading) => readPage(database, page, loading),
      });
    },
  );

  app.get(
    "/api/v1/anomalies/:id",
    {
      config: { scope: "read" },
      schema: { tags: ["anomalies"], summary: "One anomaly", params: AnomalyParams, response: { 200: Anomaly } },
    },
    (request, reply) => {
      const { id } = request.params;
      sendCached(request, reply, {
        cache,
        namespace: "anomalies",
        key: `id|${id}`,
        load: async (loading) => {
          const anomaly = await readAnomaly(database, id, loading);
          if (anomaly === undefined) throw new Problem(404, "not-found", `There is no anomaly ${id}.`);
          return anomaly;
        },
      });
    },
  );
}
