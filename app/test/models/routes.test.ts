import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { Value } from "typebox/value";
import { anomalyRoutes } from "../../src/anomalies/routes.ts";
import { ModelsBusy } from "../../src/models/model.ts";
import { createModels, type Models } from "../../src/models/models.ts";
import { modelRoutes, predictionRoutes } from "../../src/models/routes.ts";
import { Model, ModelPage, Prediction } from "../../src/models/schemas.ts";
import { subject } from "../http/support.ts";
import { type Backend, startBackend } from "../support/backend.ts";
import { FIXTURE, FOREST, SHIPPED } from "./support.ts";

let backend: Backend;
let models: Models;

before(async () => {
  backend = await startBackend();
  const config = { AWS_REGION: "us-east-1", MODELS_LOCATION: SHIPPED, MODELS_MEMORY_BYTES: 2 ** 28 };
  models = createModels({ config, cache: backend.cache });
  await backend.owner.query("INSERT INTO users (name) VALUES ('somebody')");
});

after(async () => {
  await models.close();
  await backend.stop();
});

/** The shipped model alone, and nothing found by it. */
beforeEach(async () => {
  await backend.owner.query("TRUNCATE models, datasets, idempotency_keys RESTART IDENTITY CASCADE");
  await register({});
  for (const namespace of ["anomalies", "datasets", "models"] as const) await backend.cache.clearNamespace(namespace);
});

/** Puts a model into the table that differs from the shipped one. */
async function register(others: object): Promise<number> {
  const { rows } = await backend.owner.query(
    `INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold, accuracy, status)
     SELECT name, version, algorithm_name, artifact, sha256, feature_count, threshold, accuracy, status
     FROM json_populate_record(NULL::models, $1) RETURNING id`,
    [{ ...FOREST, ...others }],
  );
  return rows[0].id;
}

/** A client of the routes, with a session. */
async function client(t: TestContext, overrides: Partial<Models> = {}) {
  const { database, cache } = backend;
  const services = { database, cache, models: { ...models, ...overrides } };
  const { app, log } = await subject(t, { services, routes: [modelRoutes, predictionRoutes, anomalyRoutes] });
  const authorization = "Bearer token";
  return {
    log,
    get: (path: string) => app.inject({ url: `/api/v1/${path}`, headers: { authorization } }),
    predict: (payload: object | string, { id = 1, key }: { id?: number | string; key?: string } = {}) =>
      app.inject({
        method: "POST",
        url: `/api/v1/models/${id}/predictions`,
        headers: { authorization, "content-type": "application/json", ...(key && { "idempotency-key": key }) },
        payload,
      }),
  };
}

/** The anomalies in the table, with their times as the API writes them. */
async function stored() {
  const { rows } = await backend.owner.query(
    `SELECT id::integer, to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS timestamp,
            value, severity, status, model_id, dataset_id::integer, features
     FROM anomalies ORDER BY id`,
  );
  return rows;
}

const [normal, anomalous] = [0, 1].map((label) => FIXTURE.filter((record) => record.label === label));
const rows = (records: typeof FIXTURE = [], count = records.length) => records.slice(0, count).map(({ row }) => row);

test("models are listed newest first, page by page, without where they lie", async (t) => {
  const { get } = await client(t);
  for (const version of ["2", "3", "4", "5"]) await register({ version });
  await backend.cache.clearNamespace("models");
  const versions: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const response = await get(`models?limit=2${cursor && `&cursor=${cursor}`}`);
    assert.equal(response.statusCode, 200, response.body);
    const page: ModelPage = response.json();
    assert.deepEqual([...Value.Errors(ModelPage, page)], []);
    assert.equal(page.count, page.models.length);
    versions.push(...page.models.map(({ version }) => version));
    cursor = page.next_cursor;
  }
  assert.deepEqual(versions, ["5", "4", "3", "2", "1"]);
});

