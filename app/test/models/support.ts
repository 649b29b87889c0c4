import { hash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { ModelRow } from "../../src/models/model.ts";
import { createModels, type Models, type ModelsOptions } from "../../src/models/models.ts";

/** The folder of the shipped model. */
export const SHIPPED = fileURLToPath(new URL("../../models/", import.meta.url));

/** The shipped model, as a row of the table. */
export const FOREST: ModelRow = {
  ...modelRow("", new Uint8Array()),
  ...json(join(SHIPPED, "isolation-forest-1.json")),
};

/** What scikit-learn says of some rows. */
export const FIXTURE = json<{ records: { row: number[]; score: number; label: 0 | 1 }[] }>(
  fileURLToPath(new URL("fixture.json", import.meta.url)),
).records;

function json<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The row of a model whose artifact has this content. */
export function modelRow(artifact: string, content: Uint8Array, others: Partial<ModelRow> = {}): ModelRow {
  return {
    id: 1,
    name: "test",
    version: "1",
    algorithm_name: "Test",
    accuracy: null,
    status: "active",
    artifact,
    sha256: hash("sha256", content),
    feature_count: 8,
    threshold: 0.5,
    created_at: "2026-11-23T10:00:00.000000Z",
    updated_at: "2026-11-23T10:00:00.000000Z",
    ...others,
  };
}

/** A folder that goes with the test, with files in it. */
export function folderWith(t: TestContext, files: Readonly<Record<string, Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-models-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** A cache that has nothing and keeps nothing, as without Redis. */
const NO_CACHE: ModelsOptions["cache"] = { getMany: async () => new Map(), setMany: async () => false };

/** Models that go with the test. */
export function modelsIn(
  t: TestContext,
  location: string,
  { memoryBytes = 2 ** 28, cache = NO_CACHE }: { memoryBytes?: number; cache?: ModelsOptions["cache"] } = {},
): Models {
  const config = { AWS_REGION: "us-east-1", MODELS_LOCATION: location, MODELS_MEMORY_BYTES: memoryBytes };
  const models = createModels({ config, cache });
  t.after(() => models.close());
  return models;
}

/** Rows of eight numbers, the same for the same seed. */
export function someRows(count: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: count * 8 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647) * 6 - 3;
  });
}
