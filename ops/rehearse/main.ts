/**
 * Rehearses a stack on this machine: `node --require ./ops/preview/typescript.cjs ops/rehearse/main.ts`, by the environment
 * variables of {@link Options}. Tables go to standard output, progress and errors to standard error; the report's path is the
 * last line. What it exits with: 0 what was measured keeps to the targets, 1 something does not, 2 what was asked for is wrong,
 * 3 the rehearsal failed, 130 it was interrupted.
 */
import { join } from "node:path";
import { ExitCode } from "../command/errors";
import { MISCONFIGURED } from "../stack-settings";
import { readOptions } from "./options";
import { readPlan } from "./plan";
import { requireRoom } from "./preflight";

const root = join(__dirname, "..", "..");

/** What shells call 128 + SIGINT. */
const INTERRUPTED = 130;

async function main(): Promise<number> {
  const options = readOptions(process.env);
  readPlan(root, options);
  const { isFree, runGroup } = await import("../../app/local/group.ts");
  await requireRoom(options, isFree);
  const { asked, code } = await runGroup({
    module: join(__dirname, "instance.ts"),
    nodeArguments: ["--require", join(root, "ops", "preview", "typescript.cjs")],
    env: process.env,
    prefix: "pynomaly-rehearsal-",
  });
  return asked ? INTERRUPTED : (code ?? ExitCode.failed);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(process.env.DEBUG ? error : error.message);
    process.exitCode = MISCONFIGURED.includes(error.name) ? ExitCode.misconfigured : ExitCode.failed;
  },
);
