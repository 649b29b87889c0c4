import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** A program under load. */
export interface Program {
  readonly pid: number;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

/** How a program is started. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that its output goes to: nobody reads along while it is measured. */
  readonly log: string;
  /** Asked until it answers 200. */
  readonly url: string;
}

/** How long a program may take to answer for the first time: the longest is scikit-learn's import. */
const START_MS = 60_000;
/** How long a program may take to end before it is killed. */
const STOP_MS = 10_000;

/**
 * Starts a program and waits until it answers.
 *
 * @throws Error with the log's name when it ends or stays silent
 */
export async function startProgram(command: string, args: string[], options: ProgramOptions): Promise<Program> {
  const log = openSync(options.log, "w");
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const stop = () => stopChild(child);
  try {
    await answering(child, options);
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid: child.pid ?? 0, stop };
}

async function answering(child: ChildProcess, { url, log }: ProgramOptions): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended at once; its log: ${log}`);
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    if (Date.now() > deadline) throw new Error(`${url} does not answer; its log: ${log}`);
    await delay(100);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await exited;
  clearTimeout(kill);
}
