import assert from "node:assert/strict";
import { watchedBy } from "../../../components/monitoring";
import { dashboardBody } from "../../../components/monitoring/dashboard";
import { inMetrics } from "../../../components/monitoring/log-metrics";
import type { Graph } from "../../support/record";
import { args, monitoring, stack } from "./fixture";

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    graph = await monitoring();
  });

  describe("dashboard", () => {
    const made = () =>
      dashboardBody({
        region: args.region,
        watched: watchedBy(stack).map((watched) => inMetrics(watched, "pynomaly/test")),
        alarmArns: ["arn:alarm"],
      });
    const body = made();
    interface Panel {
      title: string;
      metrics: unknown[][];
      annotations: { horizontal: { label: string; value: number }[] };
    }
    const panels = body.widgets
      .filter(({ type }) => type === "metric")
      .map(({ properties }) => properties) as unknown as Panel[];
    const panel = (title: string): Panel => {
      const found = panels.find((candidate) => candidate.title === title);
      assert.ok(found, title);
      return found;
    };

    it("draws every target as a line beside its measured value", () => {
      const { metrics, annotations } = panel("API latency");
      assert.deepEqual(
        metrics.map((metric) => (metric.at(-1) as { stat: string }).stat),
        ["p50", "p95", "p99"],
      );
      assert.deepEqual(annotations.horizontal, [
        { label: "API response time, median: below 50 ms", value: 0.05 },
        { label: "API response time, 95th percentile: below 100 ms", value: 0.1 },
        { label: "API response time, 99th percentile: below 250 ms", value: 0.25 },
      ]);
      assert.deepEqual(panel("Request rate").annotations.horizontal, [
        { label: "Requests served per second: above 1000 requests/s", value: 1000 },
      ]);
    });
    it("draws a measure once, however many alarms judge it", () => {
      assert.equal(panel("Server errors").metrics.filter(([first]) => typeof first === "object").length, 1);
      assert.equal(panel("Server errors").annotations.horizontal.length, 4);
      assert.equal(panel("Database connections").annotations.horizontal.length, 1);
      assert.equal(panel("Database connections").metrics.length, 3);
    });
    it("searches for the operations in Application Signals, each a line of its own name, where it has metrics", () => {
      const lines = (title: string) => panel(title).metrics;
      const found = (metric: string, statistic: string) => [
        [
          {
            expression: `SEARCH('{ApplicationSignals,Environment,Operation,Service} Environment="eks:pynomaly-test/pynomaly" Service="pynomaly-api" MetricName="${metric}"', '${statistic}')`,
            // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
            label: "${PROP('Dim.Operation')}",
          },
        ],
      ];
      assert.deepEqual(lines("Latency by operation, p95, in ms"), found("Latency", "p95"));
      assert.deepEqual(lines("Faults by operation"), found("Fault", "Sum"));
      const without = watchedBy({ ...stack, service: { ...stack.service, signalsEnvironment: undefined } });
      assert.ok(!without.some(({ id }) => id.startsWith("operations-")));
    });
    it("is found under its address", () =>
      assert.equal(
        graph.outputs.dashboardUrl,
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/pynomaly-test",
      ));
    it("shows the alarms", () =>
      assert.deepEqual(body.widgets[0]?.properties, { title: "Alarms", alarms: ["arn:alarm"] }));
    it("has no metric id twice in a panel", () => {
      for (const { title, metrics } of panels) {
        const ids = metrics.flatMap((metric) => (metric.at(-1) as { id?: string }).id ?? []);
        assert.equal(new Set(ids).size, ids.length, title);
        for (const id of ids) assert.match(id, /^[a-z]\w*$/, title);
      }
    });
    it("has no overlap and stays within the grid", () => {
      const cells = new Set<string>();
      for (const { x, y, width, height } of body.widgets) {
        assert.ok(x + width <= 24);
        for (let column = x; column < x + width; column++) {
          for (let row = y; row < y + height; row++) {
            assert.ok(!cells.has(`${column},${row}`), `${column},${row}`);
            cells.add(`${column},${row}`);
          }
        }
      }
    });
    it("says which target no panel can show", () => {
      const [note] = body.widgets.filter(({ type }) => type === "text");
      assert.match(String(note?.properties.markdown), /Mean time to recover: below 15 minutes \(no metric/);
    });
    it("is written the same way each time", () => assert.equal(JSON.stringify(made()), JSON.stringify(body)));
  });
});
