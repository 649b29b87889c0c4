import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BOT } from "./github";
import { jobOfEachTest } from "./job";
import { type Outcome, runStep } from "./run";
import { workflow } from "./workflows";

const HEAD = "4f".repeat(20);
const FORK = "somebody/infra";
const MARK = "<!-- pynomaly-preview -->";
const RUN = "https://github.example/team/infra/actions/runs/5";
const LONGEST = 65_536;

describe("the comment on a pull request", function () {
  this.timeout(60_000);
  const job = jobOfEachTest();

  beforeEach(() => {
    mkdirSync(join(job.folder, "preview"));
    job.github.pulls["12"] = { state: "open", head: { sha: HEAD, repo: { full_name: FORK } } };
    leave("number", "12\n");
    leave("comment.md", "### prod: 2 changes\n\n| | |\n|---|---|\n| + | `database-replica-a` |\n");
  });

  /** Leaves a file as the other workflow's artifact. */
  const leave = (name: string, text: string) => writeFileSync(join(job.folder, "preview", name), text);

  /** Runs the workflow's own step for a run of a pull request. */
  function post(run: object = {}): Promise<Outcome> {
    const event = { workflow_run: { head_sha: HEAD, head_repository: { full_name: FORK }, html_url: RUN, ...run } };
    writeFileSync(join(job.folder, "event.json"), JSON.stringify(event));
    const step = workflow("preview-comment").jobs.comment?.steps.find(({ run }) => run !== undefined);
    return runStep(step, {
      ...job.environment,
      GITHUB_EVENT_PATH: join(job.folder, "event.json"),
      RUNNER_TEMP: job.folder,
    });
  }

  it("is posted once, and changed by later runs, whatever else was said there", async () => {
    job.github.comment("reviewer", "first");
    job.github.comment("somebody", `${MARK} not mine`);
    job.github.comment(BOT, "of another workflow");
    assert.deepEqual(await post(), { code: 0, output: "posted on #12\n" });
    leave("comment.md", "### prod: no change\n");
    assert.deepEqual(await post(), { code: 0, output: "updated on #12\n" });

    assert.deepEqual(
      job.github.comments.map(({ user }) => user.login),
      ["reviewer", "somebody", BOT, BOT],
    );
    const body = job.github.comments[3]?.body ?? "";
    assert.ok(body.startsWith(`${MARK}\n\n### prod: no change\n`), body);
    assert.match(body, new RegExp(`What this pull request's own code says of ${HEAD} · \\[the run\\]\\(${RUN}\\)`));
  });

  it("shows Pulumi's own preview below, when there is one, in a block that its text cannot end", async () => {
    leave("engine.txt", "Previewing update (prod):\n```\n</details>\n");
    await post();
    const body = job.github.comments[0]?.body ?? "";
    assert.match(
      body,
      /<details><summary>pulumi preview<\/summary>\n\n````\nPreviewing update[\s\S]*\n````\n\n<\/details>/,
    );
  });

  it("is not posted where the run does not belong: another commit, another repository, a closed pull request", async () => {
    for (const run of [
      { head_sha: "00".repeat(20) },
      { head_repository: { full_name: "team/infra" } },
      { head_repository: null },
    ]) {
      const { code, output } = await post(run);
      assert.equal(code, 0, output);
      assert.match(output, /^not posted: the run is not of the newest commit of #12/);
    }
    job.github.pulls["12"] = { state: "closed", head: { sha: HEAD, repo: { full_name: FORK } } };
    assert.match((await post()).output, /^not posted: #12 is closed/);
    assert.deepEqual(job.github.writes, []);
  });

  it("is refused where the artifact is not what it should be", async () => {
    leave("number", "12/../../../other/repo/issues/1");
    assert.match((await post()).output, /the artifact names no pull request/);
    leave("number", "12");
    rmSync(join(job.folder, "preview", "comment.md"));
    assert.match((await post()).output, /left no preview to post/);
    // A link could name a file that only this job may read.
    symlinkSync("/proc/self/environ", join(job.folder, "preview", "comment.md"));
    assert.match((await post()).output, /comment\.md is not a plain file/);
    rmSync(join(job.folder, "preview", "comment.md"));
    leave("comment.md", "x".repeat(5 * 2 ** 20));
    assert.match((await post()).output, /has 5242880 bytes; at most/);
    assert.deepEqual(job.github.writes, []);
  });

  it("notifies nobody, and hides nothing", async () => {
    leave("comment.md", "@everybody look, cc @team/admins, me@example.com, x@sha256:0\u202e reversed\u0007\n");
    await post();
    const body = job.github.comments[0]?.body ?? "";
    assert.match(body, /\n@\u200beverybody look, cc @\u200bteam\/admins, me@example\.com, x@sha256:0 reversed\n/);
  });

  it("fits, and says so first when it had to be cut", async () => {
    leave("comment.md", `${"| a row of a table |\n".repeat(10_000)}`);
    leave("engine.txt", "a line\n".repeat(10_000));
    assert.equal((await post()).code, 0);
    const body = job.github.comments[0]?.body ?? "";
    assert.ok(body.length <= LONGEST && body.length > LONGEST - 100, String(body.length));
    assert.match(body, /^<!-- pynomaly-preview -->\n\n\*\*Cut:\*\* [^\n]+\n\n\| a row of a table \|\n/);
    assert.match(body, /\[the run\]/);
  });

  it("fails with what GitHub said", async () => {
    delete job.github.pulls["12"];
    const { code, output } = await post();
    assert.notEqual(code, 0);
    assert.match(output, /GET http:.*\/repos\/team\/infra\/pulls\/12: 404 .*Not Found/);
    assert.doesNotMatch(output, /token-of-the-test/);
  });
});
