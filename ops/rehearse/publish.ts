import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Result } from "./result";
import { resultText } from "./text";
import type { TargetVerdict } from "./verdicts";

/** Prints a rehearsal, and keeps it beside the others of its stack. */
export function publish(root: string, result: Result, verdicts: readonly TargetVerdict[]): void {
  const folder = join(root, ".cache", "rehearsal");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${result.plan.options.stack}.json`);
  writeFileSync(file, JSON.stringify({ ...result, verdicts }, null, 2));
  console.log(resultText(result, verdicts));
  console.log(`\nreport: ${relative(process.cwd(), file)}`);
}
