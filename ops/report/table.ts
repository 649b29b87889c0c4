import { type Content, type Html, html } from "./html";

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => Content;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
}

export interface Table<Row> {
  /** What the table shows. */
  readonly caption: string;
  /** The first one names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

/** A table with headers for both directions, which scrolls by itself where it is too wide. */
export function table<Row>({ caption, columns, rows }: Table<Row>): Html {
  const kind = ({ numeric }: Column<Row>) => numeric && html` class="number"`;
  const cell = (column: Column<Row>, index: number, row: Row) =>
    index === 0
      ? html`<th scope="row"${kind(column)}>${column.value(row)}</th>`
      : html`<td${kind(column)}>${column.value(row)}</td>`;
  const body =
    rows.length === 0
      ? html`<tr><td colspan="${columns.length}">none</td></tr>`
      : rows.map((row) => html`<tr>${columns.map((column, index) => cell(column, index, row))}</tr>\n`);
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)}</tr></thead>
<tbody>
${body}</tbody>
</table></div>`;
}
