/**
 * The guide's pre-production checklist, verified item by item:
 * `node --require ./ops/preview/typescript.cjs ops/checklist/main.ts [--stack prod] [--url …] [--metrics-url …] [--database-url …]
 * [--cache-url …] [--format text|markdown|json]`, or by the environment variables of the same names. What runs is looked at where it is given.
 * Exits 1 when an item fails, 2 when what was given is wrong.
 */
import { progress, readOptions, root, runCommand } from "../command/command";

runCommand(async (startPacks) => {
  const options = readOptions(
    ["text", "markdown", "json"],
    "stack",
    "url",
    "metrics-url",
    "database-url",
    "cache-url",
    "report",
  );
  const { stack = "prod", format } = options;
  const { givenParts, readRunning } = require("./running") as typeof import("./running");
  const given = givenParts(options);
  const packs = startPacks();
  const { preview } = require("../preview/preview") as typeof import("../preview/preview");
  const { stackSettings } = require("../stack-settings") as typeof import("../stack-settings");
  const { ITEMS } = require("./items") as typeof import("./items");
  const { check } = require("./item") as typeof import("./item");
  const report = require("./report") as typeof import("./report");

  const tell = (what: string) => progress(`${stack}: ${what}`);
  const { settings, plan } = stackSettings(root, stack);
  const { graph, ...judgement } = await preview(root, stack, packs, tell);
  const running = await readRunning(root, given, { settings, plan }, tell);
  const subject = { stack, settings, plan, graph, judgement, running, root };
  const checklist = { stack, items: ITEMS.map((item) => check(item, subject)) };
  const written = { text: report.checklistText, markdown: report.checklistMarkdown, json: report.checklistJson };
  return { document: written[format](checklist), violated: checklist.items.some(({ status }) => status === "fail") };
});
