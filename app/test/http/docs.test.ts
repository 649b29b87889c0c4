import assert from "node:assert/strict";
import { test } from "node:test";
import { subject } from "./support.ts";

/** Every attribute by which a page loads something. */
const LOADED = /<(?:script|link|img|iframe|source|object|embed)\b[^>]*?\b(?:src|href|data)="([^"]*)"/g;

for (const page of ["/docs", "/docs/", "/redoc"]) {
  test(`${page} loads everything from here`, async (t) => {
    const { app } = await subject(t);
    const { statusCode, headers, body } = await app.inject(page);
    assert.equal(statusCode, 200);
    assert.match(String(headers["content-type"]), /^text\/html/);
    const assets = [...body.matchAll(LOADED)]
      .map(([, asset]) => asset ?? "")
      .filter((asset) => !asset.startsWith("data:"));
    assert.ok(assets.length > 0);
    for (const asset of assets) {
      const { origin, pathname } = new URL(asset, `http://here${page}`);
      assert.equal(origin, "http://here", asset);
      const answer = await app.inject(pathname);
      assert.equal(answer.statusCode, 200, asset);
      assert.ok(answer.rawPayload.length > 0, asset);
      assert.equal(answer.headers["x-content-type-options"], "nosniff");
    }
    assert.equal(/<(?:script|style)>|\bon\w+="|url\(/.test(body), false, "nothing inline, which the policy forbids");
  });

  test(`${page} may load nothing from elsewhere`, async (t) => {
    const { app } = await subject(t);
    const policy = String((await app.inject(page)).headers["content-security-policy"]);
    const sources = policy.split("; ").flatMap((directive) => directive.split(" ").slice(1));
    assert.deepEqual([...new Set(sources)].sort(), ["'none'", "'self'", "'unsafe-inline'", "data:"]);
    assert.match(policy, /script-src 'self'(;|$)/);
  });
}

test("the style sheets of the pages load nothing from elsewhere", async (t) => {
  const { app } = await subject(t);
  for (const sheet of ["swagger-ui.css", "index.css"]) {
    const { body } = await app.inject(`/docs/static/${sheet}`);
    const loaded = [...body.matchAll(/url\(\s*["']?([^"')]+)/g)].map(([, url]) => url ?? "");
    assert.deepEqual(
      loaded.filter((url) => /^(?:https?:)?\/\//.test(url)),
      [],
      sheet,
    );
    assert.equal(body.includes("@import"), false, sheet);
  }
});

test("Redoc reads the document from here, and reports nothing", async (t) => {
  const { app } = await subject(t);
  const { body } = await app.inject("/redoc");
  assert.match(body, /spec-url="\/openapi\.json"/);
  assert.match(body, /disable-telemetry="true"/);
});

test("no other file of the packages is served", async (t) => {
  const { app } = await subject(t);
  const files = [
    "/redoc/redoc.js",
    "/redoc/",
    "/redoc/../package.json",
    "/docs/static/../package.json",
    "/docs/static/nope.js",
  ];
  for (const url of files) {
    const { statusCode, headers } = await app.inject(url);
    assert.equal(statusCode, 404, url);
    assert.equal(headers["content-type"], "application/problem+json", url);
  }
});
