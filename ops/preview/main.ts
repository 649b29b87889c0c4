/**
 * Previews a stack offline: `node --require ./ops/preview/typescript.cjs ops/preview/main.ts [--stack prod] [--format text]`,
 * or by the environment variables STACK and FORMAT. The document goes to standard output, progress and errors to standard error; with DEBUG set, errors
 * come with their stack traces. What it exits with: {@link ExitCode}.
 */
import { existsSync, readdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { colorsFor } from "./colors";
import { ConfigurationError, ExitCode } from "./errors";
import { type PackProcess, PolicyPackError, startPack } from "./pack-process";

const FORMATS = ["text", "json"] as const;

const colors = colorsFor(process.stderr);
const root = join(__dirname, "..", "..");
// The document alone goes to standard output, and this tool alone decides how it ends, whatever the program does.
const write = process.stdout.write.bind(process.stdout);
const exit = process.exit.bind(process);

interface Options {
  readonly stack: string;
  readonly format: (typeof FORMATS)[number];
}

function readOptions(): Options {
  let given: { readonly stack?: string; readonly format?: string };
  try {
    given = parseArgs({ options: { stack: { type: "string" }, format: { type: "string" } } }).values;
  } catch (error) {
    throw new ConfigurationError("command line", [(error as Error).message]);
  }
  const wanted = given.format || process.env.FORMAT || "text";
  const format = FORMATS.find((name) => name === wanted);
  if (format === undefined) {
    throw new ConfigurationError("FORMAT", [`found ${JSON.stringify(wanted)}; allowed: ${FORMATS.join(", ")}`]);
  }
  return { stack: given.stack || process.env.STACK || "prod", format };
}

function packDirectories(): string[] {
  const policy = join(root, "policy");
  return readdirSync(policy)
    .map((name) => join(policy, name))
    .filter((directory) => existsSync(join(directory, "PulumiPolicy.yaml")))
    .sort();
}

let packs: readonly PackProcess[] = [];

async function stopPacks(): Promise<void> {
  await Promise.all(packs.map((pack) => pack.stop()));
}

async function main(): Promise<number> {
  const { stack, format } = readOptions();
  process.chdir(root);
  // The SDK takes a stack trace of every promise; taking and mapping those would be a third of the work.
  if (!process.env.DEBUG) {
    process.setSourceMapsEnabled(false);
    Error.stackTraceLimit = 0;
  }
  const cache = join(root, "node_modules", ".cache", "compiled");
  enableCompileCache(cache);
  // The packs boot while this process loads the program: everything heavy is imported after this line.
  packs = packDirectories().map((directory) =>
    startPack(directory, root, { ...process.env, NODE_COMPILE_CACHE: cache }),
  );
  try {
    const { preview } = require("./preview") as typeof import("./preview");
    const result = await preview(root, stack, packs, (what) => console.error(colors.dim(`${stack}: ${what}`)));
    const { previewJson } = require("./json") as typeof import("./json");
    const { previewText } = require("./text") as typeof import("./text");
    await print(format === "json" ? previewJson(result) : previewText(result));
    const broken = result.violations.some(({ enforcement }) => enforcement === "mandatory");
    return broken ? ExitCode.violated : ExitCode.ok;
  } finally {
    await stopPacks();
  }
}

/** A reader that has seen enough (`| head`) is no error, and changes no verdict. */
function print(document: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => (error.code === "EPIPE" ? resolve() : reject(error)));
    write(document, (error) => {
      if (error == null) resolve();
    });
  });
}

/** Errors of what people write for a stack, by name: their classes are loaded only with the program. */
const MISCONFIGURED = ["SettingsError", "WaiverError"];

function explain(error: unknown): number {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  console.error(`${colors.red("error:")} ${message}`);
  if (process.env.DEBUG) console.error(error instanceof PolicyPackError ? error.details : stack);
  if (error instanceof PolicyPackError) {
    console.error("The policies could not be evaluated, so they are not shown to hold.");
    return ExitCode.violated;
  }
  const misconfigured = error instanceof ConfigurationError || MISCONFIGURED.includes(name);
  return misconfigured ? ExitCode.misconfigured : ExitCode.failed;
}

process.stdout.write = process.stderr.write.bind(process.stderr);
process.on("uncaughtException", (error) => exit(explain(error)));
// An interrupt reaches the packs by itself, and ends even a program that loops.
process.once("SIGTERM", () => void stopPacks().then(() => exit(128 + 15)));
void main().catch(explain).then(exit);
