import { existsSync, readdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { builtPacks } from "../packs/built";
import { firstError, type PackProcess, PolicyPackError, startPack } from "../preview/pack-process";
import type { Violation } from "../preview/policies";
import { colorsFor } from "./colors";
import { ConfigurationError, ExitCode } from "./errors";

/** The repository's root. */
export const root = join(__dirname, "..", "..");

/** The options of a command that judges; each may come from the environment variable of its name in capitals: `DATABASE_URL`. */
export type Options<Name extends string, Format extends string> = { readonly [N in Name]?: string } & {
  /** How the document is written. @default the command's first */
  readonly format: Format;
};

/** What a command comes to: what it prints, and what decides its exit code. */
export interface Outcome {
  readonly document: string;
  /** What is judged is not as it must be. */
  readonly violated: boolean;
}

/** Whether a mandatory rule is violated. */
export const isViolated = (violations: readonly Violation[]): boolean =>
  violations.some(({ enforcement }) => enforcement === "mandatory");

const colors = colorsFor(process.stderr);
// The document alone goes to standard output, and this tool alone decides how it ends, whatever the program does.
const write = process.stdout.write.bind(process.stdout);
const exit = process.exit.bind(process);

/**
 * Reads the command line.
 *
 * @param formats how the command can write its document, the default first
 * @param names the options that it has beside `format`
 * @throws ConfigurationError for an option or a format that there is not
 */
export function readOptions<Name extends string, Format extends string>(
  formats: readonly [Format, ...Format[]],
  ...names: readonly Name[]
): Options<Name, Format> {
  const options = Object.fromEntries([...names, "format"].map((name) => [name, { type: "string" as const }]));
  let given: Readonly<Record<string, string | undefined>>;
  try {
    given = parseArgs({ options }).values;
  } catch (error) {
    throw new ConfigurationError("command line", [(error as Error).message]);
  }
  const value = (name: string) => given[name] || process.env[name.toUpperCase().replaceAll("-", "_")] || undefined;
  const wanted = value("format") ?? formats[0];
  const format = formats.find((name) => name === wanted);
  if (format === undefined) {
    throw new ConfigurationError("FORMAT", [`found ${JSON.stringify(wanted)}; allowed: ${formats.join(", ")}`]);
  }
  return { ...Object.fromEntries(names.map((name) => [name, value(name)])), format } as Options<Name, Format>;
}

/** Tells what is being done, on standard error. */
export function progress(what: string): void {
  console.error(colors.dim(what));
}

/**
 * Runs a command that judges, and ends the process with its {@link ExitCode}.
 *
 * @param command starts the packs as soon as it knows that it needs them, and then loads all that is heavy: they boot meanwhile
 */
export function runCommand(command: (startPacks: () => readonly PackProcess[]) => Promise<Outcome>): void {
  let packs: readonly PackProcess[] = [];
  const stopPacks = () => Promise.all(packs.map((pack) => pack.stop()));
  const startPacks = () => {
    packs = startAll();
    return packs;
  };
  const main = async () => {
    try {
      const { document, violated } = await command(startPacks);
      await print(document);
      return violated ? ExitCode.violated : ExitCode.ok;
    } finally {
      await stopPacks();
    }
  };
  process.stdout.write = process.stderr.write.bind(process.stderr);
  process.on("uncaughtException", (error) => exit(explain(error)));
  // An interrupt reaches the packs by itself, and ends even a program that loops.
  process.once("SIGTERM", () => void stopPacks().then(() => exit(128 + 15)));
  void main().catch(explain).then(exit);
}

function startAll(): readonly PackProcess[] {
  process.chdir(root);
  // The SDK takes a stack trace of every promise; taking and mapping those would be a third of the work.
  if (!process.env.DEBUG) {
    process.setSourceMapsEnabled(false);
    Error.stackTraceLimit = 0;
  }
  const cache = join(root, "node_modules", ".cache", "compiled");
  enableCompileCache(cache);
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  return packsAsBuilt().map(({ directory, path }) => startPack(directory, path, env));
}

/** The repository's policy packs: where they stand built, and how messages name them. */
export function packsAsBuilt(): readonly { readonly directory: string; readonly path: string }[] {
  const sources = packDirectories();
  const paths = sources.map((directory) => relative(root, directory));
  try {
    return builtPacks(root, sources).map((directory, index) => ({ directory, path: paths[index] ?? directory }));
  } catch (error) {
    const { message } = error as Error;
    throw new PolicyPackError(`policy packs ${paths.join(" and ")} cannot be built: ${firstError(message)}`, message);
  }
}

function packDirectories(): string[] {
  const policy = join(root, "policy");
  return readdirSync(policy)
    .map((name) => join(policy, name))
    .filter((directory) => existsSync(join(directory, "PulumiPolicy.yaml")))
    .sort();
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
