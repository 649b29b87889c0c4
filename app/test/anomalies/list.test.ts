import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import type { Static } from "@fastify/type-provider-typebox";
import fc from "fast-check";
import { Value } from "typebox/value";
import { cursorAfter, pageRequest } from "../../src/anomalies/query.ts";
import { anomalyRoutes } from "../../src/anomalies/routes.ts";
import { Anomaly, AnomalyPage } from "../../src/anomalies/schemas.ts";
import type { App } from "../../src/http/services.ts";
import { subject } from "../http/support.ts";
import { ask, type Backend, startBackend } from "../support/backend.ts";
import { until } from "../support/until.ts";

let backend: Backend;

before(async () => {
  backend = await startBackend();
  await backend.owner.query(`INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
    SELECT 'model ' || i, '1', 'isolation-forest', 'm.onnx', repeat('0', 64), 2, 0.5 FROM generate_series(1, 3) i`);
  await backend.owner.query("INSERT INTO datasets (name) SELECT 'dataset ' || i FROM generate_series(1, 3) i");
});

after(() => backend.stop());

beforeEach(async () => {
  await backend.owner.query("TRUNCATE anomalies RESTART IDENTITY");
  await backend.cache.clearNamespace("anomalies");
});

interface Row {
  readonly timestamp?: string;
  readonly value?: string;
  readonly severity?: number;
  readonly status?: string;
  readonly model?: number;
  readonly dataset?: number | null;
}

