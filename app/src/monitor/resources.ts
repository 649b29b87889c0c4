import { statfs } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { type Group, readGroup, textOf } from "./cgroup.ts";
import { type DiskIo, diskIo, memoryPercent, type NetworkIo, networkIo } from "./proc.ts";

/** What the machine, or the part of it that the service may use, was busy with; null where the system does not tell. */
export interface Resources {
  /** Of the control group's CPU limit; without one, of the machine's CPUs. */
  readonly cpu_percent: number | null;
  /** Of the control group's memory limit; without one, of the machine's memory. */
  readonly memory_percent: number | null;
  /** The memory is that of a limit: the service's own, and no other program's. */
  readonly memory_limited: boolean;
  /** Of the file system that `/` is on. */
  readonly disk_percent: number | null;
  /** During the interval. */
  readonly disk_io: DiskIo | null;
  /** During the interval. */
  readonly network_io: NetworkIo | null;
}

/** What the system counts, at one moment. */
interface Counts {
  readonly time: number;
  readonly group: Group;
  /** CPU time of the whole machine, in seconds. */
  readonly machine: { readonly busy: number; readonly total: number };
  readonly disk: DiskIo | null;
  readonly network: NetworkIo | null;
}

/** Reads resources over the time between two calls; the first call's interval begins here. */
export async function resourceReader(): Promise<() => Promise<Resources>> {
  let before = await counts();
  return async () => {
    const now = await counts();
    const { memoryLimit, memoryUsed } = now.group;
    const limited = memoryLimit !== undefined && memoryUsed !== undefined && memoryLimit < totalmem();
    const resources: Resources = {
      cpu_percent: cpuPercent(before, now),
      memory_percent: limited ? (memoryUsed / memoryLimit) * 100 : machineMemory(await textOf("/proc/meminfo")),
      memory_limited: limited,
      disk_percent: await diskPercent(),
      disk_io: difference(before.disk, now.disk),
      network_io: difference(before.network, now.network),
    };
    before = now;
    return resources;
  };
}

async function counts(): Promise<Counts> {
  const [group, disks, network] = await Promise.all([readGroup(), textOf("/proc/diskstats"), textOf("/proc/net/dev")]);
  const times = cpus().map((cpu) => cpu.times);
  const sum = (pick: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + pick(time), 0) / 1000;
  const busy = sum((time) => time.user + time.nice + time.sys + time.irq);
  return {
    time: performance.now() / 1000,
    group,
    machine: { busy, total: busy + sum((time) => time.idle) },
    disk: disks === undefined ? null : diskIo(disks),
    network: network === undefined ? null : networkIo(network),
  };
}

function cpuPercent(before: Counts, now: Counts): number | null {
  const { cpuLimit, cpuSeconds } = now.group;
  if (cpuLimit !== undefined && cpuSeconds !== undefined && before.group.cpuSeconds !== undefined) {
    return ((cpuSeconds - before.group.cpuSeconds) / (cpuLimit * (now.time - before.time))) * 100;
  }
  const total = now.machine.total - before.machine.total;
  return total > 0 ? ((now.machine.busy - before.machine.busy) / total) * 100 : null;
}

/** As `df` counts: blocks kept for the administrator are neither used nor free. */
async function diskPercent(): Promise<number | null> {
  const { blocks, bfree, bavail } = await statfs("/");
  const used = blocks - bfree;
  return used + bavail > 0 ? (used / (used + bavail)) * 100 : null;
}

const machineMemory = (text: string | undefined): number | null => (text === undefined ? null : memoryPercent(text));

/** How much each count has grown. */
function difference<K extends string>(
  before: Readonly<Record<K, number>> | null,
  now: Readonly<Record<K, number>> | null,
): Record<K, number> | null {
  if (before === null || now === null) return null;
  const grown = Object.keys(now).map((key) => [key, now[key as K] - before[key as K]]);
  return Object.fromEntries(grown) as Record<K, number>;
}
