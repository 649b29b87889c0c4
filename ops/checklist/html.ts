import { badge, type Content, type Html, html, list, table, type Verdict } from "../report";
import { bySection, evidenceText, merged, missingOf } from "./evidence";
import type { CheckedItem, Evidence, Status } from "./item";

const VERDICTS: Readonly<Record<Status, Verdict>> = { pass: "pass", fail: "fail", "not checked": "unknown" };

/** The checklist in a page: each item with its evidence, of which what holds is folded; then what is missing. */
export function checklistContent(items: readonly CheckedItem[]): Content {
  const missing = missingOf(items);
  return [
    bySection(items).map((section) => sectionTable(section)),
    missing.length > 0 &&
      table({
        caption: "Not checked without",
        columns: [
          { title: "what is missing", value: (row) => html`<code>${row.missing}</code>` },
          { title: "items", value: (row) => row.titles.join(", ") },
        ],
        rows: missing,
      }),
  ];
}

function sectionTable({ section, items }: ReturnType<typeof bySection>[number]): Html {
  const passed = items.filter(({ status }) => status === "pass").length;
  return html`<h3>${section}</h3>\n<div class="checked">${table({
    caption: `${section}: ${passed} of ${items.length} items pass`,
    columns: [
      { title: "item", value: ({ title }) => title },
      { title: "status", value: ({ status }) => badge(VERDICTS[status], status) },
      { title: "evidence", value: ({ evidence }) => evidenceContent(merged(evidence)) },
    ],
    rows: items,
  })}</div>\n`;
}

function evidenceContent(evidence: readonly Evidence[]): Content {
  const lines = (wanted: (status: Status) => boolean) =>
    evidence
      .filter(({ status }) => wanted(status))
      .map((one) => ({ verdict: VERDICTS[one.status], words: evidenceText(one) }));
  const held = lines((status) => status === "pass");
  return [
    list(lines((status) => status !== "pass")),
    held.length > 0 &&
      html`<details><summary>${held.length === 1 ? "1 holds" : `${held.length} hold`}</summary>${list(held)}</details>`,
  ];
}
