import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import type { Static } from "@fastify/type-provider-typebox";
import { Value } from "typebox/value";
import { datasetRoutes } from "../../src/datasets/routes.ts";
import { Dataset, DatasetPage, DatasetStats, FEATURES_MAX } from "../../src/datasets/schemas.ts";
import { encodeCursor } from "../../src/http/cursor.ts";
import { subject } from "../http/support.ts";
import { ask, type Backend, startBackend } from "../support/backend.ts";

let backend: Backend;

before(async () => {
  backend = await startBackend();
});

after(() => backend.stop());

beforeEach(async () => {
  await backend.owner.query("TRUNCATE datasets RESTART IDENTITY CASCADE");
  await backend.cache.clearNamespace("datasets");
});

/** A client of the routes, with a session. */
async function client(t: TestContext) {
  const { database, cache } = backend;
  const { app } = await subject(t, { services: { database, cache }, routes: [datasetRoutes] });
  return {
    get: (path: string) => ask(app, { url: `/api/v1/datasets${path}` }),
    create: (payload: object) => ask(app, { method: "POST", url: "/api/v1/datasets", payload }),
  };
}

type Client = Awaited<ReturnType<typeof client>>;

async function names({ get }: Client, query: string): Promise<string[]> {
  const response = await get(query);
  assert.equal(response.statusCode, 200, response.body);
  assert.deepEqual([...Value.Errors(DatasetPage, response.json())], []);
  return response.json().datasets.map(({ name }: { name: string }) => name);
}

test("a dataset that was created is found under its location, and in the list at once", async (t) => {
  const datasets = await client(t);
  assert.deepEqual(await names(datasets, ""), []);
  const created = await datasets.create({ name: "pump 7", description: "Räder\n„und“ \t☃", features: ["b", "a", "ü"] });
  assert.equal(created.statusCode, 201, created.body);
  assert.equal(created.headers.location, "/api/v1/datasets/1");
  const found = await datasets.get("/1");
  assert.equal(found.statusCode, 200);
  assert.deepEqual(found.json(), created.json());
  assert.deepEqual([...Value.Errors(Dataset, found.json())], []);
  assert.deepEqual(found.json().features, ["b", "a", "ü"]);
  assert.equal(found.json().description, "Räder\n„und“ \t☃");
  assert.deepEqual(await names(datasets, ""), ["pump 7"]);
  const { rows } = await backend.owner.query("SELECT position, feature_name FROM dataset_features ORDER BY position");
  assert.deepEqual(
    rows.map(({ position, feature_name: name }) => [position, name]),
    [
      [1, "b"],
      [2, "a"],
      [3, "ü"],
    ],
  );
});

test("a name is taken once", async (t) => {
  const { create, get } = await client(t);
  const answers = await Promise.all(["x", "y"].map((feature) => create({ name: "pump", features: [feature] })));
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [201, 409]);
  const refused = answers.find(({ statusCode }) => statusCode === 409)?.json();
  assert.deepEqual([refused.type, refused.errors[0].pointer], ["/problems/conflict", "/body/name"]);
  assert.equal((await get("")).json().count, 1);
  assert.equal((await backend.owner.query("SELECT FROM dataset_features")).rowCount, 1);
});

test("a dataset whose creation was not answered is in the list when its client tries again", async (t) => {
  const datasets = await client(t);
  assert.deepEqual(await names(datasets, ""), []);
  // What a process leaves that ends between the two.
  await backend.owner.query("INSERT INTO datasets (name) VALUES ('pump')");
  assert.equal((await datasets.create({ name: "pump", features: ["a"] })).statusCode, 409);
  assert.deepEqual(await names(datasets, ""), ["pump"]);
});

test("a body that is no dataset is told what is allowed, and stores nothing", async (t) => {
  const { create } = await client(t);
  const dataset = { name: "pump", features: ["a"] };
  const bad: readonly (readonly [object, string])[] = [
    [{}, "/body/name"],
    [{ name: "pump" }, "/body/features"],
    [{ ...dataset, name: "" }, "/body/name"],
    [{ ...dataset, name: "x".repeat(201) }, "/body/name"],
    [{ ...dataset, name: 7 }, "/body/name"],
    [{ ...dataset, name: "line\nbreak" }, "/body/name"],
    [{ ...dataset, name: "half \ud83d" }, "/body/name"],
    [{ ...dataset, description: "half \ude00" }, "/body/description"],
    [{ ...dataset, description: null }, "/body/description"],
    [{ ...dataset, description: "x".repeat(2001) }, "/body/description"],
    [{ ...dataset, features: [] }, "/body/features"],
    [{ ...dataset, features: ["a", "a"] }, "/body/features"],
    [{ ...dataset, features: ["a", ""] }, "/body/features/1"],
    [{ ...dataset, features: ["x".repeat(201)] }, "/body/features/0"],
    [{ ...dataset, features: Array.from({ length: FEATURES_MAX + 1 }, (_, index) => `${index}`) }, "/body/features"],
    [{ ...dataset, features: "a" }, "/body/features"],
    [{ ...dataset, id: 5 }, "/body/id"],
  ];
  for (const [body, pointer] of bad) {
    const response = await create(body);
    assert.equal(response.statusCode, 400, `${JSON.stringify(body)}: ${response.body}`);
    assert.ok(
      response.json().errors.some((fault: { pointer: string }) => fault.pointer === pointer),
      response.body,
    );
  }
  assert.equal((await backend.owner.query("SELECT FROM datasets")).rowCount, 0);
  const features = Array.from({ length: FEATURES_MAX }, (_, index) => `${index} ${"😀".repeat(196)}`);
  const largest = await create({ name: "😀".repeat(200), description: "\u0001".repeat(2000), features });
  assert.equal(largest.statusCode, 201, largest.body);
  assert.deepEqual(largest.json().features, features);
});

