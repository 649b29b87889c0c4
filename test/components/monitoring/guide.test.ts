import assert from "node:assert/strict";
import { alarmDefinitions, watchedBy } from "../../../components/monitoring";
import { serviceLoad } from "../../../components/monitoring/service-alarms";
import { THRESHOLDS } from "../../../sizing/thresholds";
import { bytes } from "../../../sizing/units";
import { type TargetName, targets } from "../../../targets";
import type { Graph } from "../../support/record";
import { args, definition, definitions, monitoring, onEachInstance, stack } from "./fixture";

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
    graph = await monitoring();
  });

  describe("guide, section Performance Targets", () => {
    for (const [target, { alarms, threshold, guide }] of Object.entries(JUDGED)) {
      it(`${guide}: the threshold of ${alarms.length === 1 ? alarms[0] : `${alarms.length} alarms`}`, () => {
        const judging = definitions.filter((candidate) => candidate.target === target).map(({ id }) => id);
        assert.deepEqual(judging.sort(), [...alarms].sort());
        for (const id of alarms) {
          assert.equal(definition(id).threshold, threshold, id);
          assert.equal(definition(id).breach, "atLeast", id);
          assert.equal(graph.byName(`monitoring-${id}`).inputs.threshold, threshold, id);
          assert.deepEqual(graph.byName(`monitoring-${id}`).inputs.tags, { Target: target }, id);
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
      const seen = new Set(watchedBy(stack).map(({ target }) => target));
      assert.deepEqual(
        Object.keys(targets).filter((name) => !seen.has(name as TargetName)),
        ["timeToRecover"],
      );
    });
    it("availability.mttr: < 15 minutes: what pages is known within a third of it, but for slow leaks", () => {
      const slow = new Set(["db-writer-storage", "db-replica-b-storage", "db-replica-c-storage"]);
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

  it("every threshold says where it comes from", () => {
    for (const [name, { source }] of Object.entries(THRESHOLDS)) assert.match(source, /^(guide,|chosen:|A)/, name);
  });
});
