/**
 * Previews a stack offline: `node --require ./ops/preview/typescript.cjs ops/preview/main.ts [--stack prod] [--against main]
 * [--format text]`, or by the environment variables STACK, AGAINST and FORMAT. The document goes to standard output, progress and
 * errors to standard error; with DEBUG set, errors come with their stack traces. What it exits with: {@link ExitCode}.
 */
import { randomUUID } from "node:crypto";
import { isViolated, progress, readOptions, root, runCommand } from "../command/command";

runCommand(async (startPacks) => {
  const { stack = "prod", against, format } = readOptions(["text", "json", "markdown", "html"], "stack", "against");
  const say = (what: string) => progress(`${stack}: ${what}`);
  const secretsKey = randomUUID();
  const { resolveCommit } = require("../diff/git") as typeof import("../diff/git");
  const commit = against === undefined ? undefined : await resolveCommit(root, against, "AGAINST");
  const packs = startPacks();

  const { preview } = require("./preview") as typeof import("./preview");
  const result = await preview(root, stack, packs, say, secretsKey);
  // One side after the other: with its packs, each alone keeps a machine of two or four cores busy.
  const { recordAt } = require("../diff/against") as typeof import("../diff/against");
  const base = commit && (await recordAt(root, stack, commit, secretsKey, say));
  const { compare } = require("../diff/compare") as typeof import("../diff/compare");
  const comparison = base && compare(base, result);
  const { documentOf } = require("./documents") as typeof import("./documents");
  const refused = comparison?.dangers.some(({ level }) => level === "refused") ?? false;
  return { document: documentOf(format, result, comparison), violated: refused || isViolated(result.violations) };
});
