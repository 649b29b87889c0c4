import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { Value } from "typebox/value";
import { POINT_MAX_BYTES } from "../../src/datasets/formats.ts";
import { pointRoutes } from "../../src/datasets/point-routes.ts";
import { datasetRoutes } from "../../src/datasets/routes.ts";
import { AcceptedPoints } from "../../src/datasets/schemas.ts";
import { subject } from "../http/support.ts";
import { ask, type Backend, startBackend } from "../support/backend.ts";

let backend: Backend;

before(async () => {
  backend = await startBackend();
  await backend.owner.query("INSERT INTO datasets (name) VALUES ('one'), ('two')");
  await backend.owner.query("INSERT INTO dataset_features VALUES (1, 1, 'x'), (2, 1, 'x'), (2, 2, 'y')");
});

after(() => backend.stop());

beforeEach(async () => {
  await backend.owner.query("TRUNCATE dataset_records");
  await backend.cache.clearNamespace("datasets");
});

const NDJSON = "application/x-ndjson";
const JSON_ARRAY = "application/json";

type Body = string | Buffer;

interface Sent {
  readonly type?: string | undefined;
  readonly encoding?: string;
  readonly dataset?: number | string;
}

/** A client of the routes, with a session. */
async function client(t: TestContext, environment: Record<string, string> = {}) {
  const { database, cache } = backend;
  const { app } = await subject(t, {
    environment,
    services: { database, cache },
    routes: [datasetRoutes, pointRoutes],
  });
  return {
    get: (path: string) => ask(app, { url: path }),
    send: (payload: Body, { type = NDJSON, encoding, dataset = 1 }: Sent = {}) => {
      const headers = {
        ...(type !== "" && { "content-type": type }),
        ...(encoding !== undefined && { "content-encoding": encoding }),
      };
      return ask(app, { method: "POST", url: `/api/v1/datasets/${dataset}/points`, headers, payload });
    },
  };
}

async function stored(): Promise<{ dataset_id: string; time: string; values: number[]; is_anomaly: boolean }[]> {
  const { rows } = await backend.owner.query(
    `SELECT dataset_id, to_char(timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS time, values, is_anomaly
     FROM dataset_records ORDER BY id`,
  );
  return rows;
}

const point = (values: unknown = [1], timestamp: unknown = "2026-11-23T10:00:00Z") => ({ timestamp, values });
const line = (...given: Parameters<typeof point>) => `${JSON.stringify(point(...given))}\n`;

test("points are stored as they were sent, in every format and encoding", async (t) => {
  const { send } = await client(t);
  const points = [
    { timestamp: "2026-11-23T10:00:00.123456+02:00", values: [0.1, -1e300] },
    { timestamp: "2026-11-23t10:00:00z", values: [5e-324, -0], is_anomaly: true },
    { is_anomaly: false, values: [1, 123456789012345680000], timestamp: "9999-12-31T23:59:59.9999999Z" },
  ];
  const expected = [
    { dataset_id: "2", time: "2026-11-23T08:00:00.123456", values: [0.1, -1e300], is_anomaly: false },
    { dataset_id: "2", time: "2026-11-23T10:00:00.000000", values: [5e-324, 0], is_anomaly: true },
    { dataset_id: "2", time: "9999-12-31T23:59:59.999999", values: [1, 123456789012345680000], is_anomaly: false },
  ];
  const lines = points.map((value) => JSON.stringify(value)).join("\n");
  const bodies: readonly (readonly [string, string])[] = [
    [NDJSON, lines],
    [NDJSON, `\n${lines.replaceAll("\n", "\r\n \n")}\n\n`],
    [`${NDJSON}; charset=utf-8`, lines],
    [JSON_ARRAY, JSON.stringify(points)],
    [JSON_ARRAY, JSON.stringify(points, undefined, "\t")],
  ];
  for (const [type, body] of bodies) {
    for (const encoding of [undefined, "identity", "gzip"]) {
      const payload = encoding === "gzip" ? gzipSync(body) : body;
      const response = await send(payload, { type, dataset: 2, ...(encoding && { encoding }) });
      assert.equal(response.statusCode, 201, response.body);
      assert.deepEqual([...Value.Errors(AcceptedPoints, response.json())], []);
      assert.deepEqual(response.json(), { dataset_id: 2, accepted: 3 });
      assert.deepEqual(await stored(), expected);
      await backend.owner.query("TRUNCATE dataset_records");
    }
  }
});

