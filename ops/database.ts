/**
 * Runs the service's database tool, `npm run database -- analyze|optimize|verify …`, with the parameters of the stack STACK
 * (prod) as what a server is to have. Arguments, output and exit code are the tool's own: app/src/maintain.ts. Its exit code
 * for what is wrong before it begins, 2, is this program's too.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectedDatabase } from "../sizing/expected";
import { ExitCode } from "./command/errors";
import { MISCONFIGURED, stackSettings } from "./stack-settings";

const root = join(__dirname, "..");

/** The commands that compare a server with what it is to be. */
const COMPARING = ["analyze", "verify"];

const args = process.argv.slice(2);

/** What the stack's database is to be, in a file for the tool. */
function writeExpected(folder: string): string {
  const stack = process.env.STACK || "prod";
  const { settings, plan } = stackSettings(root, stack);
  const file = join(folder, `${stack}.json`);
  writeFileSync(file, JSON.stringify(expectedDatabase(plan.database, settings.databaseEngineVersion)));
  return file;
}

function run(expected: readonly string[]): Promise<number> {
  const tool = spawn(process.execPath, [join(root, "app", "src", "maintain.ts"), ...args, ...expected], {
    stdio: "inherit",
  });
  // A terminal sends Ctrl-C to the tool as well; it cleans up and ends, and this program after it.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => tool.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    tool.once("error", reject);
    tool.once("exit", (code) => resolve(code ?? ExitCode.failed));
  });
}

async function main(): Promise<number> {
  const named = args.some((argument) => argument === "--expected" || argument.startsWith("--expected="));
  if (named || !args.some((argument) => COMPARING.includes(argument))) return run([]);
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-database-"));
  try {
    return await run(["--expected", writeExpected(folder)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = MISCONFIGURED.includes(error.name) ? ExitCode.misconfigured : ExitCode.failed;
  },
);
