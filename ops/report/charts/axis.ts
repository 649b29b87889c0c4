import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from "d3-scale";
import { figure } from "../figures";
import { type Html, html } from "../html";

/** One axis of a chart. */
export interface Axis {
  /** What it measures, with its unit. */
  readonly label: string;
  /** A logarithmic axis leaves out what is not above 0. @default "linear" */
  readonly scale?: "linear" | "log";
  /** The least value shown. @default 0, or the least there is on a logarithmic axis */
  readonly from?: number;
  /** The greatest value shown. @default the greatest there is, rounded up */
  readonly to?: number;
  /** Where it is labelled. @default round values */
  readonly ticks?: readonly number[];
  /** How a value is written. @default {@link figure} */
  readonly format?: (value: number) => string;
}

/** An axis that knows its place: where each value is, in the chart's units. */
export interface PlacedAxis {
  readonly axis: Axis;
  readonly at: (value: number) => number;
  /** Whether the axis has a place for the value. */
  readonly shows: (value: number | undefined) => value is number;
}

const TICKS = 5;

/** The chart's area, in its own units, which its width on the page scales. */
export const AREA = { width: 720, height: 360, left: 92, right: 664, top: 44, bottom: 292 } as const;

/** Lays an axis out over its values, from one end of its place to the other. */
export function placeAxis(axis: Axis, values: readonly number[], [start, end]: readonly [number, number]): PlacedAxis {
  const logarithmic = axis.scale === "log";
  const usable = values.filter((value) => Number.isFinite(value) && (!logarithmic || value > 0));
  const least = axis.from ?? (logarithmic ? usable.reduce((a, b) => Math.min(a, b), Infinity) : 0);
  const greatest = axis.to ?? usable.reduce((a, b) => Math.max(a, b), 0);
  const from = Number.isFinite(least) ? least : 1;
  const to = greatest > from ? greatest : from + 1;
  const scale: ScaleContinuousNumeric<number, number> = logarithmic ? scaleLog() : scaleLinear();
  scale.domain([from, to]).range([start, end]);
  if (axis.to === undefined && axis.ticks === undefined) scale.nice(TICKS);
  const ticks = axis.ticks ?? roundTicks(scale, logarithmic);
  const [first = from, last = to] = scale.domain();
  return {
    axis: { ...axis, ticks: ticks.filter((tick) => tick >= first && tick <= last) },
    at: (value) => Math.round(scale(value) * 10) / 10,
    shows: (value): value is number => value !== undefined && Number.isFinite(value) && (!logarithmic || value > 0),
  };
}

/** A logarithmic axis is labelled at 1, 10, 100, and within few decades also at 2 and 5. */
function roundTicks(scale: ScaleContinuousNumeric<number, number>, logarithmic: boolean): number[] {
  if (!logarithmic) return scale.ticks(TICKS);
  const [from = 1, to = 10] = scale.domain();
  const steps = Math.log10(to / from) > 3 ? [1] : [1, 2, 5];
  const decades = Array.from(
    { length: Math.ceil(Math.log10(to)) - Math.floor(Math.log10(from)) + 1 },
    (_, index) => 10 ** (Math.floor(Math.log10(from)) + index),
  );
  return decades.flatMap((decade) => steps.map((step) => step * decade));
}

/** The horizontal axis below the area: lines, values, and what it measures. */
export function drawX({ axis, at }: PlacedAxis): Html {
  const format = axis.format ?? figure;
  const ticks = axis.ticks ?? [];
  return html`<g aria-hidden="true">
${ticks.map(
  (tick) =>
    html`<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="${AREA.top}" y2="${AREA.bottom}"/><text class="quiet" x="${at(tick)}" y="${AREA.bottom + 24}" text-anchor="middle">${format(tick)}</text>\n`,
)}<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 56}" text-anchor="middle">${axis.label}</text>
</g>
`;
}

/** The vertical axis; what it measures stands above it, where it is read without turning one's head. */
export function drawY({ axis, at }: PlacedAxis): Html {
  const format = axis.format ?? figure;
  const ticks = axis.ticks ?? [];
  return html`<g aria-hidden="true">
${ticks.map(
  (tick) =>
    html`<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${at(tick)}" y2="${at(tick)}"/><text class="quiet" x="${AREA.left - 8}" y="${at(tick) + 5}" text-anchor="end">${format(tick)}</text>\n`,
)}<text x="4" y="22">${axis.label}</text>
</g>
`;
}
