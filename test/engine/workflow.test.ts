import assert from "node:assert/strict";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runStep } from "../github/run";
import { type Step, workflow } from "../github/workflows";
import { deployedProduction } from "./deployed";
import { type Engine, REPOSITORY, startEngine } from "./engine";

const IMAGE = `123456789012.dkr.ecr.us-east-1.amazonaws.com/image-repository-1@sha256:${"2".repeat(64)}`;

describe("the workflows on Pulumi's engine", () => {
  let engine: Engine;

  before(async () => {
    engine = await startEngine("prod", { like: await deployedProduction() });
    for (const folder of ["ops", "policy"]) await symlink(join(REPOSITORY, folder), join(engine.directory, folder));
  });
  after(() => engine?.close());

  const stepOf = (file: string, job: string, part: string) =>
    workflow(file).jobs[job]?.steps.find(({ run }) => run?.includes(part));

  /** Runs a step on the stack; returns what it wrote for those that follow. */
  async function run(step: Step | undefined, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const files = {
      GITHUB_OUTPUT: join(engine.directory, "output"),
      GITHUB_STEP_SUMMARY: join(engine.directory, "summary"),
    };
    await Promise.all(Object.values(files).map((file) => writeFile(file, "")));
    const { code, output } = await runStep(step, { ...engine.environment, ...files, ...environment }, engine.directory);
    assert.equal(code, 0, output);
    return readFile(files.GITHUB_OUTPUT, "utf8");
  }

  it("ask for an approval of a new image, and show what it changes", async () => {
    assert.equal(await run(stepOf("deploy", "preview", "stack.sh"), { IMAGE }), "changes=yes\n");
    const summary = await readFile(join(engine.directory, "summary"), "utf8");
    assert.match(summary, /^ {4}.*api-deployment/m);
    assert.ok(summary.includes(IMAGE));
  });

  it("deploy it under both policy packs, and then ask for nothing", async () => {
    await run(stepOf("deploy", "up", "stack.sh"), { IMAGE });
    assert.equal(await run(stepOf("deploy", "preview", "stack.sh"), { IMAGE }), "changes=no\n");
  });

  it("preview a pull request with the image that runs", async () => {
    assert.equal(await run(stepOf("preview", "engine", "stack.sh")), "status=0\n");
    const text = await readFile(join(engine.directory, "preview/engine.txt"), "utf8");
    assert.match(text, /\d+ unchanged/);
    assert.doesNotMatch(text, /to (update|create|delete|replace)/);
  });
});
