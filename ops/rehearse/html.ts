import { readableSize } from "../../sizing/units";
import { checklistContent } from "../checklist/html";
import { badge, barChart, type Content, charts, figure, html, page, table, type Verdict } from "../report";
import { planRows } from "./plan-text";
import { type IndexRow, indexRows, type Result, type SideRow, sideRows } from "./result";
import type { TargetVerdict } from "./verdicts";

const VERDICTS: Readonly<Record<TargetVerdict["verdict"], Verdict>> = {
  holds: "pass",
  missed: "fail",
  "not measured": "unknown",
};

/** The rehearsal as a page with charts. */
export function resultPage(result: Result, verdicts: readonly TargetVerdict[]): string {
  const { plan, parameters, fill } = result;
  const missed = verdicts.filter(({ verdict }) => verdict === "missed").length;
  const measured = verdicts.filter(({ verdict }) => verdict !== "not measured").length;
  return page({
    title: `Rehearsal of ${plan.options.stack}`,
    summary: badge(missed > 0 ? "fail" : "pass", `${measured - missed} of ${measured} targets that were measured hold`),
    facts: [
      ["when", result.date],
      ["on", result.machine],
      ...planRows(plan).map(([name, lines]) => [name, lines.map((line) => html`<div>${line}</div>`)] as const),
      ["database", `${readableSize(fill.databaseBytes)}, filled in ${figure(fill.seconds)} s`],
    ],
    sections: [
      { title: "Targets", body: targetTable(verdicts) },
      {
        title: "Parameters",
        body:
          parameters.differences.length === 0
            ? html`<p>All ${parameters.inForce} are in force.</p>`
            : table({
                caption: `${parameters.inForce} are in force; these are not`,
                columns: [
                  { title: "parameter", value: ({ name }) => name },
                  { title: "to be", value: ({ expected }) => expected },
                  { title: "found", value: ({ found }) => found },
                ],
                rows: parameters.differences,
              }),
      },
      { title: "The stack's parameters against PostgreSQL's own", body: sides(result) },
      { title: "The API's queries with the guide's indexes and without", body: indexes(result) },
      { title: "The guide's checklist, of the stack and of what runs here", body: checklist(result) },
    ],
  });
}

function targetTable(verdicts: readonly TargetVerdict[]): Content {
  return table({
    caption: "The guide's targets, and what was measured here",
    columns: [
      { title: "target", value: ({ target }) => target.title },
      {
        title: "",
        value: ({ target }) => `${target.bound === "below" ? "<" : ">"} ${figure(target.value)} ${target.unit}`,
        numeric: true,
      },
      {
        title: "measured",
        value: ({ target, measured }) => (measured === undefined ? "" : `${figure(measured)} ${target.unit}`),
        numeric: true,
      },
      { title: "verdict", value: ({ verdict }) => badge(VERDICTS[verdict], verdict) },
      { title: "", value: ({ note }) => note },
    ],
    rows: verdicts,
  });
}

function checklist({ checklist, plan }: Result): Content {
  return [
    !plan.options.exact &&
      html`<p>${badge("warning", "note")} The database was not asked, as its parameters are scaled to this machine.
<code>EXACT=1</code> gives it the stack's own, and asks it.</p>\n`,
    checklistContent(checklist),
  ];
}

function sides(result: Result): Content {
  const rows = sideRows(result);
  return [
    charts(
      barChart({
        title: "How many times longer statements take with PostgreSQL's own parameters",
        description: "By class of the mixed load: the median of the rounds, with the least and the greatest.",
        label: "times",
        series: ["default by tuned"],
        groups: rows.map(({ name, ratio }) => ({
          name,
          bars: [{ value: ratio.median, range: [ratio.min, ratio.max] as const }],
        })),
      }),
      barChart({
        title: "Pages that were not in shared_buffers",
        description: "By class of the mixed load, for one operation.",
        label: "pages",
        series: ["tuned", "default"],
        groups: rows.map(({ name, tuned, defaults }) => ({
          name,
          bars: [{ value: tuned.pagesRead }, { value: defaults.pagesRead }],
        })),
      }),
    ),
    table<SideRow>({
      caption: "One mixed load in turns; milliseconds in the server and pages of one operation, medians of the rounds",
      columns: [
        { title: "class", value: ({ name }) => name },
        { title: "tuned, ms", value: ({ tuned }) => figure(tuned.serverMs), numeric: true },
        { title: "default, ms", value: ({ defaults }) => figure(defaults.serverMs), numeric: true },
        { title: "times", value: ({ ratio }) => figure(ratio.median), numeric: true },
        {
          title: "least to greatest",
          value: ({ ratio }) => `${figure(ratio.min)}–${figure(ratio.max)}`,
          numeric: true,
        },
        { title: "tuned, pages", value: ({ tuned }) => figure(tuned.pages), numeric: true },
        { title: "default, pages", value: ({ defaults }) => figure(defaults.pages), numeric: true },
        { title: "tuned, pages read", value: ({ tuned }) => figure(tuned.pagesRead), numeric: true },
        { title: "default, pages read", value: ({ defaults }) => figure(defaults.pagesRead), numeric: true },
      ],
      rows,
    }),
  ];
}

function indexes(result: Result): Content {
  const rows = indexRows(result);
  return [
    charts(
      barChart({
        title: "How many times fewer pages a query looks at with the indexes",
        description: "As against no indexes but those of keys.",
        label: "times",
        series: ["without by with"],
        groups: rows.map(({ name, pages, pagesWithout }) => ({ name, bars: [{ value: pagesWithout / pages }] })),
      }),
    ),
    table<IndexRow>({
      caption: "One run of each, by the plan for its values",
      columns: [
        { title: "query", value: ({ name }) => name },
        { title: "ms", value: ({ ms }) => figure(ms), numeric: true },
        { title: "without, ms", value: ({ msWithout }) => figure(msWithout), numeric: true },
        { title: "times", value: ({ ms, msWithout }) => figure(msWithout / ms), numeric: true },
        { title: "pages", value: ({ pages }) => figure(pages), numeric: true },
        { title: "without, pages", value: ({ pagesWithout }) => figure(pagesWithout), numeric: true },
        { title: "times", value: ({ pages, pagesWithout }) => figure(pagesWithout / pages), numeric: true },
      ],
      rows,
    }),
  ];
}
