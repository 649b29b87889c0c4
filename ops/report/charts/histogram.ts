import { figure } from "../figures";
import { type Html, html } from "../html";
import { AREA, type Axis, drawX, drawY, placeAxis } from "./axis";
import { type Chart, drawing, emptyChart } from "./chart";

/** How many values there are from one up to another. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface Histogram extends Chart {
  readonly x: Axis;
  /** What is counted. */
  readonly counted: string;
  readonly bins: readonly Bin[];
}

/** How values are spread: bars that touch, as wide as their bins. */
export function histogram(chart: Histogram): Html {
  const { title, x, counted, bins } = chart;
  const filled = bins.filter(({ count }) => count > 0);
  if (filled.length === 0) return emptyChart(chart);
  const edges = filled.flatMap(({ from, to }) => [from, to]);
  const [first, last] = [Math.min(...edges), Math.max(...edges)];
  const across = placeAxis({ from: x.scale === "log" ? first : 0, to: last, ...x }, edges, [AREA.left, AREA.right]);
  const up = placeAxis(
    { label: counted },
    filled.map(({ count }) => count),
    [AREA.bottom, AREA.top],
  );
  const most = filled.reduce((a, b) => (b.count > a.count ? b : a));
  return drawing({
    title,
    description: `${chart.description} Most lie from ${figure(most.from)} to ${figure(most.to)}; the greatest is below ${figure(last)}.`,
    width: AREA.width,
    height: AREA.height,
    body: [
      drawX(across),
      drawY(up),
      ...filled
        .filter(({ from }) => across.shows(from))
        .map(({ from, to, count }) => {
          const [left, top] = [across.at(from), up.at(count)];
          return html`<rect class="bar s0" x="${left}" y="${top}" width="${Math.max(1, across.at(to) - left)}" height="${AREA.bottom - top}"/>\n`;
        }),
    ],
    legend: [],
    swatch: "bar",
    columns: [
      { title: `${x.label}, from`, value: ({ from }: Bin) => figure(from), numeric: true },
      { title: "to", value: ({ to }: Bin) => figure(to), numeric: true },
      { title: counted, value: ({ count }: Bin) => figure(count), numeric: true },
    ],
    rows: filled,
  });
}
