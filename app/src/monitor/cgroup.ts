import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a control group may use, and has used; `undefined` where the group has no limit, or the file is not there. */
export interface Group {
  /** CPUs that it may fill, such as 1.5. */
  readonly cpuLimit: number | undefined;
  /** CPU time since the group began, in seconds. */
  readonly cpuSeconds: number | undefined;
  /** Bytes. */
  readonly memoryLimit: number | undefined;
  /** Bytes that the kernel cannot take back by itself: without the unused pages of files, as the kubelet counts. */
  readonly memoryUsed: number | undefined;
}

/** The texts of a group's files by their names; one that is not there is `undefined`. */
export type GroupFiles = Readonly<Record<string, string | undefined>>;

/** A version of control groups: the files that are read, by the controller whose they are, and how. */
interface Version {
  readonly files: Readonly<Record<string, readonly string[]>>;
  read(files: GroupFiles): Group;
}

/** Version 1's limit of a group without one is the largest whole number of pages, in bytes. */
const UNLIMITED_BYTES = 2 ** 60;

/** Linux, "Control Group v2". */
export const version2: Version = {
  files: { cpu: ["cpu.max", "cpu.stat"], memory: ["memory.max", "memory.current", "memory.stat"] },
  read(files) {
    const [quota, period] = (files["cpu.max"] ?? "max").trim().split(" ");
    const micros = field(files["cpu.stat"], "usage_usec");
    return {
      cpuLimit: quota === "max" ? undefined : Number(quota) / Number(period),
      cpuSeconds: micros === undefined ? undefined : micros / 1e6,
      memoryLimit: whole(files["memory.max"]),
      memoryUsed: less(whole(files["memory.current"]), field(files["memory.stat"], "inactive_file")),
    };
  },
};

/** Linux, "cgroup-v1": CPU accounting, CFS bandwidth control, memory. */
export const version1: Version = {
  files: {
    cpu: ["cpu.cfs_quota_us", "cpu.cfs_period_us"],
    cpuacct: ["cpuacct.usage"],
    memory: ["memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat"],
  },
  read(files) {
    const [quota, period] = [whole(files["cpu.cfs_quota_us"]), whole(files["cpu.cfs_period_us"])];
    const nanos = whole(files["cpuacct.usage"]);
    const limit = whole(files["memory.limit_in_bytes"]);
    return {
      cpuLimit: quota === undefined || period === undefined ? undefined : quota / period,
      cpuSeconds: nanos === undefined ? undefined : nanos / 1e9,
      memoryLimit: limit === undefined || limit >= UNLIMITED_BYTES ? undefined : limit,
      memoryUsed: less(whole(files["memory.usage_in_bytes"]), field(files["memory.stat"], "total_inactive_file")),
    };
  },
};

/** The process' groups by controller, from the text of `/proc/self/cgroup`. Version 2's one group is under "". */
export function groupPaths(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [, controllers = "", path = "/"] of text.matchAll(/^\d+:([^:\n]*):(.+)$/gm)) {
    for (const controller of controllers.split(",")) paths.set(controller, path);
  }
  return paths;
}

/** The group that this process is in; nothing of it is known where there are no control groups, on macOS say. */
export async function readGroup(): Promise<Group> {
  const root = "/sys/fs/cgroup";
  const paths = groupPaths((await textOf("/proc/self/cgroup")) ?? "");
  const unified = (await textOf(join(root, "cgroup.controllers"))) !== undefined;
  const version = unified ? version2 : version1;
  const texts = Object.entries(version.files).flatMap(([controller, names]) => {
    const mount = unified ? root : join(root, controller);
    const path = paths.get(unified ? "" : controller) ?? "/";
    // A container finds its own group at the mount, whatever the path is that the host has for it.
    return names.map(async (name) => {
      return [name, (await textOf(join(mount, path, name))) ?? (await textOf(join(mount, name)))] as const;
    });
  });
  return version.read(Object.fromEntries(await Promise.all(texts)));
}

/** Text of a file that not every system has. */
export async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EACCES" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** A number that is a file's whole text; `undefined` for another text, such as `max` or -1. */
function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** The number of one line of a file whose lines are `name number`. */
function field(text: string | undefined, name: string): number | undefined {
  const found = new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return found === undefined ? undefined : Number(found);
}

const less = (total: number | undefined, part: number | undefined): number | undefined =>
  total === undefined ? undefined : Math.max(0, total - (part ?? 0));