test("every finite number arrives as it is", async (t) => {
  const { send } = await client(t);
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  await fc.assert(
    fc
      .asyncProperty(fc.array(double, { minLength: 1, maxLength: 50 }), async (values) => {
        const response = await send(values.map((value) => line([value])).join(""));
        assert.equal(response.statusCode, 201, response.body);
        assert.deepEqual(
          (await stored()).map((row) => row.values[0]),
          values.map((value) => value + 0),
        );
      })
      .afterEach(async () => {
        await backend.owner.query("TRUNCATE dataset_records");
      }),
    { numRuns: 30 },
  );
});

test("the first point that is wrong is named, with what is allowed, and nothing is stored", async (t) => {
  const { send } = await client(t);
  const good = '{"timestamp":"2026-11-23T10:00:00Z","values":[1]}';
  const bad: readonly (readonly [string, string, RegExp])[] = [
    ["x", "", /no JSON/],
    ['{"timestamp"}', "", /no JSON/],
    ["[1]", "", /no object/],
    ["null", "", /no object/],
    ["7", "", /no object/],
    ['{"values":[1]}', "/timestamp", /RFC 3339/],
    ['{"timestamp":1795428000,"values":[1]}', "/timestamp", /RFC 3339/],
    ['{"timestamp":"2026-11-23","values":[1]}', "/timestamp", /RFC 3339/],
    ['{"timestamp":"2026-02-29T00:00:00Z","values":[1]}', "/timestamp", /RFC 3339/],
    ['{"timestamp":"infinity","values":[1]}', "/timestamp", /RFC 3339/],
    ['{"timestamp":"2026-11-23T10:00:00Z\\t{9}","values":[1]}', "/timestamp", /RFC 3339/],
    ['{"timestamp":"2026-11-23T10:00:00Z"}', "/values", /no array.*1, one for each feature/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[]}', "/values", /0 values.*1, one for each feature/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[1,2]}', "/values", /2 values.*1, one for each feature/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":{"0":1,"length":1}}', "/values", /no array/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":["1"]}', "/values/0", /a number from/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[null]}', "/values/0", /a number from/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[[1]]}', "/values/0", /a number from/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[1e309]}', "/values/0", /a number from/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[NaN]}', "", /no JSON/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[1],"is_anomaly":1}', "/is_anomaly", /true or false/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[1],"is_anomaly":null}', "/is_anomaly", /true or false/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[1],"a/b~":1}', "/a~1b~0", /unknown.*timestamp, values/],
    ['{"timestamp":"2026-11-23T10:00:00Z","values":[1],"__proto__":{}}', "/__proto__", /unknown/],
    [`{"timestamp":"2026-11-23T10:00:00Z","values":[${" ".repeat(POINT_MAX_BYTES)}1]}`, "", /too long.*16384 bytes/],
    [
      `{"timestamp":"2026-11-23T10:00:00Z","values":${"[".repeat(8000)}${"]".repeat(8000)}}`,
      "/values/0",
      /a number from/,
    ],
  ];
  for (const [text, pointer, detail] of bad) {
    for (const [type, place, body] of [
      [NDJSON, "line 3", `${good}\n\n${text}\n${good}\n{`],
      [JSON_ARRAY, "element 2", `[${good},${good},${text},${good},{`],
    ] as const) {
      const response = await send(body, { type });
      assert.equal(response.statusCode, 400, `${text}: ${response.body}`);
      const { type: kind, errors } = response.json();
      assert.equal(kind, "/problems/invalid-request");
      assert.equal(errors.length, 1);
      assert.equal(errors[0].pointer, `/body/2${pointer}`, text);
      assert.match(errors[0].detail, detail);
      assert.ok(errors[0].detail.startsWith(`${place}: `), errors[0].detail);
    }
  }
  assert.deepEqual(await stored(), []);
});

