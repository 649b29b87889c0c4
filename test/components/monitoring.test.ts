import assert from "node:assert/strict";
import { alarmDefinitions, compositeDefinitions, Monitoring, type MonitoringArgs } from "../../components/monitoring";
import { alarmRule } from "../../components/monitoring/alarms";
import { dashboardBody, type Widget } from "../../components/monitoring/dashboard";
import { type AlarmDefinition, isFormula } from "../../components/monitoring/definition";
import { serviceLoad } from "../../components/monitoring/service-alarms";
import { topicPolicy } from "../../components/monitoring/topic";
import { BURN_RATES, THRESHOLDS } from "../../sizing/thresholds";
import { bytes } from "../../sizing/units";
import { type TargetName, targets } from "../../targets";
import { type Graph, record } from "../support/record";
import { count, sources } from "./graph";

const args: MonitoringArgs = {
  accountId: "123456789012",
  region: "eu-west-1",
  keyArn: "arn:aws:kms:eu-west-1:123456789012:key/logs",
  alarmEmails: ["ops@example.com", "lead@example.com"],
  service: {
    loadBalancerArnSuffix: "app/edge/1",
    targetGroupArnSuffix: "targetgroup/edge/1",
    webAclMetricName: "pynomaly-test-edge-waf",
  },
  database: {
    instanceIds: ["db-0", "db-1", "db-2"],
    instanceClass: "db.m7g.xlarge",
    maxConnections: 200,
    storageGib: 400,
  },
  cache: { replicationGroupId: "cache", replicas: 2 },
  cluster: { clusterName: "pynomaly-test", podMemoryLimitBytes: bytes("2Gi"), replicas: { min: 4, max: 20 } },
};

const stack = {
  service: { ...args.service, region: args.region },
  database: { ...args.database, instance: { vcpu: 4, memoryBytes: bytes("16 GB") } },
  cache: { nodeIds: ["cache-001", "cache-002", "cache-003"] },
  cluster: args.cluster,
};
const definitions = alarmDefinitions(stack);

function definition(id: string): AlarmDefinition {
  const found = definitions.find((candidate) => candidate.id === id);
  assert.ok(found, `no alarm "${id}"; there are: ${definitions.map((each) => each.id).join(", ")}`);
  return found;
}

const INSTANCES = ["writer", "replica-1", "replica-2"];
const onEachInstance = (suffix: string): string[] => INSTANCES.map((role) => `db-${role}-${suffix}`);

