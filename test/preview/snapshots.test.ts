import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { snapshot } from "../../ops/preview/json";
import { recordStack } from "../../ops/preview/preview";
import { stackNames } from "../../ops/preview/stack-config";

const root = join(__dirname, "..", "..");

describe("snapshots", () => {
  for (const stack of stackNames(root)) {
    it(`test/snapshots/${stack}.json is the graph of ${stack} (after an intended change: make snapshots)`, async () => {
      const { graph } = await recordStack(root, stack);
      const committed: unknown = JSON.parse(readFileSync(join(root, "test", "snapshots", `${stack}.json`), "utf8"));
      assert.deepEqual(JSON.parse(snapshot(graph)), committed);
    });
  }
});
