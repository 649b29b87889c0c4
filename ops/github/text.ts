import { lstatSync, readFileSync } from "node:fs";

/** A document is some kilobytes; what is larger is none. */
const MAX_FILE_BYTES = 4 * 2 ** 20;

/** Characters that show nothing, or turn the direction of what follows, so that a text reads unlike it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * A file that others made, as text to show: no hidden character, and nobody is notified by it.
 *
 * @returns undefined when there is no such file
 * @throws Error when it is no plain file, as a link might lead to what the token's owner alone can read, or too large
 */
export function untrustedText(path: string): string | undefined {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (file === undefined) return undefined;
  if (!file.isFile()) throw new Error(`${path} is not a plain file`);
  if (file.size > MAX_FILE_BYTES) throw new Error(`${path} has ${file.size} bytes; at most ${MAX_FILE_BYTES} are read`);
  return withoutMentions(readFileSync(path, "utf8").replaceAll("\r\n", "\n").replace(HIDDEN, ""));
}

/** `@someone` would notify them; with a space of no width in it, it only looks so. */
function withoutMentions(text: string): string {
  return text.replace(/(^|[^\w`/@.:-])@(?=[a-z\d])/gim, "$1@\u200b");
}

/** A text within a length, cut at the end of a line where it must be. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  return text.slice(0, Math.max(text.lastIndexOf("\n", length), 0));
}

/** A text as a code block that nothing in it can end, folded away under a title. */
export function folded(title: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `<details><summary>${title}</summary>\n\n${fence}\n${text.trimEnd()}\n${fence}\n\n</details>`;
}
