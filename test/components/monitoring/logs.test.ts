import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../../support/record";
import { sources } from "../graph";
import { monitoring, onEachInstance } from "./fixture";

const FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter";

/** CloudWatch Logs' regular expression, between its `%`, as JavaScript's: it has no more than the same signs. */
const expression = (pattern: string) => new RegExp(pattern.slice(1, -1));

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    graph = await monitoring();
  });
  /** Ids of the alarms that a log feeds. */
  const ids = () => graph.byType(FILTER).map(({ name }) => name.replace(/^monitoring-(.*)-lines$/, "$1"));
  const filter = (id: string) => {
    const found = graph.byType(FILTER).find(({ name }) => name === `monitoring-${id}-lines`);
    assert.ok(found, id);
    return found.inputs as { logGroupName: string; pattern: string; metricTransformation: Record<string, string> };
  };

  describe("counts of log lines", () => {
    it("feed the alarms of the same id, and say zero while the log is written", () => {
      for (const id of ids()) {
        assert.deepEqual(filter(id).metricTransformation, {
          namespace: "pynomaly/test",
          name: id,
          value: "1",
          defaultValue: "0",
          unit: "Count",
        });
        const { namespace, metricName, statistic, dimensions } = graph.byName(`monitoring-${id}`).inputs;
        assert.deepEqual(
          { namespace, metricName, statistic, dimensions },
          { namespace: "pynomaly/test", metricName: id, statistic: "Sum", dimensions: {} },
        );
      }
    });
    it("slow statements: those of each instance's own log, of 100 ms and more", () => {
      assert.deepEqual(
        onEachInstance("slow-statements").map((id) => filter(id).logGroupName),
        ["db", "db-replica-b", "db-replica-c"].map((id) => `/aws/rds/instance/${id}/postgresql`),
      );
      const slow = expression(filter("db-writer-slow-statements").pattern);
      const line = (text: string) =>
        `2026-11-26 20:00:00 UTC:10.0.1.2(5432):pynomaly_app@pynomaly:[1234]:LOG:  ${text}`;
      for (const text of [
        "duration: 100.000 ms",
        "duration: 1234.5 ms  statement: SELECT 1",
        "duration: 250.1 ms  execute a: SELECT 1",
      ]) {
        assert.match(line(text), slow);
      }
      for (const text of [
        "duration: 99.999 ms",
        "statement: SELECT 'duration: long'",
        "process 1 still waiting for ShareLock after 1000.1 ms",
      ]) {
        assert.doesNotMatch(line(text), slow);
      }
      // The signs that CloudWatch Logs takes in an expression (its guide, "Supported regular expressions").
      assert.match(filter("db-writer-slow-statements").pattern, /^%[\w:#=@/;,^$?[\]{}|\\*+.-]+%$/);
    });
    it("missing dependencies: the service's own alerts, as the service writes them", () => {
      const { logGroupName, pattern } = filter("dependency-missing");
      assert.equal(logGroupName, "/aws/containerinsights/pynomaly-test/application");
      const service = readFileSync(join(__dirname, "..", "..", "..", "app", "src", "monitor", "thresholds.ts"), "utf8");
      const alerts = [...pattern.matchAll(/\.alert = "(\w+)"/g)].map(([, alert]) => alert);
      assert.equal(alerts.length, 3);
      for (const alert of alerts) assert.match(service, new RegExp(`^  ${alert}: \\{ measure:`, "m"), alert);
    });
    it("failed Jobs: the audit log of the cluster, for the service's namespace", () => {
      const { logGroupName, pattern } = filter("failed-jobs");
      assert.equal(logGroupName, "/aws/eks/pynomaly-test/cluster");
      assert.match(
        pattern,
        /\$\.objectRef\.resource = "jobs" && \$\.objectRef\.subresource = "status" && \$\.objectRef\.namespace = "pynomaly"/,
      );
    });
    it("belong to the alarms of what is not in CloudWatch as a metric", () =>
      assert.deepEqual(
        ids().sort(),
        [...onEachInstance("slow-statements"), "dependency-missing", "failed-jobs"].sort(),
      ));
  });

  it("the budget tells people by the topic, of the forecast and of the costs", () => {
    const [budget] = graph.byType("aws:budgets/budget:Budget");
    assert.ok(budget);
    assert.equal(budget.inputs.limitAmount, "5000");
    assert.deepEqual(budget.inputs.filterExpression, {
      ands: [
        { tags: { key: "Project", values: ["pynomaly"] } },
        { tags: { key: "Environment", values: ["production"] } },
      ],
    });
    const notifications = budget.inputs.notifications as Record<string, unknown>[];
    assert.deepEqual(
      notifications.map(({ notificationType, threshold }) => [notificationType, threshold]),
      [
        ["FORECASTED", 100],
        ["ACTUAL", 100],
      ],
    );
    assert.deepEqual(sources(budget, "notifications"), ["monitoring-notifications"]);
  });
});
