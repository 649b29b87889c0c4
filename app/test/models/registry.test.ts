import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createArtifacts } from "../../src/models/artifacts.ts";
import { LoadedModel } from "../../src/models/loaded-model.ts";
import { type ModelRow, ModelUnavailable, Unusable } from "../../src/models/model.ts";
import { Registry } from "../../src/models/registry.ts";
import { openSession } from "../../src/models/runtime.ts";
import { createThread } from "../../src/models/threaded.ts";
import { onnxModel } from "./onnx.ts";
import { FOREST, folderWith, modelRow, modelsIn, SHIPPED, someRows } from "./support.ts";

const forest = readFileSync(join(SHIPPED, FOREST.artifact));

const unavailable = (reason: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ModelUnavailable);
  assert.match(error.message, /^The model test, version 1, cannot be used: /);
  assert.match(error.message, reason);
  return true;
};

async function refused(t: TestContext, model: ModelRow, files: Readonly<Record<string, Uint8Array>>, reason: RegExp) {
  const models = modelsIn(t, folderWith(t, files));
  await assert.rejects(
    models.predict(model, new Float32Array(model.feature_count), model.feature_count),
    unavailable(reason),
  );
}

test("a model whose file is missing is unavailable", (t) =>
  refused(t, modelRow("forest.onnx", forest), {}, /its artifact is missing/));

test("a truncated file is unavailable by its checksum", (t) =>
  refused(t, modelRow("forest.onnx", forest), { "forest.onnx": forest.subarray(0, -1) }, /another checksum/));

test("a file with one wrong bit is unavailable by its checksum", (t) => {
  const corrupted = Buffer.from(forest);
  corrupted[1000] = (corrupted[1000] ?? 0) ^ 1;
  return refused(t, modelRow("forest.onnx", forest), { "forest.onnx": corrupted }, /another checksum/);
});

test("a file that is no ONNX model is unavailable, whatever its checksum", async (t) => {
  for (const content of [Buffer.from("no model"), forest.subarray(0, -1), new Uint8Array()]) {
    await refused(t, modelRow("forest.onnx", content), { "forest.onnx": content }, /no ONNX model/);
  }
});

test("a model of another shape than the one that was registered is unavailable", async (t) => {
  const four = onnxModel({ features: 4 });
  const takes = /its graph takes float32 \[rows, 4\], where float32 \[rows, 8\] is needed/;
  await refused(t, modelRow("m.onnx", four), { "m.onnx": four }, takes);
  const two = onnxModel({ columns: 2 });
  const gives = /its graph gives float32 \[rows, 2\], where float32 \[rows, 1\] is needed/;
  await refused(t, modelRow("m.onnx", two), { "m.onnx": two }, gives);
});

test("a model whose scores are not from 0 to 1 is unavailable", async (t) => {
  const content = onnxModel({ operator: "Exp" });
  const models = modelsIn(t, folderWith(t, { "m.onnx": content }));
  const ones = new Float32Array(8).fill(1);
  await assert.rejects(models.predict(modelRow("m.onnx", content), ones, 8), unavailable(/it scores 2\.7/));
});

test("no name of an artifact leads out of the folder", async (t) => {
  const outer = folderWith(t, { "m.onnx": forest });
  mkdirSync(join(outer, "inner"));
  const models = modelsIn(t, join(outer, "inner"));
  for (const name of ["../m.onnx", join(outer, "m.onnx"), "..", ".hidden", "", "inner/../../m.onnx", "m.onnx\0"]) {
    await assert.rejects(
      models.predict(modelRow(name, forest), someRows(1), 8),
      unavailable(/a name that no file here/),
    );
  }
});

test("a file may be a link, as Kubernetes mounts them", async (t) => {
  const folder = folderWith(t, { data: forest });
  symlinkSync(join(folder, "data"), join(folder, "forest.onnx"));
  await modelsIn(t, folder).predict(modelRow("forest.onnx", forest), someRows(1), 8);
});

test("a model that needs more memory than there is for models is unavailable", async (t) => {
  const models = modelsIn(t, SHIPPED, { memoryBytes: 1_000_000 });
  await assert.rejects(models.predict(FOREST, someRows(1), 8), /bytes of memory, of 1000000 that models may fill/);
});

test("a model is loaded when it is first asked for, and once however many ask", async (t) => {
  const models = modelsIn(t, SHIPPED);
  assert.equal(models.stats().loaded, 0);
  await Promise.all(Array.from({ length: 50 }, () => models.predict(FOREST, someRows(1), 8)));
  assert.deepEqual([models.stats().loaded, models.stats().loads], [1, 1]);
});

test("a file that was replaced is not run under the old name", async (t) => {
  const [before, after] = [onnxModel(), onnxModel({ padding: "2" })];
  const folder = folderWith(t, { "m.onnx": before });
  const models = modelsIn(t, folder);
  await models.predict(modelRow("m.onnx", before), someRows(1), 8);
  writeFileSync(join(folder, "m.onnx"), after);
  // What is in memory is what was registered.
  await models.predict(modelRow("m.onnx", before), someRows(1), 8);
  await assert.rejects(
    modelsIn(t, folder).predict(modelRow("m.onnx", before), someRows(1), 8),
    unavailable(/another checksum/),
  );
  // Registered anew it is another model.
  await models.predict(modelRow("m.onnx", after), someRows(1), 8);
  assert.equal(models.stats().loads, 2);
});

