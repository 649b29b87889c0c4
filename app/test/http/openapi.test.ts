import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { OPENAPI_FILE, openApiText } from "../../src/http/openapi-text.ts";
import { PROBLEM_URIS } from "../../src/http/problem.ts";
import { subject } from "./support.ts";

interface Operation {
  readonly security: readonly object[];
  readonly summary?: string;
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly description?: string }>>;
}

const text = await openApiText();
const document = JSON.parse(text);
const operations = new Map<string, Operation>(
  Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [`${method} ${path}`, operation]),
  ),
);

test("the committed document is that of the routes: npm run openapi writes it", async () => {
  const committed = await readFile(OPENAPI_FILE, "utf8");
  assert.ok(committed === text, "openapi.json is out of date");
});

test("the document is served as it is committed", async (t) => {
  const { app } = await subject(t);
  const answer = await app.inject("/openapi.json");
  assert.match(String(answer.headers["content-type"]), /^application\/json/);
  assert.equal(answer.json().openapi, "3.1.0");
  assert.deepEqual(Object.keys(answer.json().paths), ["/health", "/ready"], "of an app without routes");
});

test("it describes every route of the API", () => {
  assert.deepEqual([...operations.keys()].sort(), [
    "delete /api/v1/auth/sessions/current",
    "get /api/v1/anomalies",
    "get /api/v1/anomalies/{id}",
    "get /api/v1/datasets",
    "get /api/v1/datasets/{id}",
    "get /api/v1/datasets/{id}/stats",
    "get /api/v1/models",
    "get /api/v1/models/{id}",
    "get /health",
    "get /ready",
    "post /api/v1/auth/sessions",
    "post /api/v1/datasets",
    "post /api/v1/datasets/{id}/points",
    "post /api/v1/models/{id}/predictions",
  ]);
});

test("every operation has a summary, its problems, and asks for a session where it needs one", () => {
  const open = new Set(["get /health", "get /ready", "post /api/v1/auth/sessions"]);
  for (const [name, { summary, responses, security }] of operations) {
    assert.ok(summary, name);
    assert.equal(responses["4XX"]?.$ref, "#/components/responses/Problem", name);
    assert.equal(responses["5XX"]?.$ref, "#/components/responses/Problem", name);
    assert.deepEqual(security, open.has(name) ? [] : [{ session: [] }], name);
    for (const response of Object.values(responses)) assert.notEqual(response.description, "Default Response", name);
  }
});

test("every reference leads somewhere", () => {
  for (const [, reference] of text.matchAll(/"\$ref": "#\/([^"]+)"/g)) {
    const target = (reference ?? "").split("/").reduce((node, key) => node?.[key], document);
    assert.ok(target, reference);
  }
});

test("the document has the types of all problems", () => {
  assert.deepEqual(document.components.schemas.Problem.properties.type.enum, PROBLEM_URIS);
});