test("one model is found by its id", async (t) => {
  const { get } = await client(t);
  const response = await get("models/1");
  assert.deepEqual([...Value.Errors(Model, response.json())], []);
  const { name, version, feature_count, threshold, accuracy } = FOREST;
  const { created_at, updated_at, ...others } = response.json();
  assert.deepEqual(others, {
    id: 1,
    name,
    version,
    algorithm_name: "IsolationForest",
    accuracy,
    status: "active",
    feature_count,
    threshold,
  });
  assert.equal((await get("models/2")).statusCode, 404);
});

test("a list or a model that cannot be asked for is a bad request", async (t) => {
  const { get } = await client(t);
  const foreign = Buffer.from("x".repeat(11)).toString("base64url");
  const bad = [
    "models?limit=0",
    "models?limit=1001",
    "models?offset=1",
    "models?cursor=%00",
    `models?cursor=${foreign}`,
  ];
  for (const path of [...bad, "models/0", "models/x", "models/2147483648"]) {
    const { statusCode, body } = await get(path);
    assert.equal(statusCode, 400, `${path}: ${body}`);
  }
});

test("rows are scored as scikit-learn does, and their anomalies are in the list at once", async (t) => {
  const { get, predict } = await client(t);
  const list = "anomalies?limit=1000";
  assert.equal((await get(list)).json().count, 0);
  const response = await predict({ rows: rows(FIXTURE) });
  assert.equal(response.statusCode, 200, response.body);
  const prediction: Prediction = response.json();
  assert.deepEqual([...Value.Errors(Prediction, prediction)], []);
  assert.deepEqual(
    prediction.labels,
    FIXTURE.map(({ label }) => label),
  );
  for (const [index, { score }] of FIXTURE.entries()) {
    assert.ok(Math.abs((prediction.scores[index] ?? 0) - score) <= 1e-6);
  }
  const { model_id, model_version, threshold, anomalies } = prediction;
  assert.deepEqual([model_id, model_version, threshold, anomalies], [1, "1", 0.5, anomalous?.length]);
  assert.equal((await get(list)).json().count, anomalous?.length);
});

test("an anomaly is stored with its score, its first number, its row and its time", async (t) => {
  await backend.owner.query("INSERT INTO datasets (name) VALUES ('pump')");
  const { predict } = await client(t);
  const [first, second] = rows(anomalous, 2);
  const response = await predict({
    rows: [first, rows(normal, 1)[0], second],
    timestamps: ["2026-11-23T10:00:00.1234569+02:00", "2026-11-23T10:00:01Z", "2026-11-23T10:00:02Z"],
    dataset_id: 1,
  });
  assert.equal(response.statusCode, 200, response.body);
  const { scores, anomalies } = response.json();
  assert.equal(anomalies, 2);
  const shared = { status: "active", model_id: 1, dataset_id: 1 };
  const [at, later] = ["2026-11-23T08:00:00.123456Z", "2026-11-23T10:00:02.000000Z"];
  assert.deepEqual(await stored(), [
    { ...shared, id: 1, timestamp: at, value: first?.[0], severity: scores[0], features: first },
    { ...shared, id: 2, timestamp: later, value: second?.[0], severity: scores[2], features: second },
  ]);
});

test("without times anomalies are of now", async (t) => {
  const { predict } = await client(t);
  const began = Date.now();
  await predict({ rows: rows(anomalous, 3) });
  const found = await stored();
  assert.equal(found.length, 3);
  for (const { timestamp, dataset_id } of found) {
    assert.ok(Math.abs(Date.parse(timestamp) - began) < 60_000);
    assert.equal(dataset_id, null);
  }
});

test("a threshold takes the place of the model's own", async (t) => {
  const { predict } = await client(t);
  const all = await predict({ rows: rows(normal, 4), threshold: 0 });
  assert.deepEqual([all.json().labels, all.json().threshold, all.json().anomalies], [[1, 1, 1, 1], 0, 4]);
  const none = await predict({ rows: rows(anomalous, 4), threshold: 1 });
  assert.deepEqual([none.json().labels, none.json().anomalies], [[0, 0, 0, 0], 0]);
  assert.equal((await stored()).length, 4);
});

