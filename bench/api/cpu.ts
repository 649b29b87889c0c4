import { readdirSync, readFileSync } from "node:fs";

/** The kernel's clock ticks in a second (`USER_HZ`), the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** CPU seconds, from some fixed moment on: only differences mean something. */
export interface CpuTimes {
  /** Of a process and all that it started, by the process' id. */
  readonly trees: ReadonlyMap<number, number>;
  /** Of everything on the machine, with what the hypervisor took away. */
  readonly machine: number;
}

interface Process {
  readonly parent: number;
  /** With its children that have ended. */
  readonly ticks: number;
}

/** CPU seconds used so far by each of the processes with their descendants, and by the machine. Linux only. */
export function cpuTimes(pids: readonly number[]): CpuTimes {
  const processes = readProcesses();
  const trees = new Map(pids.map((pid) => [pid, treeTicks(processes, pid) / TICKS_PER_SECOND]));
  return { trees, machine: machineTicks() / TICKS_PER_SECOND };
}

function treeTicks(processes: ReadonlyMap<number, Process>, root: number): number {
  let ticks = 0;
  for (const [pid, { ticks: own }] of processes) if (descends(processes, pid, root)) ticks += own;
  return ticks;
}

function descends(processes: ReadonlyMap<number, Process>, pid: number, root: number): boolean {
  let current: number | undefined = pid;
  while (current !== undefined && current !== 0 && current !== root) current = processes.get(current)?.parent;
  return current === root;
}

function readProcesses(): Map<number, Process> {
  const processes = new Map<number, Process>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(name);
    if (stat === undefined) continue;
    // The name in brackets may hold spaces; the state is the first field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const number = (index: number) => Number(fields[index]);
    // proc_pid_stat(5): ppid is field 4; utime, stime, cutime, cstime are 14 to 17.
    processes.set(Number(name), { parent: number(1), ticks: number(11) + number(12) + number(13) + number(14) });
  }
  return processes;
}

/** Nothing for a process that ended after the folder was listed. */
function readStat(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
}

function machineTicks(): number {
  // proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
    readFileSync("/proc/stat", "latin1").split("\n", 1)[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
  return user + nice + system + irq + softirq + steal;
}

/** Resident memory of a process, in bytes; 0 when it has ended. Linux only. */
export function residentBytes(pid: number): number {
  return Number(/^Rss:\s+(\d+) kB/m.exec(readRollup(pid))?.[1] ?? 0) * 1024;
}

/**
 * Memory of a process and all that it started, in bytes: pages that several of them share count once. None when it has
 * ended. Linux only.
 */
export function treeBytes(root: number): number {
  const processes = readProcesses();
  let bytes = 0;
  for (const pid of processes.keys()) {
    if (!descends(processes, pid, root)) continue;
    bytes += Number(/^Pss:\s+(\d+) kB/m.exec(readRollup(pid))?.[1] ?? 0) * 1024;
  }
  return bytes;
}

/** Nothing for a process that has ended. */
function readRollup(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  } catch {
    return "";
  }
}

/** The processes that a process started and that still run. Linux only. */
export function childrenOf(pid: number): number[] {
  return [...readProcesses()].filter(([, { parent }]) => parent === pid).map(([child]) => child);
}
