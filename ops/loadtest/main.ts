/**
 * `make loadtest URL=…`: loads an API up to the targets and says which it meets.
 * `node --require ./ops/preview/typescript.cjs ops/loadtest/main.ts --url http://localhost:8000`, or by the environment variables URL,
 * TARGETS, SECONDS, ALLOW, STACK and FORMAT. The key comes from API_KEY or API_KEY_FILE alone.
 *
 * It exits with 0 when every judged target is met, with 1 when one is missed or was not measured to the end, with 2 when what it
 * was told is wrong. Interrupted, it still says what it has measured.
 */
import { join, relative } from "node:path";
import { progress, readOptions, root, runCommand } from "../command/command";
import { ConfigurationError } from "../command/errors";
import { writeReport } from "../report";
import { stackSettings } from "../stack-settings";
import { allowedOrigin } from "./allowed";
import { readGoals } from "./goals";
import { loadHtml } from "./html";
import { readApiKey } from "./key";
import { loadTest } from "./load-test";
import { endProgress, showProgress } from "./progress";
import type { LoadReport } from "./report";
import { loadText } from "./text";

/** Where the last report of a load that began is kept, in both formats: a load is too dear to be made again for the other one. */
const KEPT = join(root, ".cache", "loadtest");

const MAX_SECONDS = 3_600;
const DEFAULT_SECONDS = "60";

const json = (report: LoadReport) => `${JSON.stringify(report, null, 2)}\n`;
const WRITERS = { text: loadText, json, html: loadHtml } as const;

runCommand(async () => {
  const options = readOptions(["text", "json", "html"], "url", "targets", "seconds", "allow", "stack");
  const seconds = secondsOf(options.seconds);
  const goals = readGoals(options.targets);
  const stackHost = () => stackSettings(root, options.stack ?? "prod").settings.domainName;
  const origin = allowedOrigin(options.url, { stackHost, added: options.allow });
  const apiKey = readApiKey(process.env);

  const interrupt = new AbortController();
  // A second one ends it at once.
  process.once("SIGINT", () => interrupt.abort());
  const report = await loadTest({ origin, apiKey, goals, seconds, progress: showProgress, signal: interrupt.signal });
  endProgress();
  // What never began must not take the place of what was measured.
  if (report.stages.length > 0) {
    writeReport(`${KEPT}.json`, json(report));
    writeReport(`${KEPT}.html`, loadHtml(report));
    progress(`wrote ${relative(process.cwd(), KEPT)}.html and .json`);
  }
  return { document: WRITERS[options.format](report), violated: report.verdict !== "met" };
});

function secondsOf(text = DEFAULT_SECONDS): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  const allowed = `a whole number from 1 to ${MAX_SECONDS}`;
  throw new ConfigurationError("SECONDS", [`found ${JSON.stringify(text)}; allowed: ${allowed}`]);
}
