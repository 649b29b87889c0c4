import assert from "node:assert/strict";
import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ARTIFACT_MAX_BYTES, createArtifacts } from "../../src/models/artifacts.ts";
import { startS3 } from "./s3.ts";
import { FOREST, folderWith, modelsIn, SHIPPED, someRows } from "./support.ts";

const forest = readFileSync(join(SHIPPED, FOREST.artifact));

test("a model is loaded from a bucket, from under the prefix", async (t) => {
  const requests = await startS3(t, {
    [`GET /models/forests/v1/${FOREST.artifact}`]: forest,
    [`GET /models/${FOREST.artifact}`]: forest,
  });
  const { scores } = await modelsIn(t, "s3://models/forests/v1/").predict(FOREST, someRows(5), 8);
  assert.deepEqual(scores, (await modelsIn(t, SHIPPED).predict(FOREST, someRows(5), 8)).scores);
  await modelsIn(t, "s3://models").predict(FOREST, someRows(5), 8);
  assert.deepEqual(requests, [`GET /models/forests/v1/${FOREST.artifact}`, `GET /models/${FOREST.artifact}`]);
});

test("a bucket's file with another content is not run", async (t) => {
  await startS3(t, { [`GET /models/${FOREST.artifact}`]: forest.subarray(0, 1000) });
  await assert.rejects(modelsIn(t, "s3://models").predict(FOREST, someRows(1), 8), /another checksum/);
});

test("what a bucket does not give is told without what it said", async (t) => {
  await startS3(t, {
    "GET /models/forbidden.onnx": [403, "AccessDenied"],
    "GET /models/broken.onnx": (response) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    },
  });
  const artifacts = createArtifacts("s3://models", "us-east-1");
  t.after(() => artifacts.close());
  await assert.rejects(artifacts.read("missing.onnx"), { name: "Unusable", message: "its artifact is missing" });
  for (const name of ["forbidden.onnx", "broken.onnx"]) {
    await assert.rejects(artifacts.read(name), { name: "Unusable", message: "its artifact cannot be read" });
  }
});

test("a file above the limit is not read to its end", async (t) => {
  let sent = 0;
  await startS3(t, {
    "GET /models/huge.onnx": (response) => {
      const chunk = Buffer.alloc(1024 ** 2);
      const write = () => {
        while (!response.destroyed && sent < ARTIFACT_MAX_BYTES * 4) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once("drain", write);
        }
        response.end();
      };
      write();
    },
  });
  const bucket = createArtifacts("s3://models", "us-east-1");
  t.after(() => bucket.close());
  await assert.rejects(bucket.read("huge.onnx"), /its artifact is larger than 67108864 bytes/);
  assert.ok(sent < ARTIFACT_MAX_BYTES * 2, `${sent} bytes were sent`);

  const path = folderWith(t, { "huge.onnx": new Uint8Array() });
  truncateSync(join(path, "huge.onnx"), ARTIFACT_MAX_BYTES + 1);
  await assert.rejects(createArtifacts(path, "us-east-1").read("huge.onnx"), /its artifact is larger than/);
});

test("the check tells whether the bucket can be read", async (t) => {
  const requests = await startS3(t, { "HEAD /models": new Uint8Array(), "HEAD /other": [403, "Forbidden"] });
  const [good, bad] = ["s3://models/prefix", "s3://other"].map((location) => createArtifacts(location, "us-east-1"));
  t.after(() => [good, bad].map((artifacts) => artifacts?.close()));
  await good?.check();
  await assert.rejects(async () => bad?.check());
  assert.deepEqual(new Set(requests), new Set(["HEAD /models", "HEAD /other"]));
});
