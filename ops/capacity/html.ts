import type { Moment } from "../../sizing/simulation";
import { targets } from "../../targets";
import { badge, charts, html, lineChart, type Point, page, table } from "../report";
import { basis, commands, delayLines, outcome, rowsOf, whole } from "./document";
import type { Estimate, Scenario } from "./estimate";

/** Seconds from point to point of a plot: no eye tells more apart. */
const EVERY_SECONDS = 5;

/** The estimate as one HTML page, with what the autoscaler does over time. */
export function estimateHtml(estimate: Estimate): string {
  const { stack, wanted, limits, needs, scenarios, windowSeconds, unfeltStep } = estimate;
  const [first] = limits;
  const changes = commands(estimate);
  const reached = changes.length === 0 ? "reached as it is" : "reached by settings";
  return page({
    title: `Capacity of ${stack} at ${whole(wanted.requestsPerSecond)} requests/s`,
    summary: html`${needs.unmet.length === 0 ? badge("pass", reached) : badge("fail", "not reached by settings")} ${
      first && `As it is, ${first.name} breaks first, at ${whole(first.requestsPerSecond)} requests/s.`
    }`,
    facts: basis(estimate).map((line, index) => [index === 0 ? "source" : "", line] as const),
    sections: [
      {
        title: "What it needs",
        body: html`${table({
          caption: "The stack as it is, and what the load needs",
          columns: [
            { title: "", value: ({ name }) => name },
            { title: "now", value: ({ now }) => now },
            { title: "needs", value: ({ needs }) => needs },
          ],
          rows: rowsOf(estimate),
        })}<pre>${changes.join("\n") || "no setting to change"}</pre>`,
      },
      {
        title: "What breaks first",
        body: table({
          caption: `Limits of ${stack} as it is`,
          columns: [
            { title: "part", value: ({ name }) => name },
            { title: "requests/s", value: ({ requestsPerSecond }) => whole(requestsPerSecond), numeric: true },
            { title: "since", value: ({ because }) => because },
            { title: "to change", value: ({ remedy }) => remedy },
          ],
          rows: limits,
        }),
      },
      ...scenarios.map((scenario) => ({
        title: `${scenario.title}, from ${whole(scenario.from)} to ${whole(scenario.to)} requests/s`,
        body: html`<p>With the window of ${windowSeconds} s: ${outcome(scenario.withWindow, scenario.at)}. Without one: ${outcome(scenario.withoutWindow, scenario.at)}.</p>
${charts(...plots(scenario, windowSeconds))}`,
      })),
      {
        title: "How it is simulated",
        body: html`<p>The largest step that no request feels: to ${whole(unfeltStep)} requests/s.</p>
<ul>${delayLines().map((line) => html`<li>${line}</li>`)}</ul>`,
      },
    ],
  });
}

function plots({ withWindow, withoutWindow, title }: Scenario, windowSeconds: number) {
  const x = { label: "s" };
  const points = (moments: readonly Moment[], value: (moment: Moment) => number): Point[] =>
    moments
      .filter(({ second }) => second % EVERY_SECONDS === 0)
      .map((moment): Point => [moment.second, Number.isFinite(value(moment)) ? value(moment) : undefined]);
  const both = (value: (moment: Moment) => number, shape: "step" | "straight" = "straight") => [
    { name: `window ${windowSeconds} s`, points: points(withWindow.moments, value), shape },
    { name: "no window", points: points(withoutWindow.moments, value), shape },
  ];
  const chart = (
    what: string,
    label: string,
    series: ReturnType<typeof both>,
    marks: { label: string; y: number }[] = [],
  ) => lineChart({ title: what, description: `${what} over time: ${title}.`, x, y: { label }, series, marks });
  return [
    chart("Load", "requests/s", [
      { name: "load", points: points(withWindow.moments, ({ load }) => load), shape: "straight" },
    ]),
    chart(
      "Pods that serve",
      "pods",
      both(({ ready }) => ready, "step"),
    ),
    chart(
      "CPU, of what is requested",
      "%",
      both(({ utilization }) => utilization),
      [{ label: `goal ${targets.cpuAverage.value} %`, y: targets.cpuAverage.value }],
    ),
    chart(
      "Requests that wait",
      "requests",
      both(({ queue }) => queue),
    ),
    chart(
      "Wait of a request",
      "ms",
      both(({ waitMs }) => waitMs),
      [{ label: `p99 target ${targets.apiLatencyP99.value} ms`, y: targets.apiLatencyP99.value }],
    ),
  ];
}
