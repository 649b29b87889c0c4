/**
 * Posts a preview on its pull request: `node ops/github/comment.ts DIRECTORY`, the directory being the unpacked artifacts of
 * preview.yml. Changes the comment that is there, if one is.
 *
 * The pull request's own code made the artifacts, so nothing in them is believed. The number says where to post, and holds only
 * if that pull request's newest commit is the one the run was started for, which GitHub tells in the event.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BOT, call, list, MAX_BODY_LENGTH, variable, type Written } from "./api.ts";
import { cut, folded, untrustedText } from "./text.ts";

/** Told by this mark, the comment is found again. */
const MARK = "<!-- pynomaly-preview -->";

/** Says that a document was longer. */
const CUT = "**Cut:** the whole preview is an artifact of the run.";

/** The part of a comment that Pulumi's own preview may fill; the rest is for what is above it. */
const MAX_ENGINE_LENGTH = 20_000;

interface Run {
  readonly head_sha: string;
  readonly head_repository: { readonly full_name: string } | null;
  readonly html_url: string;
}

interface PullRequest {
  readonly state: string;
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
}

const [, , directory] = process.argv;
if (directory === undefined) throw new Error("usage: node ops/github/comment.ts DIRECTORY");
const { workflow_run: run } = JSON.parse(readFileSync(variable("GITHUB_EVENT_PATH"), "utf8")) as { workflow_run: Run };

const document = untrustedText(join(directory, "comment.md"));
const number = untrustedText(join(directory, "number"))?.trim();
if (document === undefined || number === undefined) {
  throw new Error(`the run left no preview to post: ${run.html_url}`);
}
if (!/^[1-9]\d{0,9}$/.test(number)) throw new Error("the artifact names no pull request");

const { state, head } = await call<PullRequest>("GET", `/pulls/${number}`);
if (head.sha !== run.head_sha || head.repo?.full_name !== run.head_repository?.full_name) {
  console.log(`not posted: the run is not of the newest commit of #${number}`);
} else if (state !== "open") {
  console.log(`not posted: #${number} is ${state}`);
} else {
  await post(number, body(document, untrustedText(join(directory, "engine.txt"))));
}

function body(text: string, engine: string | undefined): string {
  const note = `<sub>What this pull request's own code says of ${run.head_sha} · [the run](${run.html_url})</sub>`;
  const details = engine === undefined ? [] : [folded("pulumi preview", cut(engine, MAX_ENGINE_LENGTH))];
  const parts = (notice: readonly string[], shown: string) => [MARK, ...notice, shown, ...details, note].join("\n\n");
  const whole = parts([], text);
  if (whole.length <= MAX_BODY_LENGTH) return whole;
  // The notice comes first, as what is cut may leave a block open.
  return parts([CUT], cut(text, MAX_BODY_LENGTH - parts([CUT], "").length));
}

async function post(number: string, text: string): Promise<void> {
  const comments = await list<Written>(`/issues/${number}/comments?per_page=100`);
  const own = comments.find((comment) => comment.user?.login === BOT && comment.body?.startsWith(MARK));
  if (own === undefined) await call("POST", `/issues/${number}/comments`, { body: text });
  else await call("PATCH", `/issues/comments/${own.id}`, { body: text });
  console.log(`${own === undefined ? "posted" : "updated"} on #${number}`);
}
