import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Batcher } from "../../src/models/batcher.ts";
import type { Rows } from "../../src/models/runtime.ts";
import { FOREST, modelsIn, SHIPPED, someRows } from "./support.ts";

/** A session whose rows have one number, which is the score. It ends a run when it is told to. */
function session() {
  const runs: { rows: Rows; end(error?: Error): void }[] = [];
  const run = (rows: Rows) =>
    new Promise<Float32Array>((resolve, reject) => {
      runs.push({ rows, end: (error) => (error ? reject(error) : resolve(rows)) });
    });
  return { runs, run };
}

const rows = (...numbers: number[]) => Float32Array.from(numbers);

test("predictions of one turn of the event loop are scored in one run, and each gets its own scores", async () => {
  const { runs, run } = session();
  const batcher = new Batcher({ run });
  const answers = [batcher.score(rows(1), 1), batcher.score(rows(2, 3), 2), batcher.score(rows(4), 1)];
  await turn();
  assert.deepEqual(
    runs.map(({ rows }) => [...rows]),
    [[1, 2, 3, 4]],
  );
  runs[0]?.end();
  assert.deepEqual(
    (await Promise.all(answers)).map((scores) => [...scores]),
    [[1], [2, 3], [4]],
  );
});

test("a batch has up to 32 rows, and a larger prediction is run alone", async () => {
  const { runs, run } = session();
  const batcher = new Batcher({ run });
  const sizes = [20, 12, 1, 40, 31, 1, 1];
  const answers = sizes.map((size) => batcher.score(new Float32Array(size), size));
  for (const size of [32, 1, 40, 32, 1]) {
    await turn();
    assert.equal(runs.at(-1)?.rows.length, size);
    runs.at(-1)?.end();
  }
  await Promise.all(answers);
  assert.equal(runs.length, 5);
});

test("what comes while a run is under way is joined, and one run goes at a time", async () => {
  const { runs, run } = session();
  const batcher = new Batcher({ run });
  const first = batcher.score(rows(1), 1);
  await turn();
  const later = [];
  for (const number of [2, 3, 4]) {
    later.push(batcher.score(rows(number), 1));
    await turn();
  }
  assert.equal(runs.length, 1);
  runs[0]?.end();
  await first;
  await turn();
  assert.deepEqual(
    runs.map(({ rows }) => [...rows]),
    [[1], [2, 3, 4]],
  );
  runs[1]?.end();
  assert.deepEqual(
    (await Promise.all(later)).map(([score]) => score),
    [2, 3, 4],
  );
});

test("a run that fails fails its own predictions and no others", async () => {
  const batcher = new Batcher({
    run: async (rows) => {
      if (rows.includes(1)) throw new Error("broken");
      return rows;
    },
  });
  const answers = await Promise.allSettled([
    batcher.score(rows(1), 1),
    batcher.score(rows(2), 1),
    batcher.score(new Float32Array(40), 40),
    turn().then(() => batcher.score(rows(3), 1)),
  ]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    ["rejected", "rejected", "fulfilled", "fulfilled"],
  );
  assert.deepEqual([...(await batcher.score(rows(4), 1))], [4]);
});

test("concurrent predictions of a model share the runs of its session", async (t) => {
  const models = modelsIn(t, SHIPPED);
  await models.predict(FOREST, someRows(1), 8);
  const before = models.stats().runs;
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, seed) => models.predict(FOREST, someRows(1, seed + 1), 8)),
  );
  assert.equal(models.stats().runs - before, 2);
  for (const [seed, { scores }] of answers.entries()) {
    assert.deepEqual(scores, (await models.predict(FOREST, someRows(1, seed + 1), 8)).scores);
  }
});
