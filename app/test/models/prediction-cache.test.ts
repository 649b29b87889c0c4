import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { type Redis, startRedis } from "../../local/redis.ts";
import { type Cache, createCache } from "../../src/cache/cache.ts";
import { createRedis } from "../../src/cache/connection.ts";
import { PredictionCache } from "../../src/models/prediction-cache.ts";
import { until } from "../support/until.ts";
import { onnxModel } from "./onnx.ts";
import { FOREST, folderWith, modelRow, modelsIn, SHIPPED, someRows } from "./support.ts";

let redis: Redis;
let cache: Cache;

before(async () => {
  redis = await startRedis();
  const logger = pino({ level: "silent" });
  const connection = createRedis({ host: "127.0.0.1", port: redis.port, tls: false, logger });
  cache = createCache({ redis: connection, logger, apiCacheSeconds: 300, gzipLevel: 6 });
  await until(() => connection.isReady());
});

after(async () => {
  await cache.close();
  await redis.stop();
});

/** A model that takes a hundred times as long as Redis. */
const slow = onnxModel({ repeats: 50_000, padding: "slow" });
const SLOW = modelRow("slow.onnx", slow);

test("rows that a slow model has scored are not computed again, in another process neither", async (t) => {
  const folder = folderWith(t, { "slow.onnx": slow });
  const [first, second] = [modelsIn(t, folder, { cache }), modelsIn(t, folder, { cache })];
  const computed = await first.predict(SLOW, someRows(6), 8);
  assert.equal(first.stats().runs, 1);

  // Four of these rows are known, in another order.
  const mixed = Float32Array.of(...someRows(6).subarray(16, 48), ...someRows(2, 7), ...someRows(6).subarray(0, 8));
  const answer = await second.predict(SLOW, mixed, 8);
  assert.equal(second.stats().cachedRows, 5);
  assert.deepEqual([...answer.scores.subarray(0, 4)], [...computed.scores.subarray(2, 6)]);
  assert.equal(answer.scores[6], computed.scores[0]);

  const again = await second.predict(SLOW, mixed, 8);
  assert.deepEqual([second.stats().cachedRows, second.stats().runs], [12, 1]);
  assert.deepEqual(again, answer);
  const uncached = await modelsIn(t, folder).predict(SLOW, mixed, 8);
  assert.deepEqual(again, uncached);
});

test("scores of another version are not taken, nor those of another file under the same version", async (t) => {
  const other = onnxModel({ repeats: 50_000, padding: "other" });
  const models = modelsIn(t, folderWith(t, { "slow.onnx": slow, "other.onnx": other }), { cache });
  await models.predict(SLOW, someRows(2, 11), 8);
  await models.predict({ ...SLOW, version: "2" }, someRows(2, 11), 8);
  await models.predict(modelRow("other.onnx", other), someRows(2, 11), 8);
  assert.equal(models.stats().cachedRows, 0);
  await models.predict(SLOW, someRows(2, 11), 8);
  assert.equal(models.stats().cachedRows, 2);
});

test("what is no score is not taken for one when it is asked for again", async (t) => {
  // The root of a mean below 0 is no number.
  const broken = onnxModel({ repeats: 50_000, operator: "Sqrt" });
  const models = modelsIn(t, folderWith(t, { "broken.onnx": broken }), { cache });
  const rows = () => new Float32Array(8).fill(-1);
  for (let round = 0; round < 2; round += 1) {
    await assert.rejects(models.predict(modelRow("broken.onnx", broken), rows(), 8), /it scores NaN/);
  }
});

test("a model that is faster than the cache is computed, and Redis is not asked", async (t) => {
  const models = modelsIn(t, SHIPPED, { cache });
  const asked = cache.stats().totalRequests;
  for (let round = 0; round < 3; round += 1) await models.predict(FOREST, someRows(32), 8);
  assert.equal(cache.stats().totalRequests, asked);
});

test("without Redis a slow model is computed", async (t) => {
  await redis.pause();
  t.after(() => redis.resume());
  const models = modelsIn(t, folderWith(t, { "slow.onnx": slow }), { cache });
  const answers = [await models.predict(SLOW, someRows(2), 8), await models.predict(SLOW, someRows(2), 8)];
  assert.deepEqual(answers[0], answers[1]);
  assert.equal(models.stats().cachedRows, 0);
});

test("a look-up is worth it by what it saves and what it costs", async () => {
  const kept = new Map<string, number>();
  const map = {
    getMany: async <T>(_namespace: string, keys: readonly string[]) =>
      new Map(keys.flatMap((key) => (kept.has(key) ? [[key, kept.get(key) as T]] : []))),
    setMany: async (_namespace: string, entries: ReadonlyMap<string, unknown>) => {
      for (const [key, value] of entries) kept.set(key, Number(value));
      return true;
    },
  };
  const predictions = new PredictionCache(map);
  const compute = async (_rows: unknown, count: number) => new Float32Array(count).fill(0.25);
  assert.equal(predictions.isWorth(SLOW, 32, 0.2), false);
  assert.equal(predictions.isWorth(SLOW, 32, 5), true);
  // A bulk request takes more look-ups, and is too large for any at last.
  assert.equal(predictions.isWorth(SLOW, 512, 5), false);
  assert.equal(predictions.isWorth(SLOW, 512, 50), true);
  assert.equal(predictions.isWorth(SLOW, 513, 5000), false);

  // Rows that are always new make look-ups pointless, for this model.
  for (let seed = 1; seed < 40; seed += 1) await predictions.scores(SLOW, someRows(1, seed), 1, compute);
  const saved = 1;
  assert.equal(predictions.isWorth(SLOW, 32, saved), false);
  assert.equal(predictions.isWorth({ ...SLOW, sha256: FOREST.sha256 }, 32, saved), true);
  // Rows that come again bring them back.
  for (let round = 0; round < 40; round += 1) await predictions.scores(SLOW, someRows(1), 1, compute);
  assert.equal(predictions.isWorth(SLOW, 32, saved), true);
});
