import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RepositoryCopy } from "../preview/repository-copy";
import { runStep } from "./run";
import { workflow } from "./workflows";

describe("the preview of a pull request", function () {
  this.timeout(120_000);
  let copy: RepositoryCopy;

  beforeEach(() => {
    copy = new RepositoryCopy();
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: copy.root });
    git("init", "--quiet", "--initial-branch", "main");
    copy.write(".git/info/exclude", "node_modules\n");
    git("add", "--all");
    git("commit", "--quiet", "--message", "base");
    git("update-ref", "refs/remotes/origin/main", "HEAD");
  });
  afterEach(() => copy.delete());

  /** Runs the workflow's step on what the copy is now; returns what it left and the exit code that the check fails by. */
  async function preview() {
    const step = workflow("preview").jobs.offline?.steps.find(({ id }) => id === "preview");
    const output = join(copy.root, "output");
    const environment = { AGAINST: "origin/main", PULL_REQUEST: "12", GITHUB_OUTPUT: output };
    const outcome = await runStep(step, environment, copy.root);
    assert.equal(outcome.code, 0, outcome.output);
    const read = (name: string) => readFileSync(join(copy.root, name), "utf8");
    return { number: read("preview/number"), comment: read("preview/comment.md"), status: read("output") };
  }

  it("leaves its number, what it changes, and the verdict", async () => {
    copy.append("Pulumi.prod.yaml", "  pynomaly-infra:cacheReplicas: 3\n");
    const { number, comment, status } = await preview();
    assert.equal(number, "12\n");
    assert.equal(status, "status=0\n");
    assert.match(comment, /cacheReplicas/);
    assert.match(comment, /numCacheClusters/);
  });

  it("leaves why there is none, when the settings are wrong", async () => {
    copy.append("Pulumi.prod.yaml", "  pynomaly-infra:cacheReplicas: many\n");
    const { number, comment, status } = await preview();
    assert.equal(number, "12\n");
    assert.equal(status, "status=2\n");
    assert.match(comment, /^\*\*The preview failed:\*\*\n\n(?: {4}.*\n)+$/);
    assert.match(comment, /cacheReplicas: found many; allowed: a whole number of replicas from 0 to 4/);
  });
});
