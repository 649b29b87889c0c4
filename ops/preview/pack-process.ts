import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** How long a pack may take to start; a healthy one takes about a second. */
const START_TIMEOUT_MS = 30_000;

/** How long a pack may take to end by itself. */
const STOP_TIMEOUT_MS = 1_000;

/** The policies could not be evaluated, so nothing is known about the rules that they keep. */
export class PolicyPackError extends Error {
  override readonly name = "PolicyPackError";

  constructor(
    message: string,
    /** What the pack printed about it. */
    readonly details: string,
  ) {
    super(message);
  }
}

/** A policy pack that is starting or serving in a process of its own. */
export interface PackProcess {
  /** How messages name it. */
  readonly path: string;
  /** The port of its analyzer on the loopback interface. Rejects with a {@link PolicyPackError} when it does not start. */
  readonly port: Promise<number>;
  /** What it has printed on standard error. */
  readonly printed: () => string;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts the pack in a directory. Loads nothing heavy itself, so that packs boot while their caller still loads the program.
 *
 * @param directory the pack's folder: `PulumiPolicy.yaml`, `package.json`, and the module that the latter names
 * @param path how messages name the pack
 * @param env its environment
 */
export function startPack(directory: string, path: string, env: NodeJS.ProcessEnv = process.env): PackProcess {
  const isBuilt = existsSync(join(directory, "index.js"));
  const loader = isBuilt ? [] : ["--require", join(__dirname, "typescript.cjs")];
  // A pack lives for one judgement, whose garbage is best left where it is.
  const memory = "--max-semi-space-size=64";
  const child = spawn(process.execPath, [memory, ...loader, join(__dirname, "pack-host.cjs")], {
    cwd: directory,
    env,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", resolve).once("error", () => resolve()));
  const kill = () => void child.kill("SIGKILL");
  process.once("exit", kill);
  void ended.then(() => process.off("exit", kill));

  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const port = portOf(child, path, () => printed);
  // A caller that fails before it asks for the port leaves this rejection to nobody.
  port.catch(() => undefined);

  const stop = async () => {
    // Its host ends by itself when it is left alone; one that is stuck in a rule does not.
    child.stdin.end();
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  return { path, port, printed: () => printed, stop };
}

function portOf(child: ChildProcess, path: string, printed: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new PolicyPackError(`policy pack ${path} did not start: ${what}`, printed()));
    };
    const timer = setTimeout(() => fail(`no answer within ${START_TIMEOUT_MS / 1000} s`), START_TIMEOUT_MS);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const line = /^(\d+)\r?\n/m.exec(output);
      if (line === null) return;
      clearTimeout(timer);
      resolve(Number(line[1]));
    });
    child.once("error", (error) => fail(error.message));
    child.once("close", (code, signal) => fail(firstError(printed()) ?? `it ended with ${signal ?? `code ${code}`}`));
  });
}

/** The line of a printed stack trace that says what went wrong; with the next, where it announces that by a colon. */
export function firstError(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  const found = lines.findIndex((line) => /^\w*(Error|Exception)\b.*: /.test(line));
  const line = lines[found] ?? lines.find((other) => other !== "");
  return line?.endsWith(":") ? `${line} ${lines[found + 1] ?? ""}`.trim() : line;
}
