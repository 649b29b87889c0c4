import { relative } from "node:path";
import { loadHtml } from "../loadtest/html";
import { writeReport } from "../report";
import { resultPage } from "./html";
import { reportPlace } from "./options";
import type { Result } from "./result";
import { resultText } from "./text";
import type { TargetVerdict } from "./verdicts";

/** Prints a rehearsal, and keeps it as a page with charts, and as JSON beside it; so the load test's own page. */
export function publish(root: string, result: Result, verdicts: readonly TargetVerdict[]): void {
  const place = reportPlace(root, result.plan.options);
  writeReport(`${place}.json`, JSON.stringify({ ...result, verdicts }, null, 2));
  writeReport(`${place}-load.html`, loadHtml(result.loaded.report));
  writeReport(`${place}.html`, resultPage(result, verdicts));
  console.log(resultText(result, verdicts));
  console.log(`\nreport: ${relative(process.cwd(), `${place}.html`)}`);
}
