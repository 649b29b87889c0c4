import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generated } from "../../ops/generated";

describe("generated files", () => {
  for (const [path, render] of Object.entries(generated)) {
    it(`${path} says what the code says (make generate rewrites it)`, () => {
      assert.equal(readFileSync(join(__dirname, "..", "..", path), "utf8"), render());
    });
  }
});
