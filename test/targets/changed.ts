import { join, sep } from "node:path";
import type { Target, TargetName, targets } from "../../targets";

const root = join(__dirname, "..", "..");
const TARGETS = join(root, "targets.ts");

/** Loads a module of the repository, by its path without `.ts`, as it is with the targets in force. */
export type Load = <Module>(path: string) => Module;

/** A target that is harder to keep. */
export function tightened(target: Target): Target {
  if (target.bound === "below") return { ...target, value: target.value / 2 };
  return { ...target, value: target.unit === "%" ? (100 + target.value) / 2 : target.value * 2 };
}

const ours = (file: string): boolean => file.startsWith(root + sep) && !file.includes(`${sep}node_modules${sep}`);

/** Does something with every module of the repository loaded anew, one target or none being tightened. */
export async function withTargets<T>(changed: TargetName | undefined, work: (load: Load) => T): Promise<Awaited<T>> {
  const kept = Object.entries(require.cache).filter(([file]) => ours(file));
  for (const [file] of kept) delete require.cache[file];
  try {
    if (changed !== undefined) {
      const module = require(TARGETS) as { targets: typeof targets };
      const all = { ...module.targets, [changed]: tightened(module.targets[changed]) };
      const entry = require.cache[TARGETS];
      if (entry === undefined) throw new Error("targets.ts is not loaded under its path");
      entry.exports = { ...module, targets: all };
    }
    return await work((path) => require(join(root, path)));
  } finally {
    for (const file of Object.keys(require.cache)) if (ours(file)) delete require.cache[file];
    for (const [file, module] of kept) require.cache[file] = module;
  }
}
