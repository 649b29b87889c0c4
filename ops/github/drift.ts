/**
 * Keeps one issue about what was changed behind Pulumi's back: `node ops/github/drift.ts STACK FILE EXIT_CODE`, with what
 * `pulumi refresh --preview-only --expect-no-changes` wrote, and its exit code. Opens the issue, brings it up to date, or closes it.
 * Fails when the command failed: then nothing is known.
 */
import { BOT, call, list, MAX_BODY_LENGTH, variable, type Written } from "./api.ts";
import { cut, folded, untrustedText } from "./text.ts";

/** Pulumi's exit code when nothing should have changed, and something did. */
const EXIT_CHANGES = 7;

const [, , stack, file, code] = process.argv;
if (stack === undefined || file === undefined || code === undefined) {
  throw new Error("usage: node ops/github/drift.ts STACK FILE EXIT_CODE");
}
const title = `The stack ${stack} has drifted`;
const run = `${variable("GITHUB_SERVER_URL")}/${variable("GITHUB_REPOSITORY")}/actions/runs/${variable("GITHUB_RUN_ID")}`;

switch (Number(code)) {
  case 0:
    await close();
    break;
  case EXIT_CHANGES:
    await report(untrustedText(file) ?? "");
    break;
  default:
    throw new Error(`whether ${stack} has drifted is not known: pulumi refresh ended with exit code ${code}`);
}

async function report(changes: string): Promise<void> {
  const introduction = [
    `AWS or Kubernetes has resources of \`${stack}\` otherwise than Pulumi left them.`,
    "If that was meant, put it into the program. If not, `pulumi up --refresh` undoes it.",
    `Seen last by [this run](${run}); closed by the next one that finds nothing.`,
  ].join("\n");
  const room = MAX_BODY_LENGTH - introduction.length - 200;
  const body = `${introduction}\n\n${folded("What differs", cut(changes, room))}`;
  const issue = await open();
  if (issue === undefined) await call("POST", "/issues", { title, body });
  else await call("PATCH", `/issues/${issue.number}`, { body });
  console.log(
    `${stack} has drifted: ${issue === undefined ? "issue opened" : `issue #${issue.number} brought up to date`}`,
  );
}

async function close(): Promise<void> {
  const issue = await open();
  if (issue !== undefined) {
    await call("POST", `/issues/${issue.number}/comments`, { body: `Nothing differs any more: [the run](${run}).` });
    await call("PATCH", `/issues/${issue.number}`, { state: "closed", state_reason: "completed" });
  }
  console.log(`${stack} has not drifted${issue === undefined ? "" : `: issue #${issue.number} closed`}`);
}

/** The open issue about this stack, if there is one. */
async function open(): Promise<Written | undefined> {
  const issues = await list<Written>(`/issues?state=open&creator=${encodeURIComponent(BOT)}&per_page=100`);
  return issues.find((issue) => issue.title === title);
}
