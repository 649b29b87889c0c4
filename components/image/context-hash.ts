import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Characters of the hash that make a tag: 64 bits. */
const TAG_LENGTH = 16;

/** Read, write and execute of user, group and others. */
const PERMISSIONS = 0o777;

/**
 * A tag that names all that an image is made of: platform, and the names, permissions and content of a Docker context's
 * files. `docker.Image` builds and pushes again when any of these changes, and the repository refuses another image
 * under an old tag.
 *
 * Files that `.dockerignore` leaves out don't count. It may list plain names at the top of the context only, so that
 * this reads it as Docker does.
 *
 * @throws Error when the folder is missing, or when `.dockerignore` has a pattern.
 */
export function contextHash(context: string, platform: string): string {
  const hash = createHash("sha256").update(`${platform}\0`);
  for (const file of filesIn(context, ignoredNames(context))) {
    const path = join(context, file);
    const content = readFileSync(path);
    hash.update(`${file}\0${statSync(path).mode & PERMISSIONS}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, TAG_LENGTH);
}

/** Paths of the files below a folder, sorted, with forward slashes, without those of the names left out at its top. */
function filesIn(folder: string, leftOut: readonly string[] = []): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !leftOut.includes(entry.name))
    .flatMap((entry) =>
      entry.isDirectory() ? filesIn(join(folder, entry.name)).map((path) => `${entry.name}/${path}`) : [entry.name],
    )
    .sort();
}

function ignoredNames(context: string): string[] {
  const names = readFileSync(join(context, ".dockerignore"), "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const pattern = names.find((name) => /[*?!/[\]\\]/.test(name));
  if (pattern !== undefined) {
    throw new Error(
      `${join(context, ".dockerignore")}: "${pattern}" is a pattern; write plain names of the top folder`,
    );
  }
  return names;
}
