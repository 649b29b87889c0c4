import assert from "node:assert/strict";
import { after, before, beforeEach, type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { pointRoutes } from "../../src/datasets/point-routes.ts";
import { idempotent, requestHash } from "../../src/http/idempotency.ts";
import { Problem } from "../../src/http/problem.ts";
import { gate, subject } from "../http/support.ts";
import { ask, type Backend, startBackend } from "../support/backend.ts";

let backend: Backend;

before(async () => {
  backend = await startBackend();
  await backend.owner.query("INSERT INTO users (name) VALUES ('one'), ('two')");
  await backend.owner.query("INSERT INTO datasets (name) VALUES ('one'), ('two')");
  await backend.owner.query("INSERT INTO dataset_features VALUES (1, 1, 'x'), (2, 1, 'x')");
});

after(() => backend.stop());

beforeEach(async () => {
  await backend.owner.query("TRUNCATE dataset_records, idempotency_keys");
});

const HASH = requestHash("test", "body");
const answer = { status: 201, body: '{"done":true}' };

/** Does something with a key whose effect is a dataset's record. */
function store(key: string | undefined, { userId = 1, hash = HASH, work = async () => {} } = {}) {
  return idempotent(backend.database, { userId, key, requestHash: hash }, async (tx) => {
    await tx.query({
      name: "test",
      text: "INSERT INTO dataset_records (dataset_id, timestamp, values) VALUES (1, now(), '{1}')",
    });
    await work();
    return answer;
  });
}

async function count(): Promise<number> {
  return (await backend.owner.query("SELECT FROM dataset_records")).rowCount ?? 0;
}

/** The problem that something is refused with. */
async function refusal(work: Promise<unknown>): Promise<[number, string]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return [error.status, error.type];
    throw error;
  }
  throw new Error("it was not refused");
}

test("a key's request is done once, and answered alike each time", async () => {
  assert.deepEqual(await store("key"), { ...answer, replayed: false });
  assert.deepEqual(await store("key"), { ...answer, replayed: true });
  assert.equal(await count(), 1);
});

test("without a key a request is done each time", async () => {
  for (let times = 0; times < 2; times += 1) assert.deepEqual(await store(undefined), { ...answer, replayed: false });
  assert.equal(await count(), 2);
});

test("keys are their user's own", async () => {
  await store("key", { userId: 1 });
  assert.equal((await store("key", { userId: 2, hash: requestHash("test", "other") })).replayed, false);
});

test("a key is good for one request", async () => {
  await store("key");
  for (const hash of [requestHash("test", "body "), requestHash("other", "body")]) {
    assert.deepEqual(await refusal(store("key", { hash })), [422, "idempotency-key-reused"]);
  }
  assert.equal(await count(), 1);
});

test("while a key's request is under way, another is refused at once", async () => {
  const [begun, end] = [gate(), gate()];
  const first = store("key", {
    work: async () => {
      begun.open();
      await end.opened;
    },
  });
  await begun.opened;
  assert.deepEqual(await refusal(store("key")), [409, "idempotency-key-in-use"]);
  assert.deepEqual(await refusal(store("key", { hash: requestHash("test", "other") })), [
    409,
    "idempotency-key-in-use",
  ]);
  assert.equal((await store("another")).replayed, false);
  end.open();
  assert.equal((await first).replayed, false);
  assert.equal((await store("key")).replayed, true);
  assert.equal(await count(), 2);
});

test("of many at once one is done, and the others are refused or answered alike", async () => {
  const all = await Promise.allSettled(Array.from({ length: 20 }, () => store("key")));
  const outcomes = all.map((one) => (one.status === "fulfilled" ? String(one.value.replayed) : one.reason.type));
  assert.equal(outcomes.filter((outcome) => outcome === "false").length, 1, outcomes.join());
  assert.ok(
    outcomes.every((outcome) => ["true", "false", "idempotency-key-in-use"].includes(outcome)),
    outcomes.join(),
  );
  assert.equal(await count(), 1);
});

test("a request that failed leaves nothing, and its key is free", async () => {
  const failing = store("key", { work: () => Promise.reject(new Error("failed")) });
  await assert.rejects(failing, /failed/);
  assert.equal(await count(), 0);
  assert.equal((await store("key", { hash: requestHash("test", "other") })).replayed, false);
});

test("a key older than 24 hours is unknown", async () => {
  await store("key");
  const age = (interval: string) =>
    backend.owner.query("UPDATE idempotency_keys SET created_at = now() - $1::interval", [interval]);
  await age("23 hours 59 minutes");
  assert.equal((await store("key")).replayed, true);
  await age("24 hours");
  const other = requestHash("test", "other");
  assert.equal((await store("key", { hash: other })).replayed, false);
  assert.equal((await store("key", { hash: other })).replayed, true);
  assert.deepEqual(await refusal(store("key")), [422, "idempotency-key-reused"]);
});

/** A client that sends points with a key. */
async function client(t: TestContext) {
  const { database, cache } = backend;
  const { app } = await subject(t, { services: { database, cache }, routes: [pointRoutes] });
  return async (
    body: string,
    key: string,
    { dataset = 1, encoding = "identity", type = "application/x-ndjson" } = {},
  ) => {
    const response = await ask(app, {
      method: "POST",
      url: `/api/v1/datasets/${dataset}/points`,
      headers: {
        "content-type": type,
        "content-encoding": encoding,
        "idempotency-key": key,
      },
      payload: encoding === "gzip" ? gzipSync(body) : body,
    });
    return [response.statusCode, response.headers["idempotency-replayed"], response.body] as const;
  };
}

const lines = (rows: number) => '{"timestamp":"2026-11-23T10:00:00Z","values":[1]}\n'.repeat(rows);

test("points that are sent again are stored once", async (t) => {
  const send = await client(t);
  for (const rows of [2, 10_000]) {
    await backend.owner.query("TRUNCATE dataset_records");
    const body = JSON.stringify({ dataset_id: 1, accepted: rows });
    assert.deepEqual(await send(lines(rows), `${rows}`), [201, undefined, body]);
    assert.deepEqual(await send(lines(rows), `${rows}`), [201, "true", body]);
    assert.deepEqual(await send(lines(rows), `${rows}`, { encoding: "gzip" }), [201, "true", body]);
    assert.equal(await count(), rows);
  }
});

test("other points under the same key are refused, wherever they differ", async (t) => {
  const send = await client(t);
  await send(lines(10_000), "key");
  const changed = lines(10_000).slice(0, -4);
  for (const [body, options] of [
    [`${changed}2]}`, {}],
    [lines(9_999), {}],
    [`${lines(10_000)}\n`, {}],
    [lines(10_000), { dataset: 2 }],
  ] as const) {
    assert.equal((await send(body, "key", options))[0], 422);
  }
  assert.equal(await count(), 10_000);
});

test("points that were refused leave their key free", async (t) => {
  const send = await client(t);
  assert.equal((await send(`${lines(10_000)}{}`, "key"))[0], 400);
  assert.deepEqual(await send(lines(1), "key"), [201, undefined, '{"dataset_id":1,"accepted":1}']);
});

test("a key that is none is refused", async (t) => {
  const send = await client(t);
  for (const key of ["", "two words", "ü", "x".repeat(256)]) assert.equal((await send(lines(1), key))[0], 400, key);
  assert.equal((await send(lines(1), "~".repeat(255)))[0], 201);
});
