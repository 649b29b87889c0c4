/**
 * What a stack needs for a load, and what breaks first:
 * `node --require ./ops/preview/typescript.cjs ops/capacity/main.ts --rps 20000 [--users 50000] [--stack prod] [--format text|json|html]`, or by
 * the environment variables RPS, USERS, STACK and FORMAT.
 */
import { readOptions, root, runCommand } from "../command/command";
import { ConfigurationError } from "../command/errors";

/** Nothing larger is a load of one stack. */
const MOST = 10_000_000;

runCommand(async () => {
  const { rps, users, stack = "prod", format } = readOptions(["text", "json", "html"], "rps", "users", "stack");
  const wanted = {
    requestsPerSecond: count("RPS", rps),
    users: users === undefined ? undefined : count("USERS", users),
  };
  const { stackSettings } = require("../stack-settings") as typeof import("../stack-settings");
  const { readMeasured } = require("./result") as typeof import("./result");
  const { estimate, MIX } = require("./estimate") as typeof import("./estimate");
  const measured = readMeasured(
    root,
    MIX.map(([, kind]) => kind),
  );
  const result = estimate(stack, stackSettings(root, stack), measured, wanted);
  return { document: write(format)(result), violated: false };
});

function count(name: string, text: string | undefined): number {
  const value = /^\d+$/.test(text ?? "") ? Number(text) : 0;
  if (value >= 1 && value <= MOST) return value;
  const found = text === undefined ? "nothing" : JSON.stringify(text);
  throw new ConfigurationError(name, [
    `found ${found}; allowed: a whole number from 1 to ${MOST}, such as ${name}=20000`,
  ]);
}

function write(format: "text" | "json" | "html") {
  if (format === "json") return (require("./document") as typeof import("./document")).estimateJson;
  if (format === "html") return (require("./html") as typeof import("./html")).estimateHtml;
  return (require("./text") as typeof import("./text")).estimateText;
}
