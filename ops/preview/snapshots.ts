/**
 * Rewrites the committed graphs, `test/snapshots/<stack>.json`, one for each stack: `tsx ops/preview/snapshots.ts`.
 * What a change of the program changes in them is what it changes in the cloud.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { snapshot } from "./json";
import { recordStack } from "./preview";
import { stackNames } from "./stack-config";

const root = join(__dirname, "..", "..");

async function main(): Promise<void> {
  const folder = join(root, "test", "snapshots");
  mkdirSync(folder, { recursive: true });
  for (const stack of stackNames(root)) {
    const { graph } = await recordStack(root, stack);
    writeFileSync(join(folder, `${stack}.json`), snapshot(graph));
    console.error(`wrote test/snapshots/${stack}.json: ${graph.resources.length} resources`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
