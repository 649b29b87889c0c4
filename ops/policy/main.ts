/**
 * Judges a running stack by its exported state, without a login:
 * `node --require ./ops/preview/typescript.cjs ops/policy/main.ts --state state.json [--format text]`, or by the environment variables
 * STATE and FORMAT. Packs, configuration, output and exit codes are those of the preview. Where the Pulumi CLI is on the PATH, the
 * engine's own `policy analyze` judges.
 */
import { resolve } from "node:path";
import { isViolated, packsAsBuilt, progress, readOptions, root, runCommand } from "../command/command";
import { ConfigurationError } from "../command/errors";

runCommand(async (startPacks) => {
  const { state, format } = readOptions(["text", "json"], "state");
  if (state === undefined) {
    throw new ConfigurationError("STATE", ["found nothing; allowed: the file that pulumi stack export --file wrote"]);
  }
  const path = resolve(state);
  const { judgeByEngine, offersAnalyze } = require("./engine") as typeof import("./engine");
  const isEngineThere = await offersAnalyze();
  const packs = isEngineThere ? [] : startPacks();
  const { readState } = require("./state") as typeof import("./state");
  const { judge } = require("../preview/judge") as typeof import("../preview/judge");
  const subject = readState(path, state);
  const say = (what: string) => progress(`${subject.stack}: ${what}`);
  const judgement = isEngineThere
    ? await judgeByEngine(root, path, subject, packsAsBuilt(), say)
    : await judge(root, subject, packs, say);
  const { judgementJson } = require("../preview/json") as typeof import("../preview/json");
  const { judgementText } = require("../preview/text") as typeof import("../preview/text");
  const document = format === "json" ? judgementJson(judgement) : judgementText(judgement);
  return { document, violated: isViolated(judgement.violations) };
});
