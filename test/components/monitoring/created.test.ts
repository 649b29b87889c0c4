import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { count } from "../graph";
import { args, definitions, monitoring } from "./fixture";

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    graph = await monitoring();
  });

  it("creates exactly the alarms of the list, and nothing else", () => {
    assert.deepEqual(count(graph), {
      "pynomaly:monitoring:Monitoring": 1,
      "aws:sns/topic:Topic": 2,
      "aws:sns/topicPolicy:TopicPolicy": 2,
      "aws:sns/topicSubscription:TopicSubscription": 2,
      "aws:cloudwatch/metricAlarm:MetricAlarm": definitions.length,
      "aws:cloudwatch/compositeAlarm:CompositeAlarm": 4,
      "aws:cloudwatch/dashboard:Dashboard": 1,
    });
    assert.deepEqual(
      graph.byType("aws:cloudwatch/metricAlarm:MetricAlarm").map(({ name }) => name),
      definitions.map(({ id }) => `monitoring-${id}`).sort(),
    );
    const root = graph.byName("monitoring").urn;
    assert.deepEqual(
      graph.resources.filter(({ urn, parent }) => urn !== root && parent !== root),
      [],
    );
    assert.deepEqual(graph.invokes, []);
  });

  it("refuses an instance class that it knows nothing of", async () => {
    const database = { ...args.database, instanceClass: "db.z9.huge" };
    await assert.rejects(monitoring({ database }), /db\.z9\.huge/);
  });
});
