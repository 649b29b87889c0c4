import type { Html } from "../html";
import type { Chart } from "./chart";
import { lineChart, type Mark } from "./line";

/** Values below which given shares lie, such as `[99, 120]`: 99 % are at most 120. */
export type Percentiles = readonly (readonly [percentile: number, value: number])[];

export interface PercentileChart extends Chart {
  /** What is measured, with its unit. */
  readonly label: string;
  readonly series: readonly { readonly name: string; readonly percentiles: Percentiles }[];
  /** The values that percentiles are to stay under. */
  readonly targets?: readonly { readonly percentile: number; readonly value: number }[];
}

/**
 * Percentiles as HdrHistogram plots them: each nine takes as much room as the one before it, so that the slowest thousandth,
 * which a thousand users meet every second, is as easy to see as the middle.
 */
export function percentileChart({ title, description, label, series, targets = [] }: PercentileChart): Html {
  // How many are asked until one is slower: 1 at 0 %, 100 at 99 %. There is no place for 100 %.
  const place = (percentile: number) => 100 / (100 - percentile);
  const shown = series.map(({ name, percentiles }) => ({
    name,
    points: percentiles
      .filter(([percentile]) => percentile < 100)
      .map(([percentile, value]) => [place(percentile), value] as const),
  }));
  const greatest = Math.max(100, ...shown.flatMap(({ points }) => points.map(([x]) => x)));
  const nines = Math.ceil(Math.log10(greatest));
  const marks: Mark[] = targets.map(({ percentile, value }) => ({
    label: `p${percentile} < ${value}`,
    x: place(percentile),
    y: value,
  }));
  return lineChart({
    title,
    description,
    x: {
      label: "percentile",
      scale: "log",
      from: 1,
      to: greatest,
      ticks: [2, ...Array.from({ length: nines }, (_, index) => 10 ** (index + 1))],
      format: (value) => `${Number((100 - 100 / value).toPrecision(8))} %`,
    },
    y: { label },
    series: shown,
    marks,
  });
}
