import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitHub } from "./github";

/** What the steps of a job have around them. */
export interface Job {
  readonly github: GitHub;
  /** The environment of a step that calls GitHub. */
  readonly environment: Readonly<Record<string, string>>;
  /** An empty folder. */
  readonly folder: string;
}

/** The job of the running test: each test of the suite that calls this gets one of its own, which ends with it. */
export function jobOfEachTest(): Job {
  const job = {} as { -readonly [Key in keyof Job]: Job[Key] };
  beforeEach(async () => {
    job.github = new GitHub();
    job.environment = await job.github.start();
    job.folder = mkdtempSync(join(tmpdir(), "job-"));
  });
  afterEach(() => {
    job.github.stop();
    rmSync(job.folder, { recursive: true });
  });
  return job;
}
