import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's root. */
export const root = join(__dirname, "..", "..");

/** One row of a table of the map. */
export interface Row {
  /** Heading of the section that the table is in. */
  readonly section: string;
  /** The guide's settings: the code spans of the first cell. */
  readonly settings: readonly string[];
  /** Second cell. */
  readonly here: string;
  /** Third cell. */
  readonly reason: string;
  readonly line: number;
}

/** Texts between backticks. */
export const code = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);

const text = readFileSync(join(root, "docs", "guide-map.md"), "utf8");

/** Every text between backticks outside the guide's own column. */
export const ownCode = (): string[] => [
  ...code(text.slice(0, text.indexOf("\n## "))),
  ...text.split("\n").flatMap((line) => (line.startsWith("|") || line.startsWith("#") ? [] : code(line))),
  ...rows.flatMap(({ here, reason }) => [...code(here), ...code(reason)]),
];

/** The cells of a table's line; a pipe inside a cell is escaped. */
const cells = (line: string): string[] =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("\\|", "|"));

/** The header that every table has. */
export const HEADER = ["guide", "here", "why it differs"];

/** The lines of all tables, headers and rulers included, by section. */
export const tables: readonly { section: string; line: number; cells: string[] }[] = (() => {
  let section = "";
  return text.split("\n").flatMap((line, index) => {
    if (line.startsWith("## ")) section = line.slice(3);
    return line.startsWith("|") ? [{ section, line: index + 1, cells: cells(line) }] : [];
  });
})();

/** The map, row by row. */
export const rows: readonly Row[] = tables
  .filter(({ cells: [first] }) => first !== HEADER[0] && first !== "---")
  .map(({ section, line, cells: [guide = "", here = "", reason = ""] }) => ({
    section,
    line,
    settings: code(guide),
    here,
    reason,
  }));
