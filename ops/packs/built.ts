import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** What packs are made from, beside installed packages: those are what the lockfile says. */
const SOURCES = ["policy", "sizing", "targets.ts", "ops/packs", "package.json", "package-lock.json"];

/** How many states of the sources are kept: those of a few branches, and of commands that run at the same time. */
const KEPT = 8;

/**
 * The folders of policy packs as they load fastest: built from the sources as they are now, once for each state of them.
 *
 * @param root the folder of this repository
 * @param packs the packs' folders
 * @returns in their order the folders of what is built
 * @throws Error when they can't be built
 */
export function builtPacks(root: string, packs: readonly string[]): readonly string[] {
  const cache = join(root, "node_modules", ".cache", "policy-packs");
  const built = join(cache, fingerprint(root));
  if (!existsSync(built)) build(root, packs, cache, built);
  return packs.map((pack) => join(built, basename(pack)));
}

function build(root: string, packs: readonly string[], cache: string, built: string): void {
  const { buildPack } = require("./build") as typeof import("./build");
  mkdirSync(cache, { recursive: true });
  // Whole or not at all, whoever else builds the same.
  const unfinished = mkdtempSync(join(cache, "unfinished-"));
  try {
    for (const pack of packs) buildPack(root, pack, join(unfinished, basename(pack)));
    renameSync(unfinished, built);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(built)) throw error;
  }
  const states = readdirSync(cache).map((name) => join(cache, name));
  const byAge = states.map((path) => ({ path, at: statSync(path).mtimeMs })).sort((a, b) => b.at - a.at);
  for (const { path } of byAge.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}

/** A name for the state of the sources: another one whenever any file of them differs, is new or is gone. */
function fingerprint(root: string): string {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const path of filesOf(root, source)) {
      hash
        .update(`${path}\0`)
        .update(readFileSync(join(root, path)))
        .update("\0");
    }
  }
  return hash.digest("hex").slice(0, 32);
}

function filesOf(root: string, path: string): string[] {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesOf(root, `${path}/${name}`));
}
