import { colors } from "../command/colors";
import { bySection, evidenceText, merged, missingOf } from "./evidence";
import type { CheckedItem, Evidence, Status } from "./item";

/** What a run of the checklist comes to. */
export interface Checklist {
  readonly stack: string;
  readonly items: readonly CheckedItem[];
}

const MARKS: Readonly<Record<Status, string>> = {
  pass: colors.green("✔"),
  fail: colors.red("✖"),
  "not checked": colors.yellow("?"),
};

/** For machines: the items, with their evidence. */
export const checklistJson = ({ items }: Checklist): string => `${JSON.stringify({ items }, null, 2)}\n`;

/** For a terminal: each item with its evidence, then what is missing. */
export function checklistText(checklist: Checklist): string {
  const sections = bySection(checklist.items).map(({ section, items }) =>
    [colors.bold(section), ...items.flatMap(itemText)].join("\n"),
  );
  const missing = missingText(checklist);
  return `${[...sections, ...(missing.length > 0 ? [missing.join("\n")] : []), summary(checklist)].join("\n\n")}\n`;
}

function itemText({ title, status, evidence }: CheckedItem): string[] {
  return [
    `  ${MARKS[status]} ${title}${status === "not checked" ? colors.yellow("  not checked") : ""}`,
    ...merged(evidence).map((one) => {
      const line = `${MARKS[one.status]} ${evidenceText(one)}`;
      return `      ${one.status === "pass" ? colors.dim(line) : line}`;
    }),
  ];
}

function missingText({ items }: Checklist): string[] {
  const lines = missingOf(items).map(({ missing, titles }) => `  ${missing}\n      ${titles.join(", ")}`);
  return lines.length === 0 ? [] : [colors.bold("Not checked without"), ...lines];
}

function summary(checklist: Checklist): string {
  const failed = count(checklist, "fail") > 0;
  return `${failed ? colors.red("✖ fails") : colors.green("✔ holds")}  ${counts(checklist)}`;
}

const count = ({ items }: Checklist, status: Status): number => items.filter((item) => item.status === status).length;

/** `prod: 20 items, 19 pass, 0 fail, 1 not checked` */
function counts(checklist: Checklist): string {
  const of = (status: Status) => `${count(checklist, status)} ${status}`;
  return `${checklist.stack}: ${checklist.items.length} items, ${of("pass")}, ${of("fail")}, ${of("not checked")}`;
}

/** For a pull request or a ticket: a table for each section, then the evidence, folded. */
export function checklistMarkdown(checklist: Checklist): string {
  const sections = bySection(checklist.items).map(({ section, items }) =>
    [
      `### ${section}`,
      "",
      "| | item | evidence |",
      "|---|---|---|",
      ...items.map(
        ({ title, status, evidence }) => `| ${status} | ${cell(title)} | ${evidenceCell(status, evidence)} |`,
      ),
    ].join("\n"),
  );
  return `## Pre-production checklist\n\n${counts(checklist)}\n\n${sections.join("\n\n")}\n`;
}

/** Of an item that fails, its faults; else everything, one line each. */
function evidenceCell(status: Status, evidence: readonly Evidence[]): string {
  const told = merged(evidence).filter((one) => status !== "fail" || one.status === "fail");
  return told
    .map((one) => cell(one.status === "not checked" ? `*${evidenceText(one)}*` : evidenceText(one)))
    .join("<br>");
}

const cell = (text: string): string =>
  text
    .replace(/[\r\n]+/g, " ")
    .replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
    .replaceAll("|", "\\|");
