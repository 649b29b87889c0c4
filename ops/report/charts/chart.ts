import { type Html, html } from "../html";
import { SERIES_MAX } from "../style";
import { type Column, table } from "../table";

/** What every chart has. */
export interface Chart {
  readonly title: string;
  /** What there is to see, for who does not see it; what the data say is added. */
  readonly description: string;
}

/** A chart's parts, drawn. */
export interface Drawing<Row> extends Chart {
  readonly width: number;
  readonly height: number;
  readonly body: readonly Html[];
  /** Names of the series, in the order of their colours. */
  readonly legend: readonly string[];
  /** How the legend shows a series. */
  readonly swatch: "line" | "bar";
  /** The same as a table, folded away; without rows there is none. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
}

/** A figure: the picture, with its title and description for who hears it, its legend, and its numbers. */
export function drawing<Row>(chart: Drawing<Row>): Html {
  const { title, description, width, height, body, legend, columns, rows } = chart;
  if (legend.length > SERIES_MAX) {
    throw new Error(`chart "${title}": found ${legend.length} series; allowed: up to ${SERIES_MAX}`);
  }
  return html`<figure>
<figcaption>${title}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<desc>${description}</desc>
${body}</svg>
${legend.length > 1 && html`<ul class="legend">${legend.map((name, index) => legendItem(name, index, chart.swatch))}</ul>\n`}${
  rows.length > 0 && html`<details><summary>Numbers</summary>${table({ caption: title, columns, rows })}</details>\n`
}</figure>
`;
}

/** In place of a chart that would have nothing to show. */
export function emptyChart({ title }: Chart): Html {
  return html`<figure><figcaption>${title}</figcaption><p>Nothing was measured.</p></figure>\n`;
}

/** Charts side by side, where the page is wide enough. */
export function charts(...figures: readonly Html[]): Html {
  return html`<div class="charts">\n${figures}</div>\n`;
}

function legendItem(name: string, index: number, swatch: "line" | "bar"): Html {
  const sign =
    swatch === "line"
      ? html`<line class="line s${index}" x1="0" x2="32" y1="6" y2="6"/>`
      : html`<rect class="bar s${index}" width="32" height="12"/>`;
  return html`<li><svg viewBox="0 0 32 12" aria-hidden="true">${sign}</svg>${name}</li>`;
}
