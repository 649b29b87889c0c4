import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConfigurationError } from "../command/errors";

const run = promisify(execFile);

/** How many branches and tags an error lists: the latest. */
const LISTED = 12;

/** A commit that a name stands for. */
export interface Commit {
  /** What the user called it. */
  readonly ref: string;
  readonly hash: string;
  /** How many of its commits the current one lacks; absent where a shallow clone cannot tell. */
  readonly ahead?: number;
}

/**
 * The commit that a branch, a tag or a hash names.
 *
 * @param option how errors name where the ref comes from
 * @throws ConfigurationError when there is no such commit here, with what there is and, in a shallow clone, what to fetch
 */
export async function resolveCommit(root: string, ref: string, option: string): Promise<Commit> {
  const git = (...args: readonly string[]) => output(root, args);
  const inside = await git("rev-parse", "--is-inside-work-tree").catch((error: unknown) => error as Error);
  if (inside !== "true") {
    const missing = inside instanceof Error && "code" in inside && inside.code === "ENOENT";
    const why = missing ? "git is not installed" : "this folder is no git clone";
    throw new ConfigurationError(option, [`found ${JSON.stringify(ref)}, but ${why}`]);
  }
  // What begins with a dash would be an option, and no branch is named so.
  const hash = ref.startsWith("-")
    ? undefined
    : await git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`).catch(() => undefined);
  if (hash === undefined) throw new ConfigurationError(option, [await unknownRef(git, ref)]);
  const ahead = await git("rev-list", "--count", `HEAD..${hash}`).catch(() => undefined);
  const shallow = (await git("rev-parse", "--is-shallow-repository")) === "true";
  return { ref, hash, ...(ahead === undefined || shallow ? {} : { ahead: Number(ahead) }) };
}

async function unknownRef(git: (...args: string[]) => Promise<string>, ref: string): Promise<string> {
  const refs = await git(
    "for-each-ref",
    "--sort=-committerdate",
    "--format=%(refname:short)",
    "refs/heads",
    "refs/remotes",
    "refs/tags",
  );
  const names = refs.split("\n").filter((name) => name !== "" && name !== "origin" && !name.endsWith("/HEAD"));
  const listed = [...names.slice(0, LISTED), ...(names.length > LISTED ? [`${names.length - LISTED} more`] : [])];
  const found = `found ${JSON.stringify(ref)}; allowed: a branch, a tag or a commit of this clone; there are: ${listed.join(", ")}`;
  if ((await git("rev-parse", "--is-shallow-repository")) !== "true") return found;
  const branch = ref.replace(/^(refs\/remotes\/)?origin\//, "");
  const fetch = /^[\w./-]+$/.test(branch)
    ? `git fetch --depth=1 origin ${/^[0-9a-f]{40}$/.test(branch) ? branch : `${branch}:refs/remotes/origin/${branch}`}`
    : "git fetch --unshallow";
  return `${found}. This clone is shallow; get it by: ${fetch}`;
}

/**
 * Calls back with a new folder that holds the project's files at a commit, and deletes it afterwards. Nothing in the
 * clone changes: no work tree, no index.
 */
export async function withTree<T>(root: string, hash: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "against-"));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.once("exit", remove);
  try {
    // The project may be a folder of a larger repository.
    const prefix = await output(root, ["rev-parse", "--show-prefix"]);
    const archive = join(folder, ".archive.tar");
    // A file's permissions become those that a checkout here would give it: an image's tag depends on them.
    await run("git", ["-c", "tar.umask=user", "archive", "--format=tar", `--output=${archive}`, `${hash}:${prefix}`], {
      cwd: root,
    });
    await run("tar", ["-xf", archive, "-C", folder]);
    rmSync(archive);
    return await use(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

async function output(cwd: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run("git", args, { cwd, maxBuffer: 2 ** 26 });
  return stdout.trim();
}
