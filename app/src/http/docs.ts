import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import statics from "@fastify/static";
import swaggerUi from "@fastify/swagger-ui";
import type { App } from "./services.ts";

/** Where the OpenAPI document is. */
export const DOCUMENT_PATH = "/openapi.json";

/**
 * What the pages of the documentation may load: what this origin serves, and nothing else, also where their scripts would
 * ask a foreign one for icons or report their use to it. Both write styles into the page, and hold images in it.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const REDOC_FILE = "redoc.standalone.js";

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pynomaly API</title>
<link rel="icon" href="data:,">
</head>
<body>
<redoc spec-url="${DOCUMENT_PATH}" disable-telemetry="true"></redoc>
<script type="module" src="/redoc/${REDOC_FILE}"></script>
</body>
</html>
`;

/** The OpenAPI document, and its pages: Swagger UI under `/docs`, Redoc under `/redoc`, from files of their packages. */
export async function docRoutes(app: App): Promise<void> {
  app.addHook("onSend", (_request, reply, _payload, done) => {
    reply.header("content-security-policy", PAGE_POLICY);
    done();
  });

  let document: string | undefined;
  app.get(DOCUMENT_PATH, { schema: { hide: true }, config: { scope: "none" } }, (_request, reply) => {
    document ??= JSON.stringify(app.swagger());
    reply.header("content-type", "application/json").send(document);
  });

  app.get("/redoc", { schema: { hide: true }, config: { scope: "none" } }, (_request, reply) => {
    reply.header("content-type", "text/html; charset=utf-8").send(REDOC_PAGE);
  });
  await app.register(statics, {
    root: dirname(fileURLToPath(import.meta.resolve(`redoc/bundles/${REDOC_FILE}`))),
    prefix: "/redoc/",
    allowedPath: (path) => path === `/${REDOC_FILE}`,
    index: false,
    decorateReply: false,
  });

  await app.register(swaggerUi, { routePrefix: "/docs", theme: { title: "Pynomaly API" } });
}
