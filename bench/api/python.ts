import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CACHE, HERE } from "./places.ts";

const execute = promisify(execFile);

/**
 * The Python that runs the peers, with exactly the packages of requirements.txt; installed once.
 *
 * @throws Error that says what is missing on this machine
 */
export async function peersPython(): Promise<string> {
  const folder = join(CACHE, "bench-venv");
  const python = join(folder, "bin", "python");
  const requirements = join(HERE, "requirements.txt");
  const stamp = join(folder, "installed.txt");
  const wanted = readFileSync(requirements, "utf8");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return python;

  console.error("installing the peers' Python packages into .cache/bench-venv");
  await step("python3 with its venv module is missing (Debian: apt-get install python3-venv)", "python3", [
    "-m",
    "venv",
    "--clear",
    folder,
  ]);
  await step("the peers' packages cannot be installed", python, ["-m", "pip", "install", "-q", "-r", requirements]);
  writeFileSync(stamp, wanted);
  return python;
}

async function step(complaint: string, command: string, args: string[]): Promise<void> {
  try {
    await execute(command, args);
  } catch (error) {
    const { message, stderr } = error as Error & { stderr?: string };
    throw new Error(`${complaint}: ${stderr || message}`);
  }
}
