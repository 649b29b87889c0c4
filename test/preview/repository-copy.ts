import { type ChildProcess, execFile } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const LEFT_OUT = ["node_modules", ".git", ".cache", "test"];

/** A copy of this repository that tests may spoil; it shares the installed dependencies. */
export class RepositoryCopy {
  readonly root = mkdtempSync(join(tmpdir(), "repository-"));

  constructor() {
    const original = join(__dirname, "..", "..");
    cpSync(original, this.root, { recursive: true, filter: (path) => !LEFT_OUT.includes(basename(path)) });
    symlinkSync(join(original, "node_modules"), join(this.root, "node_modules"));
    // What is shared is not installed anew from here, however it came about: under the tests that run it would be gone.
    this.write("ops/install", "#!/bin/sh\n");
  }

  /** Adds a folder of the repository that copies leave out. */
  add(path: string): void {
    cpSync(join(__dirname, "..", "..", path), join(this.root, path), { recursive: true });
  }

  /** Writes a file, replacing one of that name. */
  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** The text of a file. */
  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** Adds to the end of a file. */
  append(path: string, text: string): void {
    appendFileSync(join(this.root, path), text);
  }

  /** Runs the preview as a user does, from elsewhere. */
  preview(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Outcome> {
    return this.command("preview", env, args);
  }

  /** Judges an exported state as a user does, from elsewhere. */
  policy(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Outcome> {
    return this.command("policy", env, args);
  }

  /** Runs the checklist as a user does, from elsewhere. */
  checklist(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Outcome> {
    return this.command("checklist", env, args);
  }

  /** Estimates a load as a user does, from elsewhere. */
  capacity(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Outcome> {
    return this.command("capacity", env, args);
  }

  /** Loads an API as a user does, from elsewhere. @param started told of the process */
  loadtest(env: Readonly<Record<string, string>> = {}, started?: (child: ChildProcess) => void): Promise<Outcome> {
    return this.command("loadtest", env, [], started);
  }

  private command(
    name: string,
    env: Readonly<Record<string, string>>,
    args: readonly string[],
    started?: (child: ChildProcess) => void,
  ): Promise<Outcome> {
    const ops = join(this.root, "ops");
    const command = ["--require", join(ops, "preview", "typescript.cjs"), join(ops, name, "main.ts"), ...args];
    return outcome(
      process.execPath,
      command,
      { cwd: join(__dirname, ".."), env: { ...environment(), ...env } },
      started,
    );
  }

  /** Runs `make` in the copy, which takes what is installed for its own. */
  make(...args: readonly string[]): Promise<Outcome> {
    const { MAKEFLAGS: _, MAKELEVEL: __, ...env } = environment();
    return outcome("make", args, { cwd: this.root, env });
  }

  /** Deletes the copy. */
  delete(): void {
    rmSync(this.root, { recursive: true });
  }
}

/** The environment without what would configure a command, and without a Pulumi CLI that would judge in its place. */
function environment(): NodeJS.ProcessEnv {
  const configuring = [
    "STACK",
    "FORMAT",
    "STATE",
    "DEBUG",
    "AGAINST",
    "URL",
    "TARGETS",
    "SECONDS",
    "ALLOW",
    "API_KEY",
    "API_KEY_FILE",
  ];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !configuring.includes(name)));
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => !existsSync(join(folder, "pulumi")));
  return { ...env, PATH: folders.join(delimiter) };
}

function outcome(
  file: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
  started?: (child: ChildProcess) => void,
) {
  return new Promise<Outcome>((resolve) => {
    const child = execFile(file, args, { ...options, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
    started?.(child);
  });
}
