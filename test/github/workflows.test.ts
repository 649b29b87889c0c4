import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { jobs, ROOT, stackAction, steps, workflow, workflows } from "./workflows";

/** What a job may have, and nothing else: whoever widens one changes this table too. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "ci.yml run": { contents: "read" },
  "deploy.yml image": { contents: "read", "id-token": "write" },
  "deploy.yml preview": { contents: "read", "id-token": "write" },
  "deploy.yml up": { contents: "read", "id-token": "write" },
  "drift.yml drift": { contents: "read", "id-token": "write", issues: "write" },
  "preview-comment.yml comment": { actions: "read", contents: "read", "pull-requests": "write" },
  "preview.yml engine": { contents: "read", "id-token": "write" },
  "preview.yml offline": { contents: "read" },
};

describe("workflows", () => {
  it("give each job no more than it needs", () => {
    const given = jobs.map(({ where, workflow, job }) => [where, job.permissions ?? workflow.permissions]);
    assert.deepEqual(Object.fromEntries(given), PERMISSIONS);
  });

  it("pin every action of others to a commit, with its version beside it", () => {
    const used = steps.flatMap(({ where, step }) => (step.uses === undefined ? [] : [{ where, uses: step.uses }]));
    assert.ok(used.length > 10);
    for (const { where, uses } of used)
      assert.match(uses, /^(\.\/\.github\/actions\/stack|[\w-]+\/[\w-]+@[0-9a-f]{40})$/, where);
    const texts = [
      ...workflows.map(({ text }) => text),
      readFileSync(join(ROOT, ".github/actions/stack/action.yml"), "utf8"),
    ];
    const lines = texts.flatMap((text) => text.split("\n")).filter((line) => /uses: [\w-]+\//.test(line));
    for (const line of lines) assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    // One version of each.
    const versions = new Set(lines.map((line) => line.replace(/^.*uses: /, "")));
    assert.equal(
      versions.size,
      new Set([...versions].map((version) => version.split("@")[0])).size,
      [...versions].join("\n"),
    );
  });

  it("hand no value to a shell but by its environment", () => {
    const interpolated = steps.filter(({ step }) => step.run?.includes("${{"));
    assert.deepEqual(
      interpolated.map(({ where }) => where),
      [],
    );
  });

  it("leave no token in the checked out repository", () => {
    for (const { where, step } of steps) {
      if (step.uses?.startsWith("actions/checkout@")) assert.equal(step.with?.["persist-credentials"], false, where);
    }
  });

  it("end by themselves", () => {
    for (const { where, job } of jobs) assert.ok((job["timeout-minutes"] ?? Infinity) <= 120, where);
  });

  it("run no code of a pull request with a right to write, nor with a secret", () => {
    for (const { file, on, jobs, text } of workflows) {
      assert.ok(!("pull_request_target" in on), file);
      assert.doesNotMatch(text, /secrets\./, file);
      const writes = Object.values(jobs).flatMap(({ permissions }) => Object.entries(permissions ?? {}));
      if ("pull_request" in on) {
        assert.deepEqual(
          writes.filter(([name, right]) => right === "write" && name !== "id-token"),
          [],
          file,
        );
      }
      if ("workflow_run" in on) {
        // What is checked out without a ref is the default branch's, there.
        const checkouts = Object.values(jobs).flatMap((job) =>
          job.steps.filter(({ uses }) => uses?.includes("checkout")),
        );
        assert.deepEqual(
          checkouts.map((step) => step.with?.ref),
          checkouts.map(() => undefined),
          file,
        );
      }
    }
  });

  it("give a pull request a role only when it comes from this repository, and only that for previews", () => {
    const { engine, offline } = workflow("preview").jobs;
    assert.match(engine?.if ?? "", /head\.repo\.full_name == github\.repository &&/);
    assert.equal(engine?.steps.find(({ uses }) => uses?.startsWith("./"))?.with?.role, "preview");
    assert.equal(offline?.if, undefined);
  });

  it("deploy after an approval, one at a time, and are not interrupted by another", () => {
    const { up } = workflow("deploy").jobs;
    assert.equal(up?.environment, "production");
    assert.deepEqual(up?.concurrency, { group: "stack-prod", "cancel-in-progress": false });
    assert.deepEqual(workflow("drift").jobs.drift?.concurrency, up?.concurrency);
  });

  it("wait for a workflow that there is", () => {
    const on = workflow("preview-comment").on as { workflow_run: { workflows: string[] } };
    assert.deepEqual(on.workflow_run.workflows, [(workflow("preview") as unknown as { name: string }).name]);
  });

  it("stay within the time that their credentials are good for", () => {
    const template = parse(readFileSync(join(ROOT, "ops/github/roles.yaml"), "utf8"));
    const credentials = stackAction.runs.steps.find(({ uses }) => uses?.startsWith("aws-actions/"));
    const [, long, short] =
      /== 'deploy' && (\d+) \|\| (\d+)/.exec(String(credentials?.with?.["role-duration-seconds"])) ?? [];
    assert.equal(template.Resources.Deploy.Properties.MaxSessionDuration, Number(long));
    for (const { where, job } of jobs) {
      const role = job.steps.find(({ uses }) => uses?.startsWith("./"))?.with?.role;
      if (role === undefined) continue;
      assert.ok((job["timeout-minutes"] ?? 0) * 60 < Number(role === "deploy" ? long : short), where);
    }
  });
});
