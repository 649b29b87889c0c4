import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A program that starts others. */
export interface GroupOptions {
  /** Its module. It gets the run's folder as its last argument, and a channel, which closes when this process is gone. */
  readonly module: string;
  readonly args?: readonly string[];
  /** Flags for Node. */
  readonly nodeArguments?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Begin of the name of the run's folder. */
  readonly prefix: string;
}

/** How a program's run ended. */
export interface GroupEnd {
  /** Somebody asked it to stop, by Ctrl-C or another signal. */
  readonly asked: boolean;
  /** The program's exit code; none when it was killed. */
  readonly code: number | null;
}

/**
 * Runs a program in a process group of its own, with a temporary folder that goes with it. This process owns the terminal.
 * So Ctrl-C, which a terminal sends to a whole group, reaches this process alone, and the program stops what it started in
 * order. Killed itself, this process takes the program with it, which sees its channel close; whoever kills the program too,
 * with SIGKILL, has what it started to stop and a temporary folder to delete.
 */
export async function runGroup({
  module,
  args = [],
  nodeArguments = [],
  env,
  prefix,
}: GroupOptions): Promise<GroupEnd> {
  let asked = false;
  const stop = () => {
    if (asked) return killRest();
    asked = true;
    console.error("stopping; once more to stop at once");
    program.kill("SIGTERM");
  };
  // From before there is anything to leave behind.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

  const folder = mkdtempSync(join(tmpdir(), prefix));
  // PostgreSQL runs as nobody where this runs as root, and has its own folder in there.
  chmodSync(folder, 0o711);
  const program = spawn(process.execPath, [...nodeArguments, module, ...args, folder], {
    detached: true,
    env: { ...env, TMPDIR: folder },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const killRest = () => {
    try {
      process.kill(-(program.pid ?? 0), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };

  const [code] = await once(program, "exit");
  killRest();
  rmSync(folder, { recursive: true, force: true });
  return { asked, code };
}

/** Whether nothing listens on a port of this machine. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
  server.close();
  await once(server, "close");
  return true;
}
