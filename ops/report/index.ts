/**
 * Reports as one HTML file: it works offline, on a phone, in the dark, on paper, and for who hears it. Charts are drawn here
 * as SVG that takes its colours from the page, which the large chart libraries' fixed pictures do not; scales and paths are d3's.
 */
export { badge, list, type Verdict } from "./badge";
export { type BarChart, barChart } from "./charts/bars";
export { charts } from "./charts/chart";
export { type Bin, type Histogram, histogram } from "./charts/histogram";
export { type LineChart, lineChart, type Mark, type Point, type Series } from "./charts/line";
export { type PercentileChart, type Percentiles, percentileChart } from "./charts/percentiles";
export { figure } from "./figures";
export { type Content, Html, html } from "./html";
export { type Fact, type Page, page, type Section } from "./page";
export { type Column, table } from "./table";
export { writeReport } from "./write";
