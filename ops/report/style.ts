import { Html } from "./html";

/** Colours of a theme: text, paper, lines, verdicts, and the series of charts, all told apart on its paper. */
const LIGHT = `
  --text: #1b1f24; --quiet: #57606a; --paper: #ffffff; --raised: #f6f8fa; --line: #d0d7de;
  --pass: #1a7f37; --fail: #cf222e; --warning: #9a6700; --unknown: #57606a;
  --series-0: #0b63c5; --series-1: #c2410c; --series-2: #15803d; --series-3: #9333ea; --series-4: #a16207; --series-5: #be185d;`;

const DARK = `
  --text: #e6edf3; --quiet: #9ea7b3; --paper: #0d1117; --raised: #161b22; --line: #3d444d;
  --pass: #4ac26b; --fail: #ff7b72; --warning: #e3b341; --unknown: #9ea7b3;
  --series-0: #6cb6ff; --series-1: #ffa657; --series-2: #7ee787; --series-3: #d2a8ff; --series-4: #f2cc60; --series-5: #ff9bce;`;

/** How many series a chart can tell apart. */
export const SERIES_MAX = 6;

const DASHES = ["none", "8 4", "2 3", "10 3 2 3", "14 4", "5 2 1 2"];

// Each series has a colour and a dash of its own: colour alone says nothing to some readers, and to a printer.
const series = DASHES.map(
  (dash, index) => `
.s${index} { --series: var(--series-${index}); }
.line.s${index} { stroke-dasharray: ${dash}; }`,
).join("");

/** The style of every report. Charts keep their text readable on a phone by their own width, not the window's. */
export const style = new Html(`
:root { color-scheme: light dark; ${LIGHT}
}
@media (prefers-color-scheme: dark) { :root { ${DARK}
} }
@media print { :root { color-scheme: light; ${LIGHT}
} }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--series-0); }
code, pre { font: .9em ui-monospace, monospace; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow-x: auto; overflow-wrap: normal; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { text-align: left; color: var(--quiet); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 600; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.badge { display: inline-block; white-space: nowrap; border: 1px solid; border-radius: 1em; padding: 0 .6em; font-size: .9rem; font-weight: 600; }
.findings { list-style: none; margin: 0; padding: 0; overflow-wrap: anywhere; }
.findings li { padding-left: 1.4em; text-indent: -1.4em; }
.findings span { display: inline-block; width: 1.4em; text-indent: 0; font-weight: 600; }
.checked table { table-layout: fixed; min-width: 34rem; }
.checked th:first-child { width: 28%; } .checked th:nth-child(2) { width: 9.5rem; }
td details summary { color: var(--quiet); cursor: pointer; }
.pass { color: var(--pass); } .fail { color: var(--fail); } .warning { color: var(--warning); } .unknown { color: var(--unknown); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; container-type: inline-size; }
figcaption { font-weight: 600; margin-bottom: .25rem; }
figure svg { display: block; width: 100%; height: auto; }
figure details { color: var(--quiet); font-size: .9rem; }
svg text { fill: var(--text); font: 14px system-ui, sans-serif; stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
svg .quiet { fill: var(--quiet); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .line { fill: none; stroke: var(--series); stroke-width: 2.5; stroke-linejoin: round; }
svg .bar { fill: var(--series); }
svg .range { stroke: var(--text); stroke-width: 1.5; fill: none; }
svg .mark { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 6 4; }
svg .point { fill: var(--text); }
@container (max-width: 34rem) { svg text { font-size: 17px; } }
@container (max-width: 26rem) { svg text { font-size: 22px; } }
@container (max-width: 22rem) { svg text { font-size: 26px; } }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; margin: .25rem 0; padding: 0; font-size: .9rem; }
.legend svg { display: inline-block; width: 2rem; height: .75rem; margin-right: .4rem; vertical-align: middle; }
${series}
@media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; } }
`);
