import assert from "node:assert/strict";
import { join } from "node:path";
import { type Engine, REPOSITORY, startEngine } from "./engine";
import { judged, mandatory } from "./verdicts";

describe("the policies on Pulumi's engine", () => {
  let engine: Engine | undefined;
  afterEach(async () => {
    await engine?.close();
    engine = undefined;
  });

  it("stop a preview of the production stack that makes its databases public", async () => {
    engine = await startEngine("prod", { program: join(REPOSITORY, "test/engine/programs/public-database.ts") });
    const { verdicts, stopped } = await judged(engine);
    assert.ok(stopped);
    assert.deepEqual(new Set(mandatory(verdicts).map((verdict) => verdict.split(":")[0])), new Set(["rds-not-public"]));
  });

  it("only advise in the development stack", async () => {
    engine = await startEngine("dev");
    const { verdicts, stopped } = await judged(engine);
    assert.deepEqual(mandatory(verdicts), []);
    assert.ok(!stopped);
    assert.ok(verdicts.length > 0);
  });
});
