import type * as Workload from "../../components/api/workload";
import type * as Monitoring from "../../components/monitoring";
import type * as Dashboard from "../../components/monitoring/dashboard";
import type * as LogMetrics from "../../components/monitoring/log-metrics";
import type * as Pack from "../../policy/framework/pack";
import type * as Rule from "../../policy/resources/rules/alarms-equal-targets";
import type * as Connections from "../../sizing/connections";
import { type TargetName, targets } from "../../targets";
import type * as Fixture from "../components/monitoring/fixture";
import type * as Engine from "../policy/engine";
import type { Given } from "../policy/engine";
import type * as Record from "../support/record";
import type { Load } from "./changed";

/** What is made of targets. */
export interface Follower {
  /** In words, for the name of a test. */
  readonly what: string;
  /** The targets that it follows: it changes with each of them, and with no other. */
  readonly follows: readonly TargetName[];
  /** What it makes of the targets in force. */
  read(load: Load, stack: readonly Given[]): unknown;
}

/** Targets that an alarm judges. */
const JUDGED: readonly TargetName[] = [
  "apiLatencyP50",
  "apiLatencyP95",
  "apiLatencyP99",
  "availability",
  "queryTime",
  "connectionUtilization",
  "databaseMemory",
  "cacheMemory",
  "apiMemory",
  "cpuAverage",
  "cpuPeak",
];

const ALL = Object.keys(targets) as TargetName[];

/** As much of the rehearsal as is read here: it imports the service, whose types are of another project. */
interface Rehearsal {
  targetVerdicts(result: object): unknown;
}

/** As much of a rehearsal's result as its verdicts read. */
const REHEARSED = {
  rounds: [
    [{ side: "tuned", works: [{ name: "list", kind: "read", source: "API", serverMs: [1] }], memoryBytes: [2 ** 30] }],
  ],
  plan: { pods: { min: 1, max: 1 } },
  loaded: { report: { targets: [] }, peaks: { connections: 1, maxConnections: 100, cacheBytes: 1, serviceBytes: 1 } },
};

/** Everything that follows the targets: one entry for whatever comes to be made of them. */
export const followers: readonly Follower[] = [
  {
    what: "the alarms' thresholds",
    // A surge of blocked requests and of slow statements is a share of the target load.
    follows: [...JUDGED, "requestRate"],
    read: (load) =>
      load<typeof Fixture>("test/components/monitoring/fixture").definitions.map(({ id, threshold }) => [
        id,
        threshold,
      ]),
  },
  {
    what: "the dashboard's lines",
    follows: ALL,
    read(load) {
      const { watchedBy } = load<typeof Monitoring>("components/monitoring");
      const { inMetrics } = load<typeof LogMetrics>("components/monitoring/log-metrics");
      const { stack } = load<typeof Fixture>("test/components/monitoring/fixture");
      const watched = watchedBy(stack).map((one) => inMetrics(one, "pynomaly/test"));
      return load<typeof Dashboard>("components/monitoring/dashboard").dashboardBody({
        region: "eu-west-1",
        watched,
        alarmArns: [],
      });
    },
  },
  {
    what: "the autoscaler's goal",
    follows: ["cpuAverage"],
    async read(load) {
      const { autoscaler } = load<typeof Workload>("components/api/workload");
      const graph = await load<typeof Record>("test/support/record").record(
        () => void autoscaler("hpa", { replicas: { min: 4, max: 20 }, scaleUpStabilizationSeconds: 60 }, {}),
      );
      return graph.byName("hpa").inputs;
    },
  },
  {
    what: "the connection budget",
    follows: ["connectionUtilization"],
    read: (load) =>
      load<typeof Connections>("sizing/connections").connectionBudget({
        maxConnections: 200,
        maxReplicas: 20,
        cpuLimitMillis: 1000,
      }),
  },
  {
    what: "the load test's goals",
    follows: ["apiLatencyP50", "apiLatencyP95", "apiLatencyP99", "requestRate", "concurrentUsers", "availability"],
    read: (load) => load<{ readGoals(): unknown }>("ops/loadtest/goals").readGoals(),
  },
  {
    what: "the rehearsal's verdicts",
    follows: ALL,
    read: (load) => load<Rehearsal>("ops/rehearse/verdicts").targetVerdicts(REHEARSED),
  },
  {
    what: "the policy alarms-equal-targets, which then refuses the alarms of before",
    follows: JUDGED,
    async read(load, stack) {
      const { policies } = load<typeof Pack>("policy/framework/pack");
      const { alarmsEqualTargets } = load<typeof Rule>("policy/resources/rules/alarms-equal-targets");
      const { judgePolicies, TODAY } = load<typeof Engine>("test/policy/engine");
      const rule = policies([alarmsEqualTargets], { waivers: [], today: TODAY });
      return (await judgePolicies(rule, stack, undefined, [])).map(({ message }) => message);
    },
  },
];
