import { curveLinear, curveStepAfter, line } from "d3-shape";
import { figure } from "../figures";
import { type Html, html } from "../html";
import { AREA, type Axis, drawX, drawY, type PlacedAxis, placeAxis } from "./axis";
import { type Chart, drawing, emptyChart } from "./chart";

/** A point of a series; undefined where nothing was measured, which leaves a gap. */
export type Point = readonly [x: number, y: number | undefined];

export interface Series {
  readonly name: string;
  /** In the order of x. */
  readonly points: readonly Point[];
  /** `step`: a value holds until the next one. @default "straight" */
  readonly shape?: "straight" | "step";
}

/** Something to compare the series with: a line at `y`, a moment at `x`, or with both a point. */
export interface Mark {
  readonly label: string;
  readonly x?: number;
  readonly y?: number;
}

export interface LineChart extends Chart {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Targets and events. */
  readonly marks?: readonly Mark[];
}

/** More rows than this are no table that anybody reads. */
const ROWS_MAX = 120;

/** Lines or steps over a common axis: percentiles, values over time. */
export function lineChart(chart: LineChart): Html {
  const { title, series, marks = [] } = chart;
  const points = series.flatMap((one) => one.points);
  if (!points.some(([, y]) => y !== undefined && Number.isFinite(y))) return emptyChart(chart);
  const given = <T>(values: readonly (T | undefined)[]) => values.filter((value) => value !== undefined);
  const xs = [...points.map(([x]) => x), ...given(marks.map((mark) => mark.x))];
  const ys = given([...points.map(([, y]) => y), ...marks.map((mark) => mark.y)]);
  const from = xs.reduce((a, b) => Math.min(a, b), Infinity);
  const x = placeAxis({ from, to: xs.reduce((a, b) => Math.max(a, b), from), ...chart.x }, xs, [AREA.left, AREA.right]);
  const y = placeAxis(chart.y, ys, [AREA.bottom, AREA.top]);
  return drawing({
    title,
    description: [chart.description, ...series.map(said), ...marks.map(({ label }) => `Marked: ${label}.`)].join(" "),
    width: AREA.width,
    height: AREA.height,
    body: [
      drawX(x),
      drawY(y),
      ...series.map((one, index) => drawSeries(one, index, x, y)),
      ...marks.map((mark) => drawMark(mark, x, y)),
    ],
    legend: series.map(({ name }) => name),
    swatch: "line",
    ...numbers(chart),
  });
}

function drawSeries({ points, shape }: Series, index: number, x: PlacedAxis, y: PlacedAxis): Html {
  const path = line<Point>()
    .defined(([at, value]) => x.shows(at) && y.shows(value))
    .x(([at]) => x.at(at))
    .y(([, value]) => y.at(value ?? 0))
    .curve(shape === "step" ? curveStepAfter : curveLinear)
    .digits(1);
  return html`<path class="line s${index}" d="${path(points) ?? ""}"/>\n`;
}

function drawMark({ label, x: atX, y: atY }: Mark, x: PlacedAxis, y: PlacedAxis): Html {
  if (atX !== undefined && atY !== undefined) {
    const left = x.at(atX) > (AREA.left + AREA.right) / 2;
    return html`<g aria-hidden="true"><circle class="point" cx="${x.at(atX)}" cy="${y.at(atY)}" r="5"/><text x="${x.at(atX) + (left ? -9 : 9)}" y="${y.at(atY) - 8}" text-anchor="${left ? "end" : "start"}">${label}</text></g>\n`;
  }
  if (atY !== undefined) {
    return html`<g aria-hidden="true"><line class="mark" x1="${AREA.left}" x2="${AREA.right}" y1="${y.at(atY)}" y2="${y.at(atY)}"/><text x="${AREA.right}" y="${y.at(atY) - 6}" text-anchor="end">${label}</text></g>\n`;
  }
  if (atX === undefined) return html``;
  return html`<g aria-hidden="true"><line class="mark" x1="${x.at(atX)}" x2="${x.at(atX)}" y1="${AREA.top}" y2="${AREA.bottom}"/><text class="quiet" x="${x.at(atX) + 5}" y="${AREA.top + 14}">${label}</text></g>\n`;
}

/** A series in a sentence. */
function said({ name, points }: Series): string {
  const values = points.flatMap(([, y]) => (y !== undefined && Number.isFinite(y) ? [y] : []));
  const last = values.at(-1);
  if (last === undefined) return `${name}: nothing measured.`;
  const [least, greatest] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [last, last]);
  return `${name}: from ${figure(least)} to ${figure(greatest)}, at the end ${figure(last)}.`;
}

type Row = readonly [x: number, values: ReadonlyMap<Series, number>];

function numbers({ x, series }: LineChart) {
  const rows = new Map<number, Map<Series, number>>();
  for (const one of series) {
    for (const [at, value] of one.points) {
      const row = rows.get(at) ?? new Map<Series, number>();
      rows.set(at, row);
      if (value !== undefined) row.set(one, value);
    }
  }
  const sorted = [...rows].sort(([a], [b]) => a - b);
  return {
    columns: [
      { title: x.label, value: ([at]: Row) => (x.format ?? figure)(at), numeric: true },
      ...series.map((one) => ({
        title: one.name,
        value: ([, values]: Row) => figure(values.get(one) ?? Number.NaN),
        numeric: true,
      })),
    ],
    rows: sorted.length > ROWS_MAX ? [] : sorted,
  };
}
