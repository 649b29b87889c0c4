import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** A function that makes the whole process wait. */
export interface BlockingCall {
  /** Relative to the folder. */
  readonly file: string;
  /** `readFileSync` */
  readonly name: string;
}

/** Imports of a module, as biome formats them; types are gone when it runs. */
const IMPORT = /^(?:import|export) (?!type )[^;]*?from "([^"]+)";$|\bimport\("([^"]+)"\)/gms;
const NAMED = /^import \{([^}]*)\} from "node:(?:fs|child_process)";$/gms;

/**
 * Looks for functions that wait for files or processes, in a program and all that it imports of its own. Those of
 * `node:zlib` and `node:crypto` compute, which nothing but another thread could take away.
 *
 * @param folder where the program is
 * @param entry its first file
 */
export function blockingCalls(folder: string, entry: string): { modules: number; calls: readonly BlockingCall[] } {
  const seen = new Set<string>();
  const open = [join(folder, entry)];
  const calls: BlockingCall[] = [];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, names = ""] of text.matchAll(NAMED)) {
      const blocking = names.match(/\w+Sync\b/g) ?? [];
      calls.push(...blocking.map((name) => ({ file: relative(folder, file), name })));
    }
    for (const [, from, later] of text.matchAll(IMPORT)) {
      const path = from ?? later ?? "";
      if (path.startsWith(".")) open.push(join(dirname(file), path));
    }
  }
  return { modules: seen.size, calls };
}
