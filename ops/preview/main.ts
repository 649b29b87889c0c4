/**
 * Previews a stack offline: `node --require ./ops/preview/typescript.cjs ops/preview/main.ts [--stack prod] [--format text]`,
 * or by the environment variables STACK and FORMAT. The document goes to standard output, progress and errors to standard error; with DEBUG set, errors
 * come with their stack traces. What it exits with: {@link ExitCode}.
 */
import { isViolated, progress, readOptions, root, runCommand } from "./command";

runCommand(async (startPacks) => {
  const { stack = "prod", format } = readOptions(["text", "json"], "stack");
  const packs = startPacks();
  const { preview } = require("./preview") as typeof import("./preview");
  const result = await preview(root, stack, packs, (what) => progress(`${stack}: ${what}`));
  const { previewJson } = require("./json") as typeof import("./json");
  const { previewText } = require("./text") as typeof import("./text");
  const document = format === "json" ? previewJson(result) : previewText(result);
  return { document, violated: isViolated(result.violations) };
});
