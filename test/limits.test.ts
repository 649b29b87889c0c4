import assert from "node:assert/strict";
import { join } from "node:path";
import { readStackConfig } from "../ops/preview/stack-config";
import { fields } from "../settings/fields";
import { sources } from "./components/graph";
import { type Graph, record } from "./support/record";

const root = join(__dirname, "..");
const program = join(root, "index.ts");

/** The longest name of a region that the settings allow, of those that AWS has. */
const REGION = "ap-southeast-1";
/** The longest name of a stack that the settings allow. */
const STACK = "prod-in-singapore-1";

const largest = (field: { readonly schema: { safeParse(text: string): { success: boolean } } }): string => {
  const accepted = Array.from({ length: 100 }, (_, value) => String(value)).filter(
    (text) => field.schema.safeParse(text).success,
  );
  return accepted.at(-1) ?? "";
};

describe("the largest stack that the settings allow", function () {
  this.timeout(60_000);
  let graph: Graph;
  before(async () => {
    const { project, config } = readStackConfig(root, "prod");
    const zones = [..."abcdef"].map((letter) => REGION + letter);
    const changes = {
      region: REGION,
      availabilityZones: JSON.stringify(zones),
      databaseReplicaZones: JSON.stringify(zones),
      cacheReplicas: largest(fields.cacheReplicas),
    };
    const changed = Object.fromEntries(Object.entries(changes).map(([key, value]) => [`${project}:${key}`, value]));
    graph = await record(
      () => {
        delete require.cache[program];
        return require(program);
      },
      { project, stack: STACK, config: { ...config, ...changed } },
    );
  });
  const inputsOf = (type: string) => graph.resources.filter((each) => each.type === type).map(({ inputs }) => inputs);

  it("names its buckets in 63 characters (Amazon S3 User Guide, General purpose bucket naming rules)", () => {
    const names = inputsOf("aws:s3/bucket:Bucket").map(({ bucket }) => String(bucket));
    assert.equal(names.length, 2);
    for (const name of names) {
      assert.ok(name.includes(STACK) && name.includes(REGION), name);
      assert.ok(name.length <= 63, `${name}: ${name.length} characters`);
    }
  });
  it("puts 10 metrics in an alarm at most (CloudWatch User Guide, Limits of alarms based on metric math)", () => {
    const alarms = inputsOf("aws:cloudwatch/metricAlarm:MetricAlarm");
    const counts = alarms.map(({ metricQueries, alarmDescription }) => ({
      alarm: String(alarmDescription),
      metrics: ((metricQueries ?? []) as { metric?: unknown }[]).filter(({ metric }) => metric !== undefined).length,
    }));
    assert.ok(counts.some(({ metrics }) => metrics > 4));
    assert.deepEqual(
      counts.filter(({ metrics }) => metrics > 10),
      [],
    );
  });
  it("makes a composite alarm of 100 others at most (CloudWatch API Reference, PutCompositeAlarm)", () => {
    const children = graph
      .byType("aws:cloudwatch/compositeAlarm:CompositeAlarm")
      .map((alarm) => sources(alarm, "alarmRule").length);
    assert.equal(children.length, 4);
    assert.ok(Math.max(...children) > 50 && Math.max(...children) <= 100, children.join(", "));
  });
  it("shows 100 alarms at most (CloudWatch API Reference, Properties of an Alarm Status Widget Object)", () => {
    const [dashboard] = graph.byType("aws:cloudwatch/dashboard:Dashboard");
    assert.ok(dashboard);
    const alarms = new Set(
      ["metricAlarm:MetricAlarm", "compositeAlarm:CompositeAlarm"]
        .flatMap((type) => graph.byType(`aws:cloudwatch/${type}`))
        .map(({ name }) => name),
    );
    const shown = sources(dashboard, "dashboardBody").filter((name) => alarms.has(name));
    assert.ok(shown.length > 50 && shown.length <= 100, `${shown.length}`);
    assert.ok(shown.includes("monitoring-incident"));
  });
});
