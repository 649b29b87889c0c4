import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type TargetName, targets } from "../../targets";
import { GROUPS, type InMetrics, isFormula, type Metric, targetText, type Watched } from "./definition";

/** What the dashboard needs to know. */
export interface DashboardArgs {
  readonly region: string;
  /** Everything drawn. */
  readonly watched: readonly InMetrics<Watched>[];
  /** Alarms whose state is shown at the top. */
  readonly alarmArns: readonly pulumi.Input<string>[];
}

/** The grid of a CloudWatch dashboard is 24 wide. */
const GRID = Object.freeze({
  width: 24,
  panelWidth: 8,
  panelHeight: 6,
  titleHeight: 1,
  alarmsHeight: 4,
  noteHeight: 2,
});
const PERIOD_SECONDS = 60;

/** One rectangle of the grid. */
export interface Widget {
  readonly type: "alarm" | "metric" | "text";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A dashboard with a panel for each group of measures, and the targets as lines in it. */
export function dashboard(
  name: string,
  args: DashboardArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.Dashboard {
  return new aws.cloudwatch.Dashboard(
    name,
    {
      // Dashboards cannot be auto-named.
      dashboardName: `${pulumi.getProject()}-${pulumi.getStack()}`,
      dashboardBody: pulumi.jsonStringify(dashboardBody(args)),
    },
    opts,
  );
}

/** The dashboard as CloudWatch reads it: for each group a title, then its panels, three in a row. */
export function dashboardBody(args: DashboardArgs): { readonly widgets: Widget[] } {
  const placed: Widget[] = [
    {
      type: "alarm",
      x: 0,
      y: 0,
      width: GRID.width,
      height: GRID.alarmsHeight,
      properties: { title: "Alarms", alarms: args.alarmArns },
    },
    {
      type: "text",
      x: 0,
      y: GRID.alarmsHeight,
      width: GRID.width,
      height: GRID.noteHeight,
      properties: { markdown: note(args.watched) },
    },
  ];
  let y = GRID.alarmsHeight + GRID.noteHeight;
  for (const group of GROUPS) {
    const inGroup = args.watched.filter((item) => item.group === group);
    const panels = [...new Set(inGroup.map((item) => item.panel))];
    placed.push({
      type: "text",
      x: 0,
      y,
      width: GRID.width,
      height: GRID.titleHeight,
      properties: { markdown: `## ${group}` },
    });
    y += GRID.titleHeight;
    const perRow = GRID.width / GRID.panelWidth;
    panels.forEach((title, index) => {
      placed.push({
        type: "metric",
        x: (index % perRow) * GRID.panelWidth,
        y: y + Math.floor(index / perRow) * GRID.panelHeight,
        width: GRID.panelWidth,
        height: GRID.panelHeight,
        properties: panel(
          title,
          inGroup.filter((item) => item.panel === title),
          args.region,
        ),
      });
    });
    y += Math.ceil(panels.length / perRow) * GRID.panelHeight;
  }
  return { widgets: placed };
}

/** How to read the panels, and the targets that none of them can show. */
function note(watched: readonly InMetrics<Watched>[]): string {
  const drawn = new Set(watched.map((item) => item.target));
  const others = (Object.keys(targets) as TargetName[]).filter((name) => !drawn.has(name));
  const unmeasured = others.map((name) => `${targetText(targets[name])} (no metric: the history of the alarms tells)`);
  return ["Each target is a line beside what is measured.", ...unmeasured].join(" ");
}

function panel(title: string, items: readonly InMetrics<Watched>[], region: string) {
  const drawn = items.filter((item, index) => items.findIndex((other) => other.measure === item.measure) === index);
  const lines = new Map(
    items.flatMap((item) => (item.threshold === undefined ? [] : [[lineLabel(item), item.threshold]])),
  );
  return {
    title,
    view: "timeSeries",
    region,
    period: PERIOD_SECONDS,
    metrics: drawn.flatMap(metricLines),
    annotations: { horizontal: [...lines].map(([label, value]) => ({ label, value })) },
  };
}

/** One line for each target, however many alarms judge it; a threshold of its own is called by what it limits. */
const lineLabel = ({ target, title, threshold }: InMetrics<Watched>): string =>
  target !== undefined && target !== "availability" ? targetText(targets[target]) : `${title}: alarm at ${threshold}`;

/** A metric as a dashboard has it: namespace, name, then dimensions in pairs, then how it is drawn. */
const line = (metric: Metric, drawn: Readonly<Record<string, unknown>>): unknown[] => [
  metric.namespace,
  metric.name,
  ...Object.entries(metric.dimensions).flat(),
  { stat: metric.statistic, ...drawn },
];

function metricLines({ measure, title }: InMetrics<Watched>): unknown[][] {
  if (!isFormula(measure)) return [line(measure, { label: title })];
  return [
    [{ expression: measure.expression, label: title }],
    ...Object.entries(measure.metrics).map(([id, metric]) => line(metric, { id, visible: false })),
  ];
}
