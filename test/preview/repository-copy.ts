import { execFile } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

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
  }

  /** Writes a file, replacing one of that name. */
  write(path: string, text: string): void {
    const file = join(this.root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** Adds to the end of a file. */
  append(path: string, text: string): void {
    appendFileSync(join(this.root, path), text);
  }

  /** Runs the preview as a user does, from elsewhere. */
  preview(env: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Promise<Outcome> {
    const { STACK: _, FORMAT: __, DEBUG: ___, ...inherited } = process.env;
    const tool = join(this.root, "ops", "preview");
    const command = ["--require", join(tool, "typescript.cjs"), join(tool, "main.ts"), ...args];
    const options = { cwd: join(__dirname, ".."), env: { ...inherited, ...env }, maxBuffer: 2 ** 26 };
    return new Promise((resolve) => {
      const child = execFile(process.execPath, command, options, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      });
    });
  }

  /** Runs `make` in the copy, which takes what is installed for its own. */
  make(...args: readonly string[]): Promise<Outcome> {
    const { STACK: _, FORMAT: __, DEBUG: ___, MAKEFLAGS: ____, MAKELEVEL: _____, ...env } = process.env;
    return new Promise((resolve) => {
      const child = execFile("make", args, { cwd: this.root, env, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      });
    });
  }

  /** Deletes the copy. */
  delete(): void {
    rmSync(this.root, { recursive: true });
  }
}
