import { Type } from "@fastify/type-provider-typebox";
import { Problem } from "../http/problem.ts";
import type { App, Services } from "../http/services.ts";
import { bearerToken, CHALLENGE } from "./authentication.ts";
import { InvalidApiKey } from "./sessions.ts";

/** An API key has 59 characters; what is a little longer is told to be invalid, as every other wrong key is. */
const MAX_KEY_LENGTH = 200;
/** The body of a request is a key and little more. */
const MAX_BODY_BYTES = 1024;

const OpenSession = Type.Object(
  {
    api_key: Type.String({ minLength: 1, maxLength: MAX_KEY_LENGTH, description: "The API key: pk_…" }),
  },
  { additionalProperties: false },
);

const OpenedSession = Type.Object(
  {
    token: Type.String({ description: "Sent with every other request: Authorization: Bearer <token>" }),
    expires_at: Type.String({ format: "date-time" }),
    scopes: Type.Array(Type.Union([Type.Literal("read"), Type.Literal("write")])),
  },
  { additionalProperties: false },
);

/** Routes that open and end sessions. */
export function sessionRoutes(app: App, { sessions }: Pick<Services, "sessions">): void {
  app.post(
    "/api/v1/auth/sessions",
    {
      bodyLimit: MAX_BODY_BYTES,
      config: { scope: "none", limitedBy: "address" },
      schema: {
        summary: "Open a session",
        description: "Answers an API key with a session's token, which is good for 12 hours and shown only here.",
        tags: ["auth"],
        body: OpenSession,
        response: { 201: OpenedSession },
      },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      try {
        const { token, identity } = await sessions.open(request.body.api_key);
        reply.code(201);
        return { token, expires_at: identity.expiresAt, scopes: [...identity.scopes] };
      } catch (error) {
        if (!(error instanceof InvalidApiKey)) throw error;
        throw new Problem(401, "unauthorized", "The API key is not valid.", {
          headers: { "www-authenticate": CHALLENGE },
        });
      }
    },
  );

  app.delete(
    "/api/v1/auth/sessions/current",
    {
      config: { scope: "any", limitedBy: "address" },
      schema: {
        summary: "End the session that the request carries",
        tags: ["auth"],
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      await sessions.close(request.identity, bearerToken(request) ?? "");
      reply.code(204);
      return null;
    },
  );
}