async function insert(...rows: readonly Row[]): Promise<void> {
  for (const {
    timestamp = "2026-11-23T10:00:00Z",
    value = "1.5",
    severity = 0.75,
    status = "active",
    ...row
  } of rows) {
    await backend.owner.query(
      `INSERT INTO anomalies (timestamp, value, severity, status, model_id, dataset_id)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [timestamp, value, severity, status, row.model ?? 1, row.dataset === undefined ? 1 : row.dataset],
    );
  }
}

async function served(t: TestContext): Promise<App> {
  const { database, cache } = backend;
  const { app } = await subject(t, { services: { database, cache }, routes: [anomalyRoutes] });
  return app;
}

/** A page, whose JSON has what the API's document says. */
async function page(app: App, query = "", headers: Record<string, string> = {}) {
  const response = await ask(app, { url: `/api/v1/anomalies${query}`, headers });
  assert.equal(response.statusCode, 200, response.body);
  const json = response.json();
  assert.deepEqual([...Value.Errors(AnomalyPage, json)], []);
  return { ...(json as Static<typeof AnomalyPage>), outcome: response.headers["x-cache"] };
}

const ids = ({ anomalies }: { anomalies: readonly { id: number }[] }) => anomalies.map(({ id }) => id);

test("rows come as they are stored, newest first", async (t) => {
  await insert(
    { timestamp: "2026-11-23T10:00:00Z", value: "1e300", severity: 1, dataset: null },
    { timestamp: "2026-11-23T12:00:00.000001+01:00", value: "-5e-324", severity: 0, status: "resolved", model: 2 },
    { timestamp: "2026-11-23T10:00:00.1Z", value: "0.1", severity: 0.30000000000000004, status: "acknowledged" },
    { timestamp: "0001-01-01T00:00:00Z", value: "-0", severity: 1e-9, dataset: 3 },
    { timestamp: "9999-12-31T23:59:59.999999Z", value: "123456789012345680", severity: 0.5 },
  );
  const found = await page(await served(t));
  const row = { model_id: 1, dataset_id: 1, status: "active" };
  assert.deepEqual(found.anomalies, [
    { ...row, id: 5, timestamp: "9999-12-31T23:59:59.999999Z", value: 123456789012345680, severity: 0.5 },
    {
      ...row,
      id: 2,
      timestamp: "2026-11-23T11:00:00.000001Z",
      value: -5e-324,
      severity: 0,
      model_id: 2,
      status: "resolved",
    },
    {
      ...row,
      id: 3,
      timestamp: "2026-11-23T10:00:00.100000Z",
      value: 0.1,
      severity: 0.30000000000000004,
      status: "acknowledged",
    },
    { ...row, id: 1, timestamp: "2026-11-23T10:00:00.000000Z", value: 1e300, severity: 1, dataset_id: null },
    { ...row, id: 4, timestamp: "0001-01-01T00:00:00.000000Z", value: -0, severity: 1e-9, dataset_id: 3 },
  ]);
  assert.deepEqual(
    [found.count, found.limit, found.offset, found.next_cursor, found.total],
    [5, 100, 0, null, undefined],
  );
});

test("a page without rows is a page", async (t) => {
  const found = await page(await served(t), "?model_id=2147483647&include_total=true");
  assert.deepEqual([found.anomalies, found.count, found.next_cursor, found.total], [[], 0, null, 0]);
});

test("each filter keeps what it names, and all of them what all name", async (t) => {
  await insert(
    { timestamp: "2026-11-23T10:00:00.000001Z", model: 1, dataset: 1, severity: 0.5 },
    { timestamp: "2026-11-23T10:00:00.000002Z", model: 2, dataset: 1, severity: 0.6 },
    { timestamp: "2026-11-23T10:00:00.000003Z", model: 1, dataset: 2, severity: 0.7 },
    { timestamp: "2026-11-23T10:00:00.000004Z", model: 2, dataset: null, severity: 0.8 },
  );
  const app = await served(t);
  const expected: readonly (readonly [string, readonly number[]])[] = [
    ["model_id=1", [3, 1]],
    ["dataset_id=1", [2, 1]],
    ["dataset_id=9007199254740991", []],
    ["min_severity=0.6", [4, 3, 2]],
    ["from=2026-11-23T10:00:00.000002Z", [4, 3, 2]],
    ["to=2026-11-23T10:00:00.000002Z", [1]],
    ["from=2026-11-23T11:00:00.000002%2B01:00&to=2026-11-23T10:00:00.000004Z", [3, 2]],
    ["model_id=1&dataset_id=2&from=2026-11-23T10:00:00Z&to=2026-11-24T00:00:00Z&min_severity=0.7", [3]],
    ["offset=1&limit=2", [3, 2]],
  ];
  for (const [query, rows] of expected) assert.deepEqual(ids(await page(app, `?${query}`)), rows, query);
  const counted = await page(app, "?include_total=true&limit=1&min_severity=0.6");
  assert.deepEqual([counted.total, counted.count], [3, 1]);
  assert.equal(
    (await page(app, `?include_total=true&limit=1&min_severity=0.6&cursor=${counted.next_cursor}`)).total,
    3,
  );
});

test("pages by cursor have each row once, in order, whatever comes in between", async (t) => {
  const app = await served(t);
  const second = fc.integer({ min: 0, max: 4 });
  await fc.assert(
    fc
      .asyncProperty(
        fc.array(second, { minLength: 1, maxLength: 30 }),
        fc.array(fc.tuple(second, fc.boolean()), { maxLength: 12 }),
        fc.integer({ min: 1, max: 7 }),
        async (first, later, limit) => {
          const at = (seconds: number) => `2026-11-23T10:00:0${seconds}.000001Z`;
          await insert(...first.map((seconds) => ({ timestamp: at(seconds) })));
          const { rows } = await backend.owner.query(
            "SELECT id::integer FROM anomalies ORDER BY timestamp DESC, id DESC",
          );
          const expected = rows.map(({ id }) => id);
          const seen: number[] = [];
          const arrivals = later.values();
          let query = `?limit=${limit}`;
          for (;;) {
            const found = await page(app, query);
            assert.ok(found.count <= limit);
            seen.push(...ids(found));
            if (found.next_cursor === null) break;
            query = `?limit=${limit}&cursor=${found.next_cursor}`;
            assert.equal(found.offset, seen.length === found.count ? 0 : null);
            const arrival = arrivals.next().value;
            if (arrival !== undefined) {
              await insert({ timestamp: at(arrival[0]) });
              if (arrival[1]) await backend.cache.clearNamespace("anomalies");
            }
          }
          assert.deepEqual(
            seen.filter((id) => expected.includes(id)),
            expected,
          );
          assert.deepEqual(seen, [...new Set(seen)]);
        },
      )
      .afterEach(async () => {
        await backend.owner.query("TRUNCATE anomalies RESTART IDENTITY");
        await backend.cache.clearNamespace("anomalies");
      }),
    { numRuns: 15 },
  );
});

test("a query that cannot be answered is told what is allowed", async (t) => {
  await insert({}, {}, {});
  const app = await served(t);
  const { next_cursor: cursor } = await page(app, "?limit=1&model_id=1");
  const forged = (timestamp: string, id: string) => cursorAfter({ timestamp, id }, pageRequest({ limit: 100 }).list);
  const bad: readonly (readonly [string, string])[] = [
    ["limit=0", "/query/limit"],
    ["limit=1001", "/query/limit"],
    ["limit=-1", "/query/limit"],
    ["limit=1.5", "/query/limit"],
    ["limit=", "/query/limit"],
    ["limit=ten", "/query/limit"],
    ["limit=1&limit=2", "/query/limit"],
    ["limit=1e400", "/query/limit"],
    ["offset=-1", "/query/offset"],
    ["offset=10001", "/query/offset"],
    ["offset=99999999999999999999", "/query/offset"],
    ["model_id=0", "/query/model_id"],
    ["model_id=-1", "/query/model_id"],
    ["model_id=2147483648", "/query/model_id"],
    ["model_id=99999999999", "/query/model_id"],
    ["model_id=1%20OR%201=1", "/query/model_id"],
    ["dataset_id=9007199254740993", "/query/dataset_id"],
    ["dataset_id=1;DROP%20TABLE%20anomalies", "/query/dataset_id"],
    ["min_severity=1.01", "/query/min_severity"],
    ["min_severity=-0.1", "/query/min_severity"],
    ["min_severity=NaN", "/query/min_severity"],
    ["min_severity=Infinity", "/query/min_severity"],
    ["from=yesterday", "/query/from"],
    ["from=2026-11-23", "/query/from"],
    ["from=2026-11-23T10:00:00", "/query/from"],
    ["from=2026-11-23T10:00:00+01:00", "/query/from"],
    ["to=2026-02-30T00:00:00Z", "/query/to"],
    ["to=infinity", "/query/to"],
    ["from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:00Z", "/query/to"],
    ["from=2026-11-23T10:00:00Z&to=2026-11-23T10:00:00%2B01:00", "/query/to"],
    ["include_total=maybe", "/query/include_total"],
    ["order=asc", "/query/order"],
    ["limit[]=1", "/query/limit[]"],
    ["__proto__=1", "/query/__proto__"],
    [`limit=1&model_id=1&offset=0&cursor=${cursor}`, "/query/offset"],
    [`limit=1&model_id=2&cursor=${cursor}`, "/query/cursor"],
    [`limit=1&cursor=${cursor}`, "/query/cursor"],
    [`model_id=1&cursor=${cursor}A`, "/query/cursor"],
    [`model_id=1&cursor=${cursor?.slice(0, -4)}`, "/query/cursor"],
    [`cursor=${forged("2026-13-23T10:00:00.000000Z", "1")}`, "/query/cursor"],
    [`cursor=${forged("2026-11-23T10:00:00.000000Z", "9999999999999999")}`, "/query/cursor"],
    [`cursor=${forged("2026-11-23T10:00:00.000000Z", "1;--")}`, "/query/cursor"],
    ["cursor=", "/query/cursor"],
    ["cursor=0", "/query/cursor"],
    [`cursor=${"A".repeat(1000)}`, "/query/cursor"],
  ];
  for (const [query, pointer] of bad) {
    const response = await ask(app, { url: `/api/v1/anomalies?${query}` });
    assert.equal(response.statusCode, 400, `${query}: ${response.body}`);
    assert.equal(response.headers["content-type"], "application/problem+json", query);
    assert.ok(
      response.json().errors?.some((fault: { pointer: string }) => fault.pointer === pointer),
      `${query}: ${response.body}`,
    );
  }
  assert.deepEqual(ids(await page(app, `?limit=1&model_id=1&cursor=${cursor}`)), [2]);
});

test("who goes too far by offset is told of the cursor", async (t) => {
  const app = await served(t);
  const { errors } = (await ask(app, { url: "/api/v1/anomalies?offset=10001" })).json();
  assert.match(errors[0].detail, /<= 10000.*`cursor` goes further/);
  assert.equal((await page(app, "?offset=10000")).offset, 10_000);
});

test("a list costs one statement, two with its total, and none while it is cached", async (t) => {
  await insert({}, { model: 2 });
  const app = await served(t);
  const cost = async (query: string, headers = {}) => {
    let outcome: unknown;
    const statements = await backend.statements(async () => {
      outcome = (await page(app, query, headers)).outcome;
    });
    return [statements.length, outcome];
  };
  await page(app, "?limit=7");
  assert.deepEqual(await cost("?limit=8"), [1, "MISS"]);
  assert.deepEqual(await cost("?offset=0&limit=8&include_total=false&min_severity=0"), [0, "HIT"]);
  assert.deepEqual(await cost("?include_total=true"), [2, "MISS"]);
  assert.deepEqual(await cost("?include_total=true"), [0, "HIT"]);
  assert.deepEqual(await cost("?limit=8", { "cache-control": "max-age=0, no-cache" }), [1, "MISS"]);
});

test("no-cache has the list as it is now", async (t) => {
  await insert({});
  const app = await served(t);
  assert.deepEqual(ids(await page(app)), [1]);
  await insert({});
  assert.deepEqual(ids(await page(app)), [1]);
  assert.deepEqual(ids(await page(app, "", { "cache-control": "no-cache" })), [2, 1]);
  await until(async () => ids(await page(app)).length === 2);
});

test("one anomaly is read by its id", async (t) => {
  await insert({ value: "2.5" });
  const app = await served(t);
  const get = (id: string) => ask(app, { url: `/api/v1/anomalies/${id}` });
  const found = await get("1");
  assert.equal(found.statusCode, 200);
  assert.deepEqual([...Value.Errors(Anomaly, found.json())], []);
  assert.deepEqual([found.json().id, found.json().value], [1, 2.5]);
  assert.equal((await get("2")).statusCode, 404);
  assert.equal((await get("2")).json().type, "/problems/not-found");
  for (const id of ["0", "-1", "x", "1.5", "9007199254740992", "1%27%20OR%20%271%27=%271", "%00"]) {
    assert.equal((await get(id)).statusCode, 400, id);
  }
  await insert({});
  assert.equal((await get("2")).statusCode, 200);
});
