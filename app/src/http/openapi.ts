import { STATUS_CODES } from "node:http";
import swagger from "@fastify/swagger";
import { Type } from "@fastify/type-provider-typebox";
import { PROBLEM_MEDIA_TYPE, PROBLEM_URIS } from "./problem.ts";
import type { App } from "./services.ts";

/** The version of the API, not of the program. */
const API_VERSION = "1.0.0";

const DESCRIPTION = `Datasets, their points, models, and the anomalies that models find in them.

Open a session with an API key, and send its token with every other request: \`Authorization: Bearer <token>\`.
Every error is a problem (RFC 9457) whose \`request_id\` is also in the service's log. Names in bodies, queries and paths
that are not described here are errors.`;

const ProblemSchema = Type.Object(
  {
    type: Type.Enum([...PROBLEM_URIS], { description: "What kind of problem it is. The URI names no page." }),
    title: Type.String({ description: "The same for every problem of the type." }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String({ description: "What happened here." }),
    instance: Type.Optional(Type.String({ description: "Path of the request." })),
    request_id: Type.String({ description: "Also in the header x-request-id." }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            pointer: Type.String({ description: "JSON pointer that begins with /body, /query, /params or /headers." }),
            detail: Type.String({ description: "What is allowed, and what was found." }),
          },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false },
);

const PROBLEM_RESPONSE = {
  description: "A problem.",
  headers: {
    "Retry-After": { description: "Seconds to wait: 429 and 503.", schema: { type: "integer" } as const },
  },
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** What is changed of an operation when the document is made. */
interface Operation {
  responses?: Record<string, { readonly description?: string }>;
}

/** What the generator writes where a schema has no description. */
const NO_DESCRIPTION = "Default Response";

/**
 * Describes the routes that follow as an OpenAPI document. Security and problems are added to the document alone: as
 * schemas of the routes they would be compiled and looked up for nothing.
 */
export async function describeRoutes(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Pynomaly API",
        version: API_VERSION,
        description: DESCRIPTION,
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          session: { type: "http", scheme: "bearer", description: "The token of POST /api/v1/auth/sessions." },
        },
        schemas: { Problem: ProblemSchema },
        responses: { Problem: PROBLEM_RESPONSE },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: { ...schema, security: route.config?.scope === "none" ? [] : [{ session: [] }] },
      url,
    }),
    transformObject: (document) => {
      if (!("openapiObject" in document)) throw new Error("the document is not one of OpenAPI 3");
      for (const path of Object.values(document.openapiObject.paths ?? {})) {
        for (const operation of Object.values(path ?? {}) as Operation[]) {
          const responses = Object.entries(operation.responses ?? {}).map(([status, response]) => [
            status,
            response.description === NO_DESCRIPTION ? { ...response, description: STATUS_CODES[status] } : response,
          ]);
          const problem = { $ref: "#/components/responses/Problem" };
          operation.responses = { ...Object.fromEntries(responses), "4XX": problem, "5XX": problem };
        }
      }
      return document.openapiObject;
    },
  });
}
