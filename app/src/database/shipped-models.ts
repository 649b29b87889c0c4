import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";

const Manifest = Type.Object({
  name: Type.String(),
  version: Type.String(),
  algorithm_name: Type.String(),
  /** Name of its file beside the manifest. */
  artifact: Type.String(),
  /** Of that file, in hexadecimal. */
  sha256: Type.String(),
  feature_count: Type.Integer(),
  /** Scores from here on are anomalies. */
  threshold: Type.Number(),
  /** null: not measured. */
  accuracy: Type.Union([Type.Number(), Type.Null()]),
});

/** What a model that comes with the service says of itself: `<name>-<version>.json` beside the model's file. */
export type ModelManifest = Static<typeof Manifest>;

const manifest = Compile(Manifest);

const FOLDER = fileURLToPath(new URL("../../models", import.meta.url));

/**
 * The manifests of the models that come with the service.
 *
 * @throws Error that names the manifest which is wrong, and what is wrong in it
 */
export async function readManifests(folder = FOLDER): Promise<ModelManifest[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json")).sort();
  return Promise.all(
    files.map(async (file) => {
      const value: unknown = JSON.parse(await readFile(`${folder}/${file}`, "utf8"));
      const [problem] = manifest.Errors(value);
      if (problem !== undefined) throw new Error(`${file}${problem.instancePath}: ${problem.message}`);
      return manifest.Parse(value);
    }),
  );
}

/** What may change of a model without its being another: what is said of it, and from which score on it tells. */
const REGISTER = `
  INSERT INTO models AS known (name, version, algorithm_name, artifact, sha256, feature_count, threshold, accuracy)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (name, version) DO UPDATE
    SET algorithm_name = excluded.algorithm_name, threshold = excluded.threshold, accuracy = excluded.accuracy,
        updated_at = now()
    WHERE (known.algorithm_name, known.threshold, known.accuracy)
          IS DISTINCT FROM (excluded.algorithm_name, excluded.threshold, excluded.accuracy)`;

const SAME = "SELECT 1 FROM models WHERE (name, version, artifact, sha256, feature_count) = ($1, $2, $3, $4, $5)";

/**
 * Registers models, or brings what is said of them up to date. Predictions are kept under name and version, and pods of
 * the last release still load the old file: another file is another version.
 *
 * @throws Error that names a model whose file changed
 */
export async function registerModels(client: pg.Client, manifests: readonly ModelManifest[]): Promise<void> {
  for (const { name, version, algorithm_name, artifact, sha256, feature_count, threshold, accuracy } of manifests) {
    const file = [artifact, sha256, feature_count];
    await client.query(REGISTER, [name, version, algorithm_name, ...file, threshold, accuracy]);
    const { rowCount } = await client.query(SAME, [name, version, ...file]);
    if (rowCount === 0) {
      throw new Error(`model ${name} ${version} is registered with another file: give it a new version`);
    }
  }
}
