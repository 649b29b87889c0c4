import {
  type Verdict as Badge,
  badge,
  charts,
  figure,
  html,
  lineChart,
  type Mark,
  page,
  percentileChart,
  table,
} from "../report";
import type { Verdict } from "./goals";
import type { LoadReport } from "./report";
import { exact, problemsOf, summaryOf } from "./text";

const BADGES: Readonly<Record<Verdict, Badge>> = { met: "pass", missed: "fail", unknown: "unknown" };
const PERCENTILES = { apiLatencyP50: 50, apiLatencyP95: 95, apiLatencyP99: 99 } as const;

const or = (value: number | undefined) => (value === undefined ? "–" : figure(value));

/** A report as a page. */
export function loadHtml(report: LoadReport): string {
  const { url, startedAt, client, verdict, stages, targets, notes } = report;
  const problems = stages.flatMap((stage) =>
    problemsOf(stage).map(([kind, times]) => ({ stage: stage.name, kind, times })),
  );
  return page({
    title: `Load test of ${url}`,
    summary: html`${badge(BADGES[verdict], verdict)} ${summaryOf(report)}`,
    facts: [
      ["begun", startedAt],
      ["from", `a machine of ${client.cores} cores, Node ${client.node}`],
    ],
    sections: [
      {
        title: "Targets",
        body: [
          table({
            caption: "Judged by the whole load",
            columns: [
              { title: "target", value: ({ title }) => title },
              { title: "bound", value: ({ bound, value, unit }) => `${bound} ${figure(value)} ${unit}`, numeric: true },
              {
                title: "measured",
                value: ({ measured, value, unit }) =>
                  measured === undefined ? "–" : `${exact(measured, value)} ${unit}`,
                numeric: true,
              },
              { title: "verdict", value: ({ verdict }) => badge(BADGES[verdict], verdict) },
            ],
            rows: targets,
          }),
          notes.map((note) => html`<p>${badge("warning", "note")} ${note}</p>\n`),
        ],
      },
      { title: "Latency", body: [latencyCharts(report), html`<p>${LATENCY}</p>`] },
      {
        title: "Stages",
        body: table({
          caption: "Latency in milliseconds",
          columns: [
            { title: "stage", value: ({ name }) => name },
            { title: "seconds", value: ({ seconds }) => figure(seconds), numeric: true },
            { title: "requests/s offered", value: ({ offeredPerSecond }) => figure(offeredPerSecond), numeric: true },
            { title: "answered/s", value: ({ answeredPerSecond }) => figure(answeredPerSecond), numeric: true },
            {
              title: "users served",
              value: ({ usersServed, users }) => `${figure(usersServed)} of ${figure(users)}`,
              numeric: true,
            },
            { title: "p50", value: ({ latency }) => or(latency.p50), numeric: true },
            { title: "p95", value: ({ latency }) => or(latency.p95), numeric: true },
            { title: "p99", value: ({ latency }) => or(latency.p99), numeric: true },
            { title: "max", value: ({ latency }) => or(latency.max), numeric: true },
            { title: "failed", value: ({ requests, answered }) => figure(requests - answered), numeric: true },
          ],
          rows: stages,
        }),
      },
      {
        title: "What went wrong",
        body: table({
          caption: "Requests that were not answered with success",
          columns: [
            { title: "what", value: ({ kind }) => kind },
            { title: "stage", value: ({ stage }) => stage },
            { title: "requests", value: ({ times }) => figure(times), numeric: true },
          ],
          rows: problems,
        }),
      },
    ],
  });
}

const LATENCY =
  "Latency counts from the moment that a request was meant to be sent: one that waits behind a slow answer shows it. Service time counts from the moment that it was sent, as a client sees it that waits for each answer before it asks again. Where they part, the service could not keep up.";

function latencyCharts({ targets, percentiles, timeline, stages }: LoadReport) {
  const of = (name: string) => targets.find((target) => target.name === name);
  const bounds = Object.entries(PERCENTILES).flatMap(([name, percentile]) => {
    const target = of(name);
    return target === undefined ? [] : [{ percentile, value: target.value }];
  });
  const seconds = { label: "seconds" };
  const begins = stages.map(({ name }) => ({ label: name, x: timeline.find(({ stage }) => stage === name)?.at ?? 0 }));
  const line = (name: string, y: number | undefined, unit: string): Mark[] =>
    y === undefined ? [] : [{ label: `${name} ${figure(y)} ${unit}`, y }];
  const p99 = of("apiLatencyP99")?.value;
  const rate = of("requestRate")?.value;
  return charts(
    percentileChart({
      title: "Latency by percentile",
      description: "Of the whole load.",
      label: "ms",
      series: [
        { name: "latency", percentiles: percentiles.map(({ percentile, latency }) => [percentile, latency]) },
        {
          name: "service time",
          percentiles: percentiles.map(({ percentile, serviceTime }) => [percentile, serviceTime]),
        },
      ],
      targets: bounds,
    }),
    lineChart({
      title: "Latency over time",
      description: "In each second.",
      x: seconds,
      y: { label: "ms" },
      series: [
        { name: "p50", points: timeline.map(({ at, p50 }) => [at, p50]) },
        { name: "p99", points: timeline.map(({ at, p99 }) => [at, p99]) },
      ],
      marks: [...begins, ...line("p99 <", p99, "ms")],
    }),
    lineChart({
      title: "Requests over time",
      description: "In each second.",
      x: seconds,
      y: { label: "requests/s" },
      series: [
        { name: "answered", points: timeline.map(({ at, answered }) => [at, answered]) },
        { name: "failed", points: timeline.map(({ at, failed }) => [at, failed]) },
        { name: "waiting at its end", points: timeline.map(({ at, waiting }) => [at, waiting]) },
      ],
      marks: [...begins, ...line(">", rate, "requests/s")],
    }),
  );
}