test("rows without an anomaly cost no statement, anomalies one", async (t) => {
  const { predict } = await client(t);
  await predict({ rows: rows(normal) });
  assert.deepEqual(await backend.statements(() => predict({ rows: rows(normal) })), []);
  const statements = await backend.statements(() => predict({ rows: rows(anomalous) }));
  assert.equal(statements.length, 1, statements.join("\n"));
  assert.match(statements[0] ?? "", /^INSERT INTO anomalies/);
});

test("a request with a key is done once, and answered the same each time", async (t) => {
  const { predict } = await client(t);
  const body = { rows: rows(anomalous, 5) };
  const first = await predict(body, { key: "k" });
  assert.equal(first.statusCode, 200, first.body);
  assert.equal(first.headers["idempotency-replayed"], undefined);
  const second = await predict(body, { key: "k" });
  assert.deepEqual([second.statusCode, second.body], [200, first.body]);
  assert.equal(second.headers["idempotency-replayed"], "true");
  assert.equal((await stored()).length, 5);

  const id = await register({ version: "2" });
  for (const other of [
    await predict({ rows: rows(anomalous, 4) }, { key: "k" }),
    await predict(body, { key: "k", id }),
  ]) {
    assert.deepEqual([other.statusCode, other.json().type], [422, "/problems/idempotency-key-reused"]);
  }
  assert.equal((await stored()).length, 5);
});

test("of requests with one key at the same time, one is done", async (t) => {
  const { predict } = await client(t);
  const body = { rows: rows(anomalous, 3) };
  const answers = await Promise.all(Array.from({ length: 8 }, () => predict(body, { key: "k" })));
  for (const { statusCode } of answers) assert.ok(statusCode === 200 || statusCode === 409, `${statusCode}`);
  assert.ok(answers.some(({ statusCode }) => statusCode === 200));
  assert.equal((await stored()).length, 3);
});

