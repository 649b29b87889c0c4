import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jobOfEachTest } from "./job";
import { type Outcome, runStep } from "./run";
import { ROOT, workflow } from "./workflows";

const STEPS = workflow("drift").jobs.drift?.steps ?? [];
const CHANGES = `Previewing refresh (prod):
    ~ aws:rds/instance:Instance: (update)
      ~ instanceClass: "db.m7g.xlarge" => "db.m7g.large"
error: no changes were expected but changes occurred
`;

describe("the issue about drift", function () {
  this.timeout(60_000);
  const job = jobOfEachTest();

  /** Runs the workflow's own last step after a refresh that ended so. */
  function report(code: number, text: string): Promise<Outcome> {
    writeFileSync(join(job.folder, "drift.txt"), text);
    const step = STEPS.find(({ run }) => run?.includes("drift.ts"));
    const script = { ...step, run: step?.run?.replace("ops/github", join(ROOT, "ops/github")) };
    return runStep(script, { ...job.environment, STACK: "prod", STATUS: String(code) }, job.folder);
  }

  it("is opened when something differs, brought up to date while it does, and closed when nothing does any more", async () => {
    assert.deepEqual(await report(0, ""), { code: 0, output: "prod has not drifted\n" });
    assert.deepEqual(await report(7, CHANGES), { code: 0, output: "prod has drifted: issue opened\n" });
    const [issue] = job.github.issues;
    assert.equal(issue?.title, "The stack prod has drifted");
    assert.match(issue?.body ?? "", /instanceClass: "db.m7g.xlarge" => "db.m7g.large"/);
    assert.match(issue?.body ?? "", /https:\/\/github\.example\/team\/infra\/actions\/runs\/77/);

    assert.match((await report(7, CHANGES.replaceAll("large", "2xlarge"))).output, /issue #\d+ brought up to date/);
    assert.match(issue?.body ?? "", /db\.m7g\.2xlarge/);

    assert.match((await report(0, "")).output, /issue #\d+ closed/);
    assert.deepEqual([job.github.issues.length, issue?.state], [1, "closed"]);
    assert.match(job.github.comments[0]?.body ?? "", /Nothing differs any more/);

    await report(7, CHANGES);
    assert.equal(job.github.issues.length, 2);
  });

  it("is left as it is when the refresh itself failed, and the job fails", async () => {
    const { code, output } = await report(255, "error: no credentials");
    assert.notEqual(code, 0);
    assert.match(output, /whether prod has drifted is not known: pulumi refresh ended with exit code 255/);
    assert.deepEqual(job.github.writes, []);
  });
});
