import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { count } from "../graph";
import { args, definitions, monitoring, onEachInstance } from "./fixture";

/** The canary with its bucket, script, role and log. */
const CANARY = {
  "aws:synthetics/canary:Canary": 1,
  "aws:s3/bucket:Bucket": 1,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
  "aws:s3/bucketPolicy:BucketPolicy": 1,
  "aws:s3/bucketObjectv2:BucketObjectv2": 1,
  "aws:iam/role:Role": 1,
  "aws:iam/rolePolicy:RolePolicy": 1,
  "aws:cloudwatch/logGroup:LogGroup": 1,
};

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
      "aws:cloudwatch/logMetricFilter:LogMetricFilter": onEachInstance("slow-statements").length + 2,
      "aws:budgets/budget:Budget": 1,
      ...CANARY,
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

  it("asks from outside only where the internet reaches the API", async () => {
    const closed = await monitoring({ service: { ...args.service, public: false } });
    const types = new Set(closed.resources.map(({ type }) => type));
    assert.deepEqual(
      Object.keys(CANARY).filter((type) => types.has(type)),
      [],
    );
    assert.ok(!closed.resources.some(({ name }) => name === "monitoring-unreachable"));
  });

  it("refuses an instance class that it knows nothing of", async () => {
    const database = { ...args.database, instanceClass: "db.z9.huge" };
    await assert.rejects(monitoring({ database }), /db\.z9\.huge/);
  });
});
