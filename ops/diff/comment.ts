import { code } from "./escape";

/** Characters of a comment: GitHub takes 65,536, of which a workflow may need some for the engine's own preview. */
export const COMMENT_MAX = 44_000;

/** Kept free for what is said of what was left out. */
const RESERVE = 500;

/** Rows of one table that are written; the rest is counted. */
const ROWS_MAX = 40;

/** A part of a comment that a reader unfolds. */
export interface Fold {
  /** Markup. */
  readonly title: string;
  /** Markdown blocks; those at the end are left out where they don't fit. */
  readonly blocks: readonly string[];
  readonly open?: boolean;
}

/**
 * Puts a comment together: all of its head and its end, and as much of its folds, in their order, as GitHub takes.
 *
 * @param rest what a reader types to see what was left out
 */
export function comment(head: readonly string[], folds: readonly Fold[], end: readonly string[], rest: string): string {
  const fixed = [...head, ...end].filter((block) => block !== "");
  let room = COMMENT_MAX - RESERVE - fixed.join("\n\n").length;
  let leftOut = 0;
  const written = folds.flatMap(({ title, blocks, open }) => {
    const [before, after] = [`<details${open ? " open" : ""}><summary>${title}</summary>`, "</details>"];
    const parts: string[] = [before];
    room -= before.length + after.length + 8;
    for (const block of blocks) {
      if (block.length + 2 > room) leftOut += 1;
      else {
        parts.push(block);
        room -= block.length + 2;
      }
    }
    // A fold's own frame may be what does not fit.
    return room < 0 ? [] : [[...parts, after].join("\n\n")];
  });
  const note = leftOut === 0 ? [] : [`**${leftOut} more do not fit into a comment**; all of it: ${code(rest)}`];
  return `${[...head, ...written, ...note, ...end].filter((block) => block !== "").join("\n\n")}\n`;
}

/** A table of cells that are markup. */
export function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const more = rows.length - ROWS_MAX;
  const last = more > 0 ? [line([`… and ${more} more`, ...titles.slice(1).map(() => "")])] : [];
  return [line(titles), line(titles.map(() => "---")), ...rows.slice(0, ROWS_MAX).map(line), ...last].join("\n");
}
