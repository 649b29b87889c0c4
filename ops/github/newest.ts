/** Fails unless the workflow's commit is the newest one of main: `node ops/github/newest.ts`. */
import { call, variable } from "./api.ts";

const commit = variable("GITHUB_SHA");
const { sha } = await call<{ readonly sha: string }>("GET", "/commits/main");
if (sha !== commit) {
  console.error(`error: main has moved on from ${commit} to ${sha}: approve the run of that commit`);
  process.exitCode = 1;
}