test("a search finds a part of a name, whatever its characters mean elsewhere", async (t) => {
  const datasets = await client(t);
  const all = [
    "100% load",
    "100 load",
    "a_b",
    "aXb",
    "back\\slash",
    "Größe",
    "'; DROP TABLE datasets; --",
    "PUMP seven",
  ];
  for (const name of all) assert.equal((await datasets.create({ name, features: ["a"] })).statusCode, 201);
  const expected: readonly (readonly [string, readonly string[]])[] = [
    ["%", ["100% load"]],
    ["_", ["a_b"]],
    ["\\", ["back\\slash"]],
    ["a_b", ["a_b"]],
    ["100% l", ["100% load"]],
    ["GRÖSSE", []],
    ["größ", ["Größe"]],
    ["pump", ["PUMP seven"]],
    ["'; drop table", ["'; DROP TABLE datasets; --"]],
    ["e", ["PUMP seven", "'; DROP TABLE datasets; --", "Größe"]],
    ["nothing", []],
  ];
  for (const [search, found] of expected) {
    assert.deepEqual(await names(datasets, `?search=${encodeURIComponent(search)}`), found, search);
  }
});

test("pages by cursor have each dataset once, newest first", async (t) => {
  const datasets = await client(t);
  for (const name of ["a1", "b1", "a2", "b2", "a3", "b3"]) await datasets.create({ name, features: ["x"] });
  const walk = async (query: string) => {
    const seen: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page: Static<typeof DatasetPage> = (
        await datasets.get(`?limit=2${query}${cursor && `&cursor=${cursor}`}`)
      ).json();
      seen.push(...page.datasets.map(({ name }) => name));
      cursor = page.next_cursor;
    }
    return seen;
  };
  assert.deepEqual(await walk(""), ["b3", "a3", "b2", "a2", "b1", "a1"]);
  assert.deepEqual(await walk("&search=A"), ["a3", "a2", "a1"]);
});

test("a query that cannot be answered is told what is allowed", async (t) => {
  const { create, get } = await client(t);
  for (const name of ["one", "two"]) await create({ name, features: ["x"] });
  const cursor = (await get("?limit=1&search=o")).json().next_cursor;
  const bad: readonly (readonly [string, string])[] = [
    ["?limit=0", "/query/limit"],
    ["?limit=1001", "/query/limit"],
    ["?limit=1&limit=2", "/query/limit"],
    ["?search=", "/query/search"],
    [`?search=${"x".repeat(201)}`, "/query/search"],
    ["?search=a&search=b", "/query/search"],
    ["?search=%01", "/query/search"],
    ["?offset=1", "/query/offset"],
    [`?limit=1&cursor=${cursor}`, "/query/cursor"],
    [`?search=O&cursor=${cursor}`, "/query/cursor"],
    [`?search=o&cursor=${cursor}x`, "/query/cursor"],
    [`?cursor=${encodeCursor("9999999999999999", "datasets|")}`, "/query/cursor"],
    [`?cursor=${encodeCursor("0", "datasets|")}`, "/query/cursor"],
    ["/0", "/params/id"],
    ["/x", "/params/id"],
    ["/9007199254740992", "/params/id"],
    ["/-1/stats", "/params/id"],
  ];
  for (const [path, pointer] of bad) {
    const response = await get(path);
    assert.equal(response.statusCode, 400, `${path}: ${response.body}`);
    assert.ok(
      response.json().errors?.some((fault: { pointer: string }) => fault.pointer === pointer),
      response.body,
    );
  }
});

test("statistics are those of the dataset's points", async (t) => {
  const { create, get } = await client(t);
  for (const name of ["full", "empty"]) await create({ name, features: ["x", "y"] });
  await backend.owner.query(`INSERT INTO dataset_records (dataset_id, timestamp, values, is_anomaly, updated_at)
    SELECT 1, now(), '{1,2}', i = 1, timestamptz '2026-11-23 10:00:00.000001Z' - i * interval '1 hour' FROM generate_series(0, 3) i`);
  const stats = async (id: number) => {
    const response = await get(`/${id}/stats`);
    assert.deepEqual([...Value.Errors(DatasetStats, response.json())], []);
    return response.json();
  };
  assert.deepEqual(await stats(1), {
    dataset_id: 1,
    record_count: 4,
    feature_count: 2,
    anomaly_rate: 0.25,
    last_updated: "2026-11-23T10:00:00.000001Z",
  });
  assert.deepEqual(await stats(2), {
    dataset_id: 2,
    record_count: 0,
    feature_count: 2,
    anomaly_rate: null,
    last_updated: null,
  });
  for (const path of ["/3", "/3/stats", "/9007199254740991"]) {
    const response = await get(path);
    assert.equal(response.statusCode, 404, path);
    assert.equal(response.json().type, "/problems/not-found");
  }
});

test("each read costs one statement, and none while it is cached; a creation costs one", async (t) => {
  const { create, get } = await client(t);
  const cost = async (work: () => Promise<unknown>) => (await backend.statements(work)).length;
  assert.equal(await cost(() => create({ name: "pump", features: ["a", "b"] })), 1);
  for (const path of ["", "?search=ump", "/1", "/1/stats"]) {
    assert.equal(await cost(() => get(path)), 1, path);
    assert.equal(await cost(() => get(path)), 0, path);
  }
});