test("a wrong point behind thousands of good ones leaves none of them", async (t) => {
  const { send } = await client(t);
  const response = await send(line().repeat(10_000) + line(["x"]));
  assert.equal(response.statusCode, 400, response.body);
  assert.equal(response.json().errors[0].pointer, "/body/10000/values/0");
  assert.deepEqual(await stored(), []);
  assert.deepEqual((await send(line().repeat(10_000))).json(), { dataset_id: 1, accepted: 10_000 });
});

test("a body that cannot be read is refused", async (t) => {
  const { send } = await client(t, { MAX_BODY_BYTES: "100000" });
  const gzip = gzipSync(line());
  const large = line().repeat(2001);
  const bad: readonly (readonly [string, Body, Sent, number])[] = [
    ["nothing", "", {}, 400],
    ["blank lines", "\n \r\n\n", {}, 400],
    ["an empty array", "[ ]", { type: JSON_ARRAY }, 400],
    ["no array", line(), { type: JSON_ARRAY }, 400],
    ["an array cut off", `[${line()}`, { type: JSON_ARRAY }, 400],
    ["an array on a line", `[${line().trim()}]`, {}, 400],
    ["no type", line(), { type: "" }, 415],
    ["another type", line(), { type: "text/csv" }, 415],
    ["a broken type", line(), { type: "json" }, 415],
    ["a type that begins alike", line(), { type: "application/jsonl" }, 415],
    ["gzip that is none", line(), { encoding: "gzip" }, 400],
    ["gzip cut off", gzip.subarray(0, -9), { encoding: "gzip" }, 400],
    ["gzip without its checksum", gzip.subarray(0, -4), { encoding: "gzip" }, 400],
    ["gzip with another checksum", Buffer.concat([gzip.subarray(0, -8), Buffer.alloc(8)]), { encoding: "gzip" }, 400],
    ["gzip and something else", Buffer.concat([gzip, Buffer.from("x")]), { encoding: "gzip" }, 400],
    ["an empty gzip", gzipSync(""), { encoding: "gzip" }, 400],
    ["an empty body as gzip", "", { encoding: "gzip" }, 400],
    ["gzip that is not announced", gzip, {}, 400],
    ["another encoding", line(), { encoding: "br" }, 415],
    ["two encodings", gzipSync(gzip), { encoding: "gzip, gzip" }, 415],
    ["bytes that are no UTF-8", Buffer.from('{"timestamp":"\xff"}', "latin1"), {}, 400],
    ["UTF-16", Buffer.from(line(), "utf16le"), {}, 400],
    ["too many bytes", large, {}, 413],
    ["too many bytes after decompression", gzipSync(large), { encoding: "gzip" }, 413],
    ["a thousandfold of blank lines", gzipSync(Buffer.alloc(50_000_000, "\n")), { encoding: "gzip" }, 413],
    ["a dataset that is not there", line(), { dataset: 3 }, 404],
    ["a dataset that cannot be", line(), { dataset: "9007199254740992" }, 400],
  ];
  for (const [what, body, sent, status] of bad) {
    const response = await send(body, sent);
    assert.equal(response.statusCode, status, `${what}: ${response.body}`);
    assert.equal(response.headers["content-type"], "application/problem+json", what);
    if (what === "bytes that are no UTF-8") assert.match(response.json().errors[0].detail, /no UTF-8/);
  }
  assert.deepEqual(await stored(), []);
  const members = await send(Buffer.concat([gzip, gzip]), { encoding: "GZIP" });
  assert.deepEqual(members.json(), { dataset_id: 1, accepted: 2 });
});

test("points are in the statistics as soon as they are accepted", async (t) => {
  const { get, send } = await client(t);
  const count = async () => (await get("/api/v1/datasets/1/stats")).json().record_count;
  assert.equal(await count(), 0);
  await send(line() + line());
  assert.equal(await count(), 2);
});

test("a small body costs one COPY in one transaction", async (t) => {
  const { send } = await client(t);
  await send(line());
  const statements = await backend.statements(() => send(line() + line()));
  assert.deepEqual(statements.map((text) => text.split(" ")[0]).sort(), ["BEGIN", "COMMIT", "COPY", "SELECT"]);
});
