import type { Loading } from "../cache/cache.ts";
import { sendCached } from "../http/cached.ts";
import { Problem } from "../http/problem.ts";
import type { App, Services } from "../http/services.ts";
import { createDataset, listKey, readDataset, readDatasets, readStats } from "./repository.ts";
import { Dataset, DatasetListQuery, DatasetPage, DatasetParams, DatasetStats, NewDataset } from "./schemas.ts";

const tags = ["datasets"];

/** A dataset's JSON is below 350 kB: 256 features and a description, every character escaped. */
const BODY_MAX_BYTES = 1_048_576;

/** The routes of datasets, without that of their points. */
export function datasetRoutes(app: App, { database, cache }: Services): void {
  const answer = { cache, namespace: "datasets" } as const;

  app.get(
    "/api/v1/datasets",
    {
      config: { scope: "read" },
      schema: {
        tags,
        summary: "Datasets, newest first",
        querystring: DatasetListQuery,
        response: { 200: DatasetPage },
      },
    },
    (request, reply) => {
      const { query } = request;
      const load = async (loading: Loading) => JSON.stringify(await readDatasets(database, query, loading));
      sendCached(request, reply, { ...answer, key: listKey(query), load });
    },
  );

  app.get(
    "/api/v1/datasets/:id",
    {
      config: { scope: "read" },
      schema: { tags, summary: "One dataset", params: DatasetParams, response: { 200: Dataset } },
    },
    (request, reply) => {
      const { id } = request.params;
      const load = async (loading: Loading) =>
        JSON.stringify((await readDataset(database, id, loading)) ?? missing(id));
      sendCached(request, reply, { ...answer, key: `id|${id}`, load });
    },
  );

  app.get(
    "/api/v1/datasets/:id/stats",
    {
      config: { scope: "read" },
      schema: { tags, summary: "What a dataset holds", params: DatasetParams, response: { 200: DatasetStats } },
    },
    (request, reply) => {
      const { id } = request.params;
      const load = async (loading: Loading) => JSON.stringify((await readStats(database, id, loading)) ?? missing(id));
      sendCached(request, reply, { ...answer, key: `stats|${id}`, load });
    },
  );

  app.post(
    "/api/v1/datasets",
    {
      bodyLimit: BODY_MAX_BYTES,
      config: { scope: "write" },
      schema: { tags, summary: "Create a dataset", body: NewDataset, response: { 201: Dataset } },
    },
    async (request, reply) => {
      const dataset = await createDataset(database, request.body);
      // Also where there is one already: the process that made it may have ended here, or not heard that it was made.
      await cache.clearNamespace("datasets");
      if (dataset === undefined) {
        throw new Problem(409, "conflict", "There is a dataset of this name.", {
          errors: [{ pointer: "/body/name", detail: "allowed: a name that no dataset has" }],
        });
      }
      return reply.code(201).header("location", `/api/v1/datasets/${dataset.id}`).send(dataset);
    },
  );
}

/** @throws Problem 404: there is no such dataset */
export function missing(id: number): never {
  throw new Problem(404, "not-found", `There is no dataset ${id}.`);
}
