import { execFileSync } from "node:child_process";

/** Ids of the processes that a process started, at any depth. */
export function descendants(pid: number): number[] {
  const parents = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const children = (of: number): number[] =>
    parents.flatMap(([child = 0, parent]) => (parent === of ? [child, ...children(child)] : []));
  return children(pid);
}

/** Whether a process is there. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
