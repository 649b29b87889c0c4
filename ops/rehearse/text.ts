import { readableSize } from "../../sizing/units";
import type { CheckedItem } from "../checklist/item";
import { colors } from "../command/colors";
import { figure } from "../report";
import { indexRows, type Result, sideRows } from "./result";
import type { TargetVerdict } from "./verdicts";

const COLOR = { holds: colors.green, missed: colors.red, "not measured": colors.dim } as const;
const SIGN = { holds: "✔ holds", missed: "✖ missed", "not measured": "– not measured" } as const;

/** The rehearsal as a page of text. */
export function resultText(result: Result, verdicts: readonly TargetVerdict[]): string {
  const { parameters, fill } = result;
  return [
    "",
    section("Targets", targetTable(verdicts)),
    section("Parameters", [
      `${parameters.inForce} in force, ${parameters.differences.length} otherwise`,
      ...parameters.differences.map(({ name, expected, found }) => `${name}: ${found} in place of ${expected}`),
    ]),
    section("The stack's parameters against PostgreSQL's own, in one mixed load", sideTable(result)),
    section("The API's queries with the guide's indexes and without", indexTable(result)),
    section("The guide's checklist, of the stack and of what runs here", checklistLines(result)),
    `database ${readableSize(fill.databaseBytes)}, filled in ${fill.seconds.toFixed(0)} s`,
  ].join("\n\n");
}

function section(title: string, lines: readonly string[]): string {
  return [colors.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}

/** Columns under their titles; the first is text, the others stand at the right but for the last. */
function table(head: readonly string[], rows: readonly (readonly string[])[], left: readonly number[] = [0]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        left.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return [colors.dim(line(head)), ...rows.map(line)];
}

/** What does not pass, and how much does. */
function checklistLines({ checklist }: Result): string[] {
  const of = (status: CheckedItem["status"]) => checklist.filter((item) => item.status === status);
  return [
    `${of("pass").length} of ${checklist.length} items pass; make checklist has the evidence`,
    ...of("fail").map(({ title }) => `${colors.red("✖")} ${title}`),
    ...of("not checked").map(({ title }) => `? ${title}: not checked`),
  ];
}

function targetTable(verdicts: readonly TargetVerdict[]): string[] {
  const lines = table(
    ["target", "", "measured", "verdict", ""],
    verdicts.map(({ target, measured, note, verdict }) => [
      target.title,
      `${target.bound === "below" ? "<" : ">"} ${target.value} ${target.unit}`,
      measured === undefined ? "" : `${figure(measured)} ${target.unit}`,
      SIGN[verdict],
      note,
    ]),
    [0, 3, 4],
  );
  return lines.map((line, index) => {
    const verdict = verdicts[index - 1]?.verdict;
    return verdict === undefined ? line : line.replace(SIGN[verdict], COLOR[verdict](SIGN[verdict]));
  });
}

function sideTable(result: Result): string[] {
  return table(
    [
      "class",
      "tuned ms",
      "default ms",
      "times",
      "least–greatest",
      "pages",
      "of them not in shared_buffers: tuned",
      "default",
    ],
    sideRows(result).map(({ name, tuned, defaults, ratio }) => [
      name,
      figure(tuned.serverMs),
      figure(defaults.serverMs),
      figure(ratio.median),
      `${figure(ratio.min)}–${figure(ratio.max)}`,
      figure(tuned.pages),
      figure(tuned.pagesRead),
      figure(defaults.pagesRead),
    ]),
  );
}

function indexTable(result: Result): string[] {
  return table(
    ["query", "ms", "without", "times", "pages", "without", "times"],
    indexRows(result).map(({ name, ms, msWithout, pages, pagesWithout }) => [
      name,
      figure(ms),
      figure(msWithout),
      figure(msWithout / ms),
      figure(pages),
      figure(pagesWithout),
      figure(pagesWithout / pages),
    ]),
  );
}