test("a broken model is not fetched for each request, and is found again when it is mended", async (t) => {
  const content = onnxModel();
  const folder = folderWith(t, {});
  const thread = createThread();
  t.after(() => thread.close());
  let now = 1;
  const registry = new Registry(createArtifacts(folder, "us-east-1"), thread, 2 ** 20, { now: () => now });
  const load = () => registry.use(modelRow("m.onnx", content), "loop", async ({ home }) => home);
  await assert.rejects(load, unavailable(/missing/));
  writeFileSync(join(folder, "m.onnx"), content);
  now += 4999;
  await assert.rejects(load, unavailable(/missing/));
  assert.equal(registry.stats().loads, 1);
  now += 2;
  assert.equal(await load(), "loop");
});

test("a session whose run fails is opened anew for the next prediction", async (t) => {
  let opened = 0;
  const open = async () => {
    opened += 1;
    const gone = opened === 1;
    const run = async () => {
      if (gone) throw new Unusable("the thread that it runs on has ended");
      return Float32Array.of(0.5);
    };
    return { msPerRow: 0.001, run, release: async () => undefined };
  };
  const content = onnxModel();
  const artifacts = createArtifacts(folderWith(t, { "m.onnx": content }), "us-east-1");
  const registry = new Registry(artifacts, { open, close: async () => undefined }, 2 ** 20);
  const predict = () => registry.use(modelRow("m.onnx", content), "thread", (loaded) => loaded.score(someRows(1), 1));
  await assert.rejects(predict, unavailable(/thread/));
  assert.deepEqual([...(await predict())], [0.5]);
});

test("the model that was used longest ago makes room for another", async (t) => {
  const contents = ["a", "b", "c"].map((padding) => onnxModel({ padding }));
  const [a, b, c] = contents.map((content, index) => modelRow(`${index}.onnx`, content));
  assert.ok(a && b && c);
  const folder = folderWith(t, Object.fromEntries(contents.map((content, index) => [`${index}.onnx`, content])));
  const one = modelsIn(t, folder);
  await one.predict(a, someRows(1), 8);
  const models = modelsIn(t, folder, { memoryBytes: one.stats().bytes * 2 });
  for (const model of [a, b, a, c, a, a]) await models.predict(model, someRows(1), 8);
  assert.deepEqual([models.stats().loaded, models.stats().loads, models.stats().evictions], [2, 3, 1]);
  await models.predict(b, someRows(1), 8);
  assert.equal(models.stats().loads, 4);
  assert.ok(models.stats().bytes <= one.stats().bytes * 2);
});

test("a model that has to go while it predicts answers before it goes", async (t) => {
  const contents = Array.from({ length: 8 }, (_, index) => onnxModel({ padding: String(index) }));
  const folder = folderWith(t, Object.fromEntries(contents.map((content, index) => [`${index}.onnx`, content])));
  const list = contents.map((content, index) => modelRow(`${index}.onnx`, content));
  const alone = modelsIn(t, folder);
  const [first] = list;
  assert.ok(first);
  const { scores } = await alone.predict(first, someRows(20), 8);
  const models = modelsIn(t, folder, { memoryBytes: alone.stats().bytes + 8 });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => list.map((model) => models.predict(model, someRows(20), 8))).flat(),
  );
  for (const answer of answers) assert.deepEqual(answer.scores, scores);
  assert.equal(models.stats().loaded, 1);
  assert.equal(models.stats().evictions, models.stats().loads - 1);
});

test("a model that has to go in the moment it was loaded answers those who waited for it", async (t) => {
  const contents = ["a", "b"].map((padding) => onnxModel({ padding }));
  const folder = folderWith(t, Object.fromEntries(contents.map((content, index) => [`${index}.onnx`, content])));
  const both = Promise.withResolvers<void>();
  let opened = 0;
  const open = async () => {
    opened += 1;
    if (opened === 2) both.resolve();
    await both.promise;
    let released = false;
    const run = async () => {
      if (released) throw new Unusable("it was released");
      return Float32Array.of(0.5);
    };
    const release = async () => {
      released = true;
    };
    return { msPerRow: 0.001, run, release };
  };
  const memoryBytes = (contents[0]?.length ?? 0) * 10;
  const thread = { open, close: async () => undefined };
  const registry = new Registry(createArtifacts(folder, "us-east-1"), thread, memoryBytes);
  const answers = contents.map((content, index) =>
    registry.use(modelRow(`${index}.onnx`, content), "thread", (loaded) => loaded.score(someRows(1), 1)),
  );
  for (const scores of await Promise.all(answers)) assert.deepEqual([...scores], [0.5]);
  assert.equal(registry.stats().evictions, 1);
});

test("a model that has to go while its last prediction ends goes once", async () => {
  const model = new LoadedModel(await openSession(new Uint8Array(forest), 8), "loop", 1);
  const predicted = Promise.withResolvers<void>();
  const used = model.use(() => predicted.promise);
  setImmediate(predicted.resolve);
  model.evict();
  await used;
  // Gone twice, it would be a rejection that nobody hears, and that ends the process.
  await new Promise(setImmediate);
});

test("trimmed, only the model that was used last stays", async (t) => {
  const content = onnxModel();
  const models = modelsIn(t, folderWith(t, { "m.onnx": content, [FOREST.artifact]: forest }));
  await models.predict(FOREST, someRows(1), 8);
  await models.predict(modelRow("m.onnx", content), someRows(1), 8);
  models.trim();
  assert.equal(models.stats().loaded, 1);
  await models.predict(modelRow("m.onnx", content), someRows(1), 8);
  assert.equal(models.stats().loads, 2);
});

test("the check tells whether the folder can be read", async (t) => {
  const folder = folderWith(t, {});
  const models = modelsIn(t, join(folder, "models"));
  await assert.rejects(models.check(), /ENOENT/);
  symlinkSync(SHIPPED, join(folder, "models"));
  await models.check();
  rmSync(join(folder, "models"));
});
