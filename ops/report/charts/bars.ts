import { figure } from "../figures";
import { type Html, html } from "../html";
import { AREA, placeAxis } from "./axis";
import { type Chart, drawing, emptyChart } from "./chart";

/** One bar: a value and, where it was measured more than once, its spread. */
export interface Bar {
  readonly value: number;
  readonly range?: readonly [least: number, greatest: number];
}

export interface BarChart extends Chart {
  /** What is measured, with its unit. */
  readonly label: string;
  /** What is compared, such as "tuned" and "default". */
  readonly series: readonly string[];
  /** What it is compared in, each with a bar for each series, in their order; undefined where nothing was measured. */
  readonly groups: readonly { readonly name: string; readonly bars: readonly (Bar | undefined)[] }[];
}

/** Room for what is measured, above all groups. */
const HEAD = 36;
const BAR = 26;
const GAP = 6;
const GROUP_HEAD = 34;
const GROUP_GAP = 14;
/** Room for the value after the longest bar. */
const VALUE = 200;

/** Lying bars in groups: names of any length stay readable on a phone. */
export function barChart(chart: BarChart): Html {
  const { title, label, series, groups } = chart;
  const bars = groups.flatMap((group) => group.bars.filter((bar) => bar !== undefined));
  if (bars.length === 0) return emptyChart(chart);
  const greatest = Math.max(...bars.map(({ value, range }) => Math.max(value, range?.[1] ?? value)));
  const { at } = placeAxis({ label, to: greatest }, [], [0, AREA.width - VALUE]);
  const height = GROUP_HEAD + series.length * (BAR + GAP) + GROUP_GAP;
  return drawing({
    title,
    description: [chart.description, ...groups.map((group) => said(group, series))].join(" "),
    width: AREA.width,
    height: HEAD + groups.length * height,
    body: [
      html`<text class="quiet" x="0" y="${HEAD - 10}" aria-hidden="true">${label}</text>\n`,
      ...groups.map(
        (group, index) => html`<g aria-hidden="true" transform="translate(0 ${HEAD + index * height})">
<text x="0" y="${GROUP_HEAD - 8}">${group.name}</text>
${group.bars.map((bar, place) => bar && drawBar(bar, place, at))}</g>
`,
      ),
    ],
    legend: series,
    swatch: "bar",
    columns: [
      { title: "", value: ({ name }: BarChart["groups"][number]) => name },
      ...series.map((name, index) => ({
        title: name,
        value: ({ bars }: BarChart["groups"][number]) => words(bars[index]),
        numeric: true,
      })),
    ],
    rows: groups,
  });
}

function drawBar(bar: Bar, place: number, at: (value: number) => number): Html {
  const top = GROUP_HEAD + place * (BAR + GAP);
  const middle = top + BAR / 2;
  const [least, greatest] = bar.range ?? [bar.value, bar.value];
  const end = Math.max(at(bar.value), at(greatest)) + 8;
  return html`<rect class="bar s${place}" x="0" y="${top}" width="${Math.max(1, at(bar.value))}" height="${BAR}"/>${
    bar.range &&
    html`<path class="range" d="M${at(least)},${middle}H${at(greatest)}M${at(least)},${middle - 5}v10M${at(greatest)},${middle - 5}v10"/>`
  }<text x="${end}" y="${middle + 6}">${figure(bar.value)}</text>\n`;
}

function said({ name, bars }: BarChart["groups"][number], series: readonly string[]): string {
  return `${name}: ${series.map((one, index) => `${one} ${words(bars[index])}`).join(", ")}.`;
}

function words(bar: Bar | undefined): string {
  if (bar === undefined) return "not measured";
  return bar.range === undefined
    ? figure(bar.value)
    : `${figure(bar.value)} (${figure(bar.range[0])} to ${figure(bar.range[1])})`;
}