test("anomalies are stored together with the key, or not at all, and then by the repetition", async (t) => {
  const { predict } = await client(t);
  const body = { rows: rows(anomalous, 3) };
  await backend.owner.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$`);
  await backend.owner.query(
    "CREATE TRIGGER refuse BEFORE UPDATE ON idempotency_keys FOR EACH ROW EXECUTE FUNCTION refuse()",
  );
  const failed = await predict(body, { key: "k" });
  await backend.owner.query("DROP FUNCTION refuse CASCADE");
  assert.equal(failed.statusCode, 500, failed.body);
  assert.deepEqual(await stored(), []);

  const response = await predict(body, { key: "k" });
  assert.deepEqual([response.statusCode, response.headers["idempotency-replayed"]], [200, undefined]);
  assert.equal((await stored()).length, 3);
});

test("a body that cannot be scored is told what is allowed, and stores nothing", async (t) => {
  const { predict } = await client(t);
  const [row = []] = rows(anomalous, 1);
  const time = "2026-11-23T10:00:00Z";
  const replaced = (number: string) => JSON.stringify({ rows: [row, row] }).replace(`${row[0]}`, number);
  const bad: readonly (readonly [object | string, string])[] = [
    [{}, "/body/rows"],
    [{ rows: [] }, "/body/rows"],
    [{ rows: {} }, "/body/rows"],
    [{ rows: [row, row.slice(1)] }, "/body/rows/1"],
    [{ rows: [row, [...row, 0]] }, "/body/rows/1"],
    [{ rows: [row, []] }, "/body/rows/1"],
    [{ rows: [row, 5] }, "/body/rows/1"],
    [{ rows: [row, [...row.slice(1), "1"]] }, "/body/rows/1/7"],
    [{ rows: [row, [...row.slice(1), null]] }, "/body/rows/1/7"],
    [replaced("1e999"), "/body/rows/0/0"],
    [replaced("1e39"), "/body/rows/0/0"],
    [replaced("-3.5e38"), "/body/rows/0/0"],
    [{ rows: Array.from({ length: 10_001 }, () => row) }, "/body/rows"],
    [{ rows: [row], timestamps: [] }, "/body/timestamps"],
    [{ rows: [row], timestamps: [time, time] }, "/body/timestamps"],
    [{ rows: [row], timestamps: ["yesterday"] }, "/body/timestamps/0"],
    [{ rows: [row], threshold: 1.1 }, "/body/threshold"],
    [{ rows: [row], threshold: -0.1 }, "/body/threshold"],
    [{ rows: [row], dataset_id: 7 }, "/body/dataset_id"],
    [{ rows: [row], dataset_id: 0 }, "/body/dataset_id"],
    [{ rows: [row], model_id: 1 }, "/body/model_id"],
  ];
  for (const [body, pointer] of bad) {
    const response = await predict(body);
    assert.equal(response.statusCode, 400, `${pointer}: ${response.body}`);
    const pointers = response.json().errors.map((fault: { pointer: string }) => fault.pointer);
    assert.ok(pointers.includes(pointer), `${pointer}: ${response.body}`);
  }
  assert.equal((await predict({ rows: [row] }, { key: "with space" })).statusCode, 400);
  assert.deepEqual(await stored(), []);
});

test("the largest number of rows is scored, and the largest number that fits", async (t) => {
  const { predict } = await client(t);
  const [row = []] = rows(normal, 1);
  const response = await predict({ rows: Array.from({ length: 10_000 }, () => row) });
  assert.equal(response.statusCode, 200, response.body.slice(0, 500));
  assert.equal(response.json().scores.length, 10_000);
  const extreme = await predict({ rows: [[3.4028235e38, -3.4028235e38, 1e-320, -0, 0, 1, 1, 1]], threshold: 0 });
  assert.equal(extreme.statusCode, 200, extreme.body);
  const [anomaly] = await stored();
  assert.deepEqual(anomaly?.features.slice(0, 3), [3.4028235e38, -3.4028235e38, 1e-320]);
});

test("a model that is unknown, retired or broken does not predict, and says why", async (t) => {
  const { log, predict } = await client(t);
  const body = { rows: rows(anomalous, 1) };
  assert.equal((await predict(body, { id: 99 })).statusCode, 404);
  assert.equal((await predict(body, { id: 0 })).statusCode, 400);
  const retired = await predict(body, { id: await register({ version: "2", status: "retired" }) });
  assert.deepEqual([retired.statusCode, retired.json().type], [409, "/problems/conflict"]);

  const broken = await predict(body, { id: await register({ version: "3", sha256: "0".repeat(64) }) });
  assert.deepEqual([broken.statusCode, broken.json().type], [503, "/problems/unavailable"]);
  assert.match(broken.json().detail, /^The model isolation-forest, version 3, cannot be used: .* checksum/);
  assert.equal(broken.headers["retry-after"], "5");
  const missing = await predict(body, {
    id: await register({ version: "4", artifact: "missing.onnx", sha256: "1".repeat(64) }),
  });
  assert.equal(missing.statusCode, 503);
  assert.ok(!missing.body.includes(SHIPPED));
  assert.match(JSON.stringify(log), /ENOENT/);
});

test("more rows than a process takes on are put off", async (t) => {
  await assert.rejects(models.predict(FOREST, new Float32Array(8_000_008), 8), ModelsBusy);
  const { predict } = await client(t, { predict: () => Promise.reject(new ModelsBusy()) });
  const response = await predict({ rows: rows(normal, 1) });
  assert.deepEqual([response.statusCode, response.json().type], [503, "/problems/overloaded"]);
  assert.equal(response.headers["retry-after"], "1");
});
