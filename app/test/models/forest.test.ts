import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FIXTURE, FOREST, modelsIn, SHIPPED, someRows } from "./support.ts";

const rows = () => Float32Array.from(FIXTURE.flatMap(({ row }) => row));

test("the shipped model is the one that its manifest describes", () => {
  assert.equal(hash("sha256", readFileSync(join(SHIPPED, FOREST.artifact))), FOREST.sha256);
});

test("scores and labels are scikit-learn's, on rows at the border of a split too", async (t) => {
  const { scores, labels } = await modelsIn(t, SHIPPED).predict(FOREST, rows(), 8);
  assert.equal(scores.length, FIXTURE.length);
  for (const [index, { score, label }] of FIXTURE.entries()) {
    assert.ok(Math.abs((scores[index] ?? Number.NaN) - score) <= 1e-6, `row ${index}: ${scores[index]}, not ${score}`);
    assert.equal(labels[index], label, `row ${index}`);
  }
});

test("a row's score does not depend on the rows that it is sent with", async (t) => {
  const models = modelsIn(t, SHIPPED);
  const together = await models.predict(FOREST, rows(), 8);
  const alone = await Promise.all(FIXTURE.map(({ row }) => models.predict(FOREST, Float32Array.from(row), 8)));
  assert.deepEqual(
    alone.map(({ scores }) => scores[0]),
    [...together.scores],
  );
  assert.deepEqual(
    alone.map(({ labels }) => labels[0]),
    [...together.labels],
  );
});

test("a row is an anomaly from the threshold on", async (t) => {
  const models = modelsIn(t, SHIPPED);
  const { scores } = await models.predict(FOREST, someRows(1), 8);
  const [score = 0] = scores;
  const label = async (threshold: number) => (await models.predict({ ...FOREST, threshold }, someRows(1), 8)).labels[0];
  assert.equal(await label(score), 1);
  assert.equal(await label(score + 1e-7), 0);
});
