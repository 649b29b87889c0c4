import assert from "node:assert/strict";
import { compositeDefinitions } from "../../../components/monitoring";
import type { Graph } from "../../support/record";
import { sources } from "../graph";
import { definitions, monitoring, onEachInstance } from "./fixture";

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    graph = await monitoring();
  });

  describe("alarms", () => {
    it("have ids, names and descriptions of their own that say where to look", () => {
      assert.equal(new Set(definitions.map(({ id }) => id)).size, definitions.length);
      for (const { id } of definitions) {
        const text = String(graph.byName(`monitoring-${id}`).inputs.alarmDescription);
        assert.match(text, /\. First look: \S/, id);
        assert.ok(text.length <= 1024, `${id}: CloudWatch allows 1024 characters`);
      }
    });
    it("compare and wait as defined", () => {
      const operators = {
        atLeast: "GreaterThanOrEqualToThreshold",
        above: "GreaterThanThreshold",
        below: "LessThanThreshold",
      };
      for (const { id, breach, window, missingData } of definitions) {
        const { comparisonOperator, evaluationPeriods, datapointsToAlarm, treatMissingData } = graph.byName(
          `monitoring-${id}`,
        ).inputs;
        assert.deepEqual(
          { comparisonOperator, evaluationPeriods, datapointsToAlarm, treatMissingData },
          {
            comparisonOperator: operators[breach],
            evaluationPeriods: window.periods,
            datapointsToAlarm: window.bad,
            treatMissingData: missingData,
          },
          id,
        );
      }
    });
    it("go on below the threshold only where less is worse", () =>
      assert.deepEqual(
        definitions.filter(({ breach }) => breach === "below").map(({ id }) => id),
        ["unreachable", "no-healthy-target", ...onEachInstance("storage"), "cache-hit-rate"],
      ));
    it("tell the events topic when they go on and off", () => {
      for (const alarm of graph.byType("aws:cloudwatch/metricAlarm:MetricAlarm")) {
        assert.deepEqual(sources(alarm, "alarmActions"), ["monitoring-events"], alarm.name);
        assert.deepEqual(sources(alarm, "okActions"), ["monitoring-events"], alarm.name);
      }
    });
    it("choose what no data means", () => {
      const chosen = (id: string) => graph.byName(`monitoring-${id}`).inputs.treatMissingData;
      assert.equal(chosen("api-latency-p99"), "notBreaching", "no requests");
      assert.equal(chosen("no-healthy-target"), "breaching", "no targets");
      assert.equal(chosen("db-writer-storage"), "breaching", "no instance");
      assert.equal(chosen("db-writer-cpu-average"), "missing", "the storage alarm tells");
      assert.equal(chosen("cache-memory"), "breaching", "no cache");
      assert.equal(chosen("node-cpu-average"), "breaching", "no agent");
      assert.equal(chosen("unreachable"), "missing", "a run that is late");
      assert.equal(chosen("failed-jobs"), "notBreaching", "no job failed");
    });
    it("of windows that CloudWatch takes: whole minutes, a day at most", () => {
      for (const { id, window } of definitions) {
        assert.equal(window.periodSeconds % 60, 0, id);
        assert.ok(window.periods * window.periodSeconds <= 86_400, id);
        assert.ok(window.bad >= 1 && window.bad <= window.periods, id);
      }
    });
    it("each are in exactly one composite that leads to people", () => {
      const composites = compositeDefinitions(definitions);
      for (const { id } of definitions) {
        assert.equal(composites.filter(({ of }) => of.includes(id)).length, 1, id);
      }
    });
  });
});
