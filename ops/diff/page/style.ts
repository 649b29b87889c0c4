import { Html } from "../../report";

const LANES = [0, 1, 2, 3, 4, 5].map((lane) => `.network .a${lane} { --lane: var(--series-${lane}); }`).join("\n");

/** The style of what only this page has; its colours are the report's. */
export const style = new Html(`<style>
figure.network { max-width: 34rem; }
.network text { font-size: 12px; }
.network .strong { font-weight: 600; fill: var(--text); }
.network .tier { fill: var(--raised); stroke: var(--line); }
.network .outside, .network .box { fill: var(--paper); stroke: var(--quiet); }
.network .box { stroke-width: 1.25; }
.network .box.pass { stroke: var(--pass); stroke-width: 2.5; }
.network .box.warning { stroke: var(--warning); stroke-width: 2.5; }
.network .box.fail { stroke: var(--fail); stroke-width: 2.5; }
.network .sign { font-weight: 600; }
.network .sign.pass { fill: var(--pass); } .network .sign.warning { fill: var(--warning); } .network .sign.fail { fill: var(--fail); }
.network .finding { fill: var(--fail); }
.network .count { fill: var(--paper); stroke: none; font-size: 11px; font-weight: 700; }
.network .arrow { fill: none; stroke: var(--lane); stroke-width: 1.5; }
.network .head { fill: var(--lane); }
.network .ports { fill: var(--lane); font-size: 9.5px; }
.loud { border-left: 4px solid var(--warning); background: var(--raised); border-radius: 4px; margin: .5rem 0; padding: .5rem .75rem; }
.loud.refused { border-color: var(--fail); }
.loud p { margin: 0; }
details { margin: .5rem 0; }
summary { cursor: pointer; padding: .25rem 0; }
.none { color: var(--quiet); }
${LANES}
</style>`);
