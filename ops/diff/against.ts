import { execFile } from "node:child_process";
import { cpSync, existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConfigurationError } from "../command/errors";
import type { RecordedResource } from "../preview/graph";
import { stackNames } from "../preview/stack-config";
import { type Commit, withTree } from "./git";
import type { Side } from "./side";

const run = promisify(execFile);

/** What a stack is compared with. */
export interface Base extends Commit {
  readonly side: Side;
  /** How it was come by: shown, since the ways differ in what they can see. */
  readonly how: string;
}

/**
 * The stack at another commit: its program run with the packages of its own `package-lock.json`. Where that cannot be
 * done, its resources alone, as the snapshot committed there has them.
 *
 * @param secretsKey what the digests of its secrets are made with
 * @throws ConfigurationError when nothing there says what the stack was
 */
export async function recordAt(
  root: string,
  stack: string,
  commit: Commit,
  secretsKey: string,
  progress: (what: string) => void,
): Promise<Base> {
  const { ref } = commit;
  progress(`running the program of ${ref}`);
  return withTree(root, commit.hash, async (tree) => {
    if (!stackNames(tree).includes(stack)) {
      return { ...commit, side: { resources: [] }, how: `${ref} has no stack ${stack}: all of it is new` };
    }
    try {
      const packages = await providePackages(root, tree, progress);
      return {
        ...commit,
        side: await record(root, tree, stack, secretsKey),
        how: `both programs were run; ${packages}`,
      };
    } catch (error) {
      const reason = reasonOf(error);
      const resources = snapshotAt(tree, stack);
      if (resources === undefined) {
        const missing = `its program cannot be run (${reason}), and it has no test/snapshots/${stack}.json`;
        throw new ConfigurationError("AGAINST", [
          `found ${JSON.stringify(ref)}, but ${missing}; allowed: a commit with either`,
        ]);
      }
      const lacking = "it shows no secrets, capacity, settings or verdicts, and no references between resources";
      return {
        ...commit,
        side: { resources },
        how: `its program could not be run (${reason}), so its committed test/snapshots/${stack}.json is compared: ${lacking}`,
      };
    }
  });
}

/** Gives a tree its packages: those that are installed here, if it asks for the same, or else its own. */
async function providePackages(root: string, tree: string, progress: (what: string) => void): Promise<string> {
  if (read(root, "package-lock.json") === read(tree, "package-lock.json")) {
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    return "their packages are the same";
  }
  progress("installing its packages, which differ from these");
  await run(join(tree, "ops", "install"), ["preview"], { cwd: tree, env: environment() });
  return "the other with the packages of its own package-lock.json";
}

/** Previews a tree in a process of its own, by today's tools. */
async function record(root: string, tree: string, stack: string, secretsKey: string): Promise<Side> {
  rmSync(join(tree, "ops"), { recursive: true, force: true });
  cpSync(join(root, "ops"), join(tree, "ops"), { recursive: true });
  const program = ["--require", "./ops/preview/typescript.cjs", join("ops", "diff", "record.ts"), "--stack", stack];
  const running = run(process.execPath, program, {
    cwd: tree,
    env: { ...environment(), SECRETS_KEY: secretsKey },
    maxBuffer: 2 ** 28,
  });
  const kill = () => void running.child.kill();
  process.once("exit", kill);
  const { stdout } = await running.finally(() => process.off("exit", kill));
  return JSON.parse(stdout) as Side;
}

/** The environment without the options of the command that compares. */
function environment(): NodeJS.ProcessEnv {
  const { STACK: _, FORMAT: __, AGAINST: ___, DEBUG: ____, ...env } = process.env;
  return env;
}

function snapshotAt(tree: string, stack: string): RecordedResource[] | undefined {
  const text = read(tree, join("test", "snapshots", `${stack}.json`));
  return text === undefined ? undefined : snapshotOf(text);
}

/** The resources of a committed snapshot. It does not say where their values come from. */
export function snapshotOf(text: string): RecordedResource[] {
  const resources = JSON.parse(text) as Record<
    string,
    Pick<RecordedResource, "type" | "parent" | "inputs" | "options">
  >;
  return Object.entries(resources).map(([urn, resource]) => ({
    ...resource,
    urn,
    name: urn.slice(urn.lastIndexOf("::") + 2),
    custom: !resource.type.startsWith("pynomaly:"),
    propertyDependencies: {},
  }));
}

function read(folder: string, file: string): string | undefined {
  const path = join(folder, file);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** The line that says what went wrong, of all that a process printed. */
function reasonOf(error: unknown): string {
  const { stderr = "", message } = error as Error & { stderr?: string };
  const said = stderr.split("\n").find((line) => line.includes("error: "));
  return (said ?? message).replace(/^.*?error: /, "").split("\n")[0] ?? "";
}
