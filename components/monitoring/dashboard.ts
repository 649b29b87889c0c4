import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { targets } from "../../targets";
import { GROUPS, isFormula, type Metric, targetText, type Watched } from "./definition";

/** What the dashboard needs to know. */
export interface DashboardArgs {
  readonly region: string;
  /** Everything drawn. */
  readonly watched: readonly Watched[];
  /** Alarms whose state is shown at the top. */
  readonly alarmArns: readonly pulumi.Input<string>[];
}

/** The grid of a CloudWatch dashboard is 24 wide. */
const GRID = Object.freeze({ width: 24, panelWidth: 8, panelHeight: 6, titleHeight: 1, alarmsHeight: 4 });
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
  ];
  let y = GRID.alarmsHeight;
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

function panel(title: string, items: readonly Watched[], region: string) {
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
const lineLabel = ({ target, title, threshold }: Watched): string =>
  target !== undefined && target !== "availability" ? targetText(targets[target]) : `${title}: alarm at ${threshold}`;

/** A metric as a dashboard has it: namespace, name, then dimensions in pairs, then how it is drawn. */
const line = (metric: Metric, drawn: Readonly<Record<string, unknown>>): unknown[] => [
  metric.namespace,
  metric.name,
  ...Object.entries(metric.dimensions).flat(),
  { stat: metric.statistic, ...drawn },
];

function metricLines({ measure, title }: Watched): unknown[][] {
  if (!isFormula(measure)) return [line(measure, { label: title })];
  return [
    [{ expression: measure.expression, label: title }],
    ...Object.entries(measure.metrics).map(([id, metric]) => line(metric, { id, visible: false })),
  ];
}