/** For each target, the alarms that judge it, and their threshold as the guide has it, in CloudWatch's unit. */
const JUDGED: Partial<Record<TargetName, { alarms: string[]; threshold: number; guide: string }>> = {
  apiLatencyP50: { alarms: ["api-latency-p50"], threshold: 0.05, guide: "api_response_time.p50: < 50ms" },
  apiLatencyP95: { alarms: ["api-latency-p95"], threshold: 0.1, guide: "api_response_time.p95: < 100ms" },
  apiLatencyP99: { alarms: ["api-latency-p99"], threshold: 0.25, guide: "api_response_time.p99: < 250ms" },
  queryTime: {
    alarms: [...onEachInstance("read-latency"), ...onEachInstance("write-latency")],
    threshold: 0.01,
    guide: "database.query_response_time: < 10ms",
  },
  connectionUtilization: {
    alarms: onEachInstance("connections"),
    threshold: 160,
    guide: "database.connection_pool_utilization: < 80%, of max_connections 200",
  },
  databaseMemory: {
    alarms: onEachInstance("memory"),
    threshold: 8 * 1024 ** 3,
    guide: "memory_usage.database: < 8GB",
  },
  cacheMemory: { alarms: ["cache-memory"], threshold: 1024 ** 3, guide: "memory_usage.redis: < 1GB" },
  cpuAverage: {
    alarms: [...onEachInstance("cpu-average"), "cache-cpu-average", "node-cpu-average", "pod-cpu-average"],
    threshold: 70,
    guide: "cpu_utilization.average: < 70%",
  },
  cpuPeak: {
    alarms: [...onEachInstance("cpu-peak"), "cache-cpu-peak", "node-cpu-peak", "pod-cpu-peak"],
    threshold: 90,
    guide: "cpu_utilization.peak: < 90%",
  },
};

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    const program = () => {
      const { dashboardUrl } = new Monitoring("monitoring", args);
      return { dashboardUrl };
    };
    graph = await record(program, { project: "pynomaly", stack: "test" });
  });
  const inputs = (name: string) => graph.byName(name).inputs;

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

  describe("guide, section Performance Targets", () => {
    for (const [target, { alarms, threshold, guide }] of Object.entries(JUDGED)) {
      it(`${guide}: the threshold of ${alarms.length === 1 ? alarms[0] : `${alarms.length} alarms`}`, () => {
        const judging = definitions.filter((candidate) => candidate.target === target).map(({ id }) => id);
        assert.deepEqual(judging.sort(), [...alarms].sort());
        for (const id of alarms) {
          assert.equal(definition(id).threshold, threshold, id);
          assert.equal(definition(id).breach, "atLeast", id);
          assert.equal(inputs(`monitoring-${id}`).threshold, threshold, id);
          assert.deepEqual(inputs(`monitoring-${id}`).tags, { Target: target }, id);
        }
      });
    }
    it("memory_usage.application: < 2GB per instance: warned of below the limit, where the pod would be killed", () => {
      assert.equal(definition("pod-memory").target, "apiMemory");
      assert.equal(definition("pod-memory").threshold, 85);
      const cluster = { ...args.cluster, podMemoryLimitBytes: bytes("4Gi") };
      const roomy = alarmDefinitions({ ...stack, cluster }).find(({ id }) => id === "pod-memory");
      assert.equal(roomy?.threshold, 50, "2 GiB of a limit of 4 GiB");
    });
    it("availability.uptime: > 99.9%: 14.4 and 6 times the error budget of 0.1 %, each over two windows", () => {
      const burns = definitions.filter(({ target }) => target === "availability");
      assert.deepEqual(
        burns.map(({ id, threshold, window }) => [id, threshold, window.periodSeconds]),
        [
          ["error-budget-fast-long", 1.44, 3600],
          ["error-budget-fast-short", 1.44, 300],
          ["error-budget-slow-long", 0.6, 21_600],
          ["error-budget-slow-short", 0.6, 1800],
        ],
      );
      assert.ok(burns.every(({ breach, missingData }) => breach === "above" && missingData === "notBreaching"));
    });
    it("throughput: > 1,000 requests/s, > 10,000 users: drawn, and no alarm, because a quiet night is no fault", () => {
      const drawn = serviceLoad(stack.service).map(({ target, threshold }) => [target, threshold]);
      assert.deepEqual(drawn, [
        ["requestRate", 1000],
        ["concurrentUsers", 10_000],
      ]);
      assert.ok(!definitions.some(({ target }) => target === "requestRate" || target === "concurrentUsers"));
    });
    it("every target is judged by an alarm or drawn, but mttr, which no metric shows", () => {
      const seen = new Set([...definitions, ...serviceLoad(stack.service)].map(({ target }) => target));
      assert.deepEqual(
        Object.keys(targets).filter((name) => !seen.has(name as TargetName)),
        ["timeToRecover"],
      );
    });
    it("availability.mttr: < 15 minutes: what pages is known within a third of it, but for slow leaks", () => {
      const slow = new Set(["db-writer-storage", "db-replica-1-storage", "db-replica-2-storage"]);
      const paging = definitions.filter(({ id, severity }) => severity === "page" && !slow.has(id));
      for (const { id, window } of paging) {
        assert.ok(window.bad * window.periodSeconds <= (targets.timeToRecover.value * 60) / 3, id);
      }
    });
  });

  describe("guide, section Application Performance Monitoring: alerts_config", () => {
    it("memory_threshold: 85.0", () => {
      assert.equal(THRESHOLDS.memoryUtilization.value, 85);
      assert.equal(definition("node-memory").threshold, 85);
    });
    it("cpu_threshold: 80.0 is looser than the target of 70 on average, which is used", () => {
      for (const { id, threshold } of definitions.filter((each) => each.id.endsWith("cpu-average"))) {
        assert.ok(threshold <= 80, id);
      }
    });
    it("response_time_threshold: 1000.0 ms is looser than the targets, which are used", () => {
      for (const { id, threshold } of definitions.filter((each) => each.id.startsWith("api-latency"))) {
        assert.ok(threshold < 1, id);
      }
    });
    it("error_rate_threshold: 0.05 is looser than both burn rates", () => {
      for (const { id, threshold } of definitions.filter((each) => each.id.startsWith("error-budget"))) {
        assert.ok(threshold < 5, id);
      }
    });
  });

  describe("metrics", () => {
    const plain = (id: string) => {
      const { measure } = definition(id);
      assert.ok(!isFormula(measure), id);
      return `${measure.namespace} ${measure.name} ${measure.statistic}`;
    };
    const expected = {
      "api-latency-p99": "AWS/ApplicationELB TargetResponseTime p99",
      "no-healthy-target": "AWS/ApplicationELB HealthyHostCount Maximum",
      "unhealthy-target": "AWS/ApplicationELB UnHealthyHostCount Maximum",
      "rejected-connections": "AWS/ApplicationELB RejectedConnectionCount Sum",
      "blocked-requests": "AWS/WAFV2 BlockedRequests Sum",
      "db-writer-connections": "AWS/RDS DatabaseConnections Maximum",
      "db-writer-storage": "AWS/RDS FreeStorageSpace Minimum",
      "db-writer-load": "AWS/RDS DBLoad Average",
      "db-writer-transaction-ids": "AWS/RDS MaximumUsedTransactionIDs Maximum",
      "db-replica-1-lag": "AWS/RDS ReplicaLag Maximum",
      "node-cpu-average": "ContainerInsights node_cpu_utilization Average",
      "pod-memory": "ContainerInsights pod_memory_utilization_over_pod_limit Maximum",
      "autoscaler-at-maximum": "ContainerInsights replicas_desired Maximum",
    };
    for (const [id, metric] of Object.entries(expected)) it(id, () => assert.equal(plain(id), metric));

    it("are those of the instance, workload or web ACL that the alarm is about", () => {
      assert.deepEqual(inputs("monitoring-db-replica-2-lag").dimensions, { DBInstanceIdentifier: "db-2" });
      assert.deepEqual(inputs("monitoring-db-writer-transaction-ids").dimensions, { DBInstanceIdentifier: "db-0" });
      assert.deepEqual(inputs("monitoring-pod-memory").dimensions, {
        ClusterName: "pynomaly-test",
        Namespace: "pynomaly",
        PodName: "pynomaly-api",
      });
      assert.deepEqual(inputs("monitoring-blocked-requests").dimensions, {
        WebACL: "pynomaly-test-edge-waf",
        Region: "eu-west-1",
        Rule: "ALL",
      });
    });
    it("percentiles of a handful of requests change nothing", () =>
      assert.equal(inputs("monitoring-api-latency-p99").evaluateLowSampleCountPercentiles, "ignore"));
    it("the error ratio counts requests that found no target", () => {
      const queries = inputs("monitoring-error-budget-fast-long").metricQueries as Record<string, unknown>[];
      assert.deepEqual(
        queries.map(({ id, returnData }) => [id, returnData]),
        [
          ["requests", false],
          ["elb503", false],
          ["elb5xx", false],
          ["target5xx", false],
          ["result", true],
        ],
      );
      assert.equal(
        queries.at(-1)?.expression,
        "100 * (FILL(elb5xx, 0) + FILL(target5xx, 0)) / (FILL(requests, 0) + FILL(elb503, 0))",
      );
    });
    it("the cache is judged by its busiest node, whichever is primary", () => {
      const queries = inputs("monitoring-cache-memory").metricQueries as { id: string; expression?: string }[];
      assert.equal(queries.length, 4);
      assert.match(String(queries.at(-1)?.expression), /^MAX\(\[(\w+, ){2}\w+\]\)$/);
    });
    it("a cache of one node needs no arithmetic", () => {
      const [memory] = alarmDefinitions({ ...stack, cache: { nodeIds: ["only"] } }).filter(
        ({ id }) => id === "cache-memory",
      );
      assert.ok(memory && !isFormula(memory.measure));
    });
    it("memory in use is the instance's less what is freeable", () => {
      const { measure } = definition("db-writer-memory");
      assert.ok(isFormula(measure));
      assert.equal(measure.expression, `${16 * 1024 ** 3} - free_writer`);
    });
    it("an autoscaler that cannot move has no maximum to alarm at", () => {
      const fixed = alarmDefinitions({ ...stack, cluster: { ...args.cluster, replicas: { min: 2, max: 2 } } });
      assert.ok(!fixed.some(({ id }) => id === "autoscaler-at-maximum"));
      assert.equal(definition("autoscaler-at-maximum").threshold, 20);
    });
  });

  describe("alarms", () => {
    it("have ids, names and descriptions of their own that say where to look", () => {
      assert.equal(new Set(definitions.map(({ id }) => id)).size, definitions.length);
      for (const { id } of definitions) {
        const text = String(inputs(`monitoring-${id}`).alarmDescription);
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
        const { comparisonOperator, evaluationPeriods, datapointsToAlarm, treatMissingData } = inputs(
          `monitoring-${id}`,
        );
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
        ["no-healthy-target", ...onEachInstance("storage")],
      ));
    it("tell the events topic when they go on and off", () => {
      for (const alarm of graph.byType("aws:cloudwatch/metricAlarm:MetricAlarm")) {
        assert.deepEqual(sources(alarm, "alarmActions"), ["monitoring-events"], alarm.name);
        assert.deepEqual(sources(alarm, "okActions"), ["monitoring-events"], alarm.name);
      }
    });
    it("choose what no data means", () => {
      const chosen = (id: string) => inputs(`monitoring-${id}`).treatMissingData;
      assert.equal(chosen("api-latency-p99"), "notBreaching", "no requests");
      assert.equal(chosen("no-healthy-target"), "breaching", "no targets");
      assert.equal(chosen("db-writer-storage"), "breaching", "no instance");
      assert.equal(chosen("db-writer-cpu-average"), "missing", "the storage alarm tells");
      assert.equal(chosen("cache-memory"), "breaching", "no cache");
      assert.equal(chosen("node-cpu-average"), "breaching", "no agent");
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

  describe("one incident pages once", () => {
    const composites = compositeDefinitions(definitions);
    it("incident is on while any paging alarm is, and tells people", () => {
      const incident = graph.byName("monitoring-incident");
      assert.deepEqual(
        sources(incident, "alarmRule").sort(),
        [
          ...BURN_RATES.map(({ name }) => `monitoring-error-budget-${name}-burn`),
          ...definitions.filter(({ severity }) => severity === "page").map(({ id }) => `monitoring-${id}`),
        ].sort(),
      );
      assert.deepEqual(sources(incident, "alarmActions"), ["monitoring-notifications"]);
    });
    it("a burn needs both of its windows, and tells people through the incident alone", () => {
      for (const { name } of BURN_RATES) {
        const burn = graph.byName(`monitoring-error-budget-${name}-burn`);
        assert.deepEqual(sources(burn, "alarmRule").sort(), [
          `monitoring-error-budget-${name}-long`,
          `monitoring-error-budget-${name}-short`,
        ]);
        assert.equal(composites.find(({ id }) => id === `error-budget-${name}-burn`)?.when, "all");
        assert.deepEqual(sources(burn, "alarmActions"), ["monitoring-events"]);
      }
    });
    it("any of some alarms, or all of them", () => {
      assert.equal(alarmRule("any", ["a", "b"]), 'ALARM("a") OR ALARM("b")');
      assert.equal(alarmRule("all", ["a", "b"]), 'ALARM("a") AND ALARM("b")');
    });
    it("attention keeps quiet during an incident", () =>
      assert.deepEqual(inputs("monitoring-attention").actionsSuppressor, {
        alarm: "pynomaly-test-monitoring-incident",
        waitPeriod: 120,
        extensionPeriod: 300,
      }));
    it("stays within CloudWatch's 100 alarms in a composite", () => {
      for (const { id, of } of composites) assert.ok(of.length <= 100, id);
    });
  });

  describe("topics", () => {
    it("are encrypted with the stack's key", () => {
      for (const topic of graph.byType("aws:sns/topic:Topic")) assert.equal(topic.inputs.kmsMasterKeyId, args.keyArn);
    });
    it("take messages of this account's alarms only, and over TLS only", () => {
      const { Statement } = topicPolicy("arn:topic", "123456789012");
      assert.deepEqual(Statement, [
        {
          Sid: "Alarms",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: "arn:topic",
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:123456789012:alarm:*" },
          },
        },
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sns:Publish",
          Resource: "arn:topic",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]);
    });
    it("people are subscribed to notifications, and to nothing else", () => {
      const subscriptions = graph.byType("aws:sns/topicSubscription:TopicSubscription");
      assert.deepEqual(subscriptions.map(({ inputs: { endpoint, protocol } }) => `${protocol} ${endpoint}`).sort(), [
        "email lead@example.com",
        "email ops@example.com",
      ]);
      for (const subscription of subscriptions) {
        assert.deepEqual(sources(subscription, "topic"), ["monitoring-notifications"]);
      }
    });
  });

  describe("dashboard", () => {
    const body = dashboardBody({
      region: args.region,
      watched: [...definitions, ...serviceLoad(stack.service)],
      alarmArns: ["arn:alarm"],
    });
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
    it("is written the same way each time", () => {
      const again: { readonly widgets: Widget[] } = dashboardBody({
        region: args.region,
        watched: [...alarmDefinitions(stack), ...serviceLoad(stack.service)],
        alarmArns: ["arn:alarm"],
      });
      assert.equal(JSON.stringify(again), JSON.stringify(body));
    });
  });

  it("refuses an instance class that it knows nothing of", async () => {
    const database = { ...args.database, instanceClass: "db.z9.huge" };
    await assert.rejects(
      record(() => new Monitoring("monitoring", { ...args, database })),
      /db\.z9\.huge/,
    );
  });

  it("every threshold says where it comes from", () => {
    for (const [name, { source }] of Object.entries(THRESHOLDS)) assert.match(source, /^(guide,|chosen:|A)/, name);
  });
});
