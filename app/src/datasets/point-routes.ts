import type { Readable } from "node:stream";
import { Type } from "@fastify/type-provider-typebox";
import { IdempotencyHeaders, idempotent, sendAnswer } from "../http/idempotency.ts";
import { Problem } from "../http/problem.ts";
import type { App, Services } from "../http/services.ts";
import { FORMATS } from "./formats.ts";
import { copyRows, inTime, UploadSlots } from "./ingestion.ts";
import { copyPoints, readDataset } from "./repository.ts";
import { missing } from "./routes.ts";
import { AcceptedPoints, DatasetParams, Point } from "./schemas.ts";
import { openUpload } from "./upload.ts";

/** The route that takes points. It has a scope of its own, whose bodies are not parsed but handed on as streams. */
export function pointRoutes(app: App, { config, database, cache }: Services): void {
  const slots = new UploadSlots(config.DATABASE_WRITER_POOL_MAX);
  const { validatorCompiler } = app;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(Object.keys(FORMATS), (_request, body, done) => done(null, body));

  app.post(
    "/api/v1/datasets/:id/points",
    {
      config: { scope: "write" },
      bodyLimit: config.MAX_BODY_BYTES,
      schema: {
        tags: ["datasets"],
        summary: "Add points to a dataset",
        description: `All points of the body are stored, or none. The body may be gzipped, and has at most ${config.MAX_BODY_BYTES} bytes, also after decompression.`,
        consumes: Object.keys(FORMATS),
        params: DatasetParams,
        headers: IdempotencyHeaders,
        body: {
          content: {
            "application/x-ndjson": { schema: { ...Point, description: "One point on each line." } },
            "application/json": { schema: Type.Array(Point, { minItems: 1 }) },
          },
        },
        response: { 201: AcceptedPoints },
      },
      // The body's schema describes it: its points are checked as they come.
      validatorCompiler: (part) =>
        part.httpPart === "body" || validatorCompiler === undefined ? () => true : validatorCompiler(part),
    },
    async (request, reply) => {
      const { id } = request.params;
      const { "content-encoding": encoding, "content-length": length, "idempotency-key": key } = request.headers;
      const format = FORMATS[request.mediaType ?? ""];
      if (format === undefined) throw noPoints();
      const target = await cache.cached("datasets", `target|${id}`, async (loading) => {
        const dataset = (await readDataset(database, id, loading)) ?? missing(id);
        return { datasetId: id, featureCount: dataset.features.length };
      });
      const upload = openUpload(request.body as Readable, {
        encoding,
        length,
        target: `points of dataset ${id} as ${request.mediaType}`,
        maxBytes: config.MAX_BODY_BYTES,
      });
      // Of the answer: the request's own `close`, and `request.signal` with it, comes as soon as the body is received.
      reply.raw.once("close", upload.giveUp);
      const rows = copyRows(upload.chunks, format, target);
      try {
        const first = await rows.next();
        if (first.done) throw noPoints();
        const store = () =>
          idempotent(database, { userId: request.identity.userId, key, requestHash: upload.hash }, async (tx) => {
            let accepted = 0;
            const batches = inTime(first.value, rows, config.REQUEST_TIMEOUT_SECONDS, upload.giveUp);
            for await (const batch of batches) accepted += await copyPoints(tx, batch);
            return { status: 201, body: JSON.stringify({ dataset_id: id, accepted }) };
          });
        const answer = await (upload.complete ? store() : slots.run(store));
        // Also for an answer of before: the process that stored the points may have ended here.
        await cache.clearNamespace("datasets");
        return sendAnswer(reply, answer);
      } finally {
        await rows.return(undefined);
        await upload.discard();
      }
    },
  );
}

function noPoints(): Problem {
  return new Problem(400, "invalid-request", "The body has no points; allowed: one or more.");
}
