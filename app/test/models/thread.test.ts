import assert from "node:assert/strict";
import { test } from "node:test";
import { Unusable } from "../../src/models/model.ts";
import { createThread } from "../../src/models/threaded.ts";
import { onnxModel } from "./onnx.ts";
import { FOREST, folderWith, modelRow, modelsIn, SHIPPED, someRows } from "./support.ts";

test("a large batch is scored beside the event loop, which goes on turning, and to the same scores", async (t) => {
  const models = modelsIn(t, SHIPPED);
  const rows = someRows(20_000);
  const few = await models.predict(FOREST, rows.slice(0, 32 * 8), 8);
  assert.equal(models.stats().loaded, 1);

  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 1);
  const all = await models.predict(FOREST, rows, 8);
  clearInterval(timer);
  assert.ok(ticks > 5, `${ticks} ticks`);
  // The thread has a session of its own.
  assert.equal(models.stats().loaded, 2);
  assert.equal(all.scores.length, 20_000);
  assert.deepEqual(all.scores.subarray(0, 32), few.scores);
});

test("a row that takes long is scored beside the event loop", async (t) => {
  const content = onnxModel({ repeats: 20_000 });
  const models = modelsIn(t, folderWith(t, { "m.onnx": content }));
  await models.predict(modelRow("m.onnx", content), someRows(1), 8);
  assert.equal(models.stats().loaded, 2);
});

test("a large artifact is not even opened on the event loop", async (t) => {
  const content = onnxModel({ padding: "x".repeat(1024 ** 2) });
  const models = modelsIn(t, folderWith(t, { "m.onnx": content }));
  const model = modelRow("m.onnx", content);
  const answers = await Promise.all([
    models.predict(model, someRows(1), 8),
    models.predict(model, someRows(40_000), 8),
  ]);
  assert.deepEqual(answers[0].scores[0], answers[1].scores[0]);
  assert.equal(models.stats().loaded, 1);
});

test("on the thread too, what cannot be run says why", async (t) => {
  const thread = createThread();
  t.after(() => thread.close());
  await assert.rejects(thread.open(new Uint8Array(9), 8), /^Unusable: its artifact is no ONNX model/);
  await assert.rejects(thread.open(new Uint8Array(onnxModel()), 5), /^Unusable: its graph takes float32 \[rows, 8\]/);
});

test("sessions that end with their thread say so, and others are opened", async () => {
  const thread = createThread();
  const session = await thread.open(new Uint8Array(onnxModel()), 8);
  await session.run(new Float32Array(8), 1);
  await thread.close();
  await assert.rejects(session.run(new Float32Array(8), 1), Unusable);
  // Its memory went with the thread.
  await session.release();
});
