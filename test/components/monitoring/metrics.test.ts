import assert from "node:assert/strict";
import { alarmDefinitions } from "../../../components/monitoring";
import { isFormula, isLogCount } from "../../../components/monitoring/definition";
import type { Graph } from "../../support/record";
import { args, definition, monitoring, stack } from "./fixture";

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    graph = await monitoring();
  });

  describe("metrics", () => {
    const plain = (id: string) => {
      const { measure } = definition(id);
      assert.ok(!isFormula(measure) && !isLogCount(measure), id);
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
      "db-replica-b-lag": "AWS/RDS ReplicaLag Maximum",
      "node-cpu-average": "ContainerInsights node_cpu_utilization Average",
      "pod-memory": "ContainerInsights pod_memory_utilization_over_pod_limit Maximum",
      "autoscaler-at-maximum": "ContainerInsights replicas_desired Maximum",
      "pod-restarts": "ContainerInsights pod_number_of_container_restarts Sum",
      unreachable: "CloudWatchSynthetics SuccessPercent Minimum",
    };
    for (const [id, metric] of Object.entries(expected)) it(id, () => assert.equal(plain(id), metric));

    it("are those of the instance, workload or web ACL that the alarm is about", () => {
      assert.deepEqual(graph.byName("monitoring-db-replica-c-lag").inputs.dimensions, {
        DBInstanceIdentifier: "db-replica-c",
      });
      assert.deepEqual(graph.byName("monitoring-db-writer-transaction-ids").inputs.dimensions, {
        DBInstanceIdentifier: "db",
      });
      assert.deepEqual(graph.byName("monitoring-pod-memory").inputs.dimensions, {
        ClusterName: "pynomaly-test",
        Namespace: "pynomaly",
        PodName: "pynomaly-api",
      });
      assert.deepEqual(graph.byName("monitoring-blocked-requests").inputs.dimensions, {
        WebACL: "pynomaly-test-edge-waf",
        Region: "eu-west-1",
        Rule: "ALL",
      });
    });
    it("percentiles of a handful of requests change nothing", () =>
      assert.equal(graph.byName("monitoring-api-latency-p99").inputs.evaluateLowSampleCountPercentiles, "ignore"));
    it("the error ratio counts requests that found no target", () => {
      const queries = graph.byName("monitoring-error-budget-fast-long").inputs.metricQueries as Record<
        string,
        unknown
      >[];
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
      const queries = graph.byName("monitoring-cache-memory").inputs.metricQueries as {
        id: string;
        expression?: string;
      }[];
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
    it("the hit rate is that of all nodes together", () => {
      const { measure } = definition("cache-hit-rate");
      assert.ok(isFormula(measure));
      const [hits, misses] = ["SUM([hits_1, hits_2, hits_3])", "SUM([misses_1, misses_2, misses_3])"];
      assert.equal(measure.expression, `100 * ${hits} / (${hits} + ${misses})`);
      assert.deepEqual(Object.keys(measure.metrics), [
        "hits_1",
        "hits_2",
        "hits_3",
        "misses_1",
        "misses_2",
        "misses_3",
      ]);
    });
    it("an autoscaler that cannot move has no maximum to alarm at", () => {
      const fixed = alarmDefinitions({ ...stack, cluster: { ...args.cluster, replicas: { min: 2, max: 2 } } });
      assert.ok(!fixed.some(({ id }) => id === "autoscaler-at-maximum"));
      assert.equal(definition("autoscaler-at-maximum").threshold, 20);
    });
  });
});
