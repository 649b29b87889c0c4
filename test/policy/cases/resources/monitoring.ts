import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { change, edit, given, one, without, workload } from "../../given";
import { DATABASE } from "../../system";

const notifying = one(T.METRIC_ALARM, { alarmActions: [UNKNOWN] });

/** One database with all alarms that its targets ask for. */
function watched(): Given[] {
  const alarm = (name: string, target: string, threshold: unknown, more: Record<string, unknown> = {}) =>
    given(
      T.METRIC_ALARM,
      {
        comparisonOperator: "GreaterThanThreshold",
        threshold,
        statistic: "Average",
        tags: { Target: target },
        ...more,
      },
      { name, refs: { dimensions: ["orders"] } },
    );
  return [
    ...DATABASE,
    alarm("slow", "queryTime", 0.01),
    alarm("crowded", "connectionUtilization", 160, { statistic: "Maximum" }),
    alarm("busy", "cpuAverage", 70),
    alarm("peak", "cpuPeak", 85, { statistic: "Maximum" }),
    {
      ...alarm("memory", "databaseMemory", 8 * 2 ** 30, {
        statistic: undefined,
        metricQueries: [
          { id: "free", metric: { metricName: "FreeableMemory", stat: "Minimum" } },
          { expression: "1 - free" },
        ],
      }),
      refs: { metricQueries: ["orders"] },
    },
  ];
}
/** An alarm on the error budget of a load balancer, of which one is enough. */
const burning = (period: number, threshold: number): Given[] => [
  given(T.LOAD_BALANCERS[0], { internal: true }, { name: "balancer" }),
  given(
    T.METRIC_ALARM,
    {
      comparisonOperator: "GreaterThanThreshold",
      period,
      evaluationPeriods: 1,
      threshold,
      tags: { Target: "availability" },
    },
    { name: "errors", refs: { dimensions: ["balancer"] } },
  ),
];
const podAlarm = (threshold: number, metricName: string): Given[] => [
  workload({ containers: [{ resources: { limits: { memory: "4Gi" } } }] }),
  given(
    T.METRIC_ALARM,
    { comparisonOperator: "GreaterThanThreshold", threshold, metricName, tags: { Target: "apiMemory" } },
    { name: "pods" },
  ),
];

/** What the rules about logs and alarms accept and refuse. */
export const monitoringCases: CaseTable = {
  "logs-retention": {
    holds: [[given(T.LOG_GROUP, { retentionInDays: 30 })]],
    breaks: [
      [[given(T.LOG_GROUP)], /retentionInDays is not set/],
      [[given(T.LOG_GROUP, { retentionInDays: 0 })], /retentionInDays is 0/],
    ],
  },
  "alarm-actions": {
    holds: [
      notifying(),
      notifying({ alarmActions: UNKNOWN }),
      [given(T.COMPOSITE_ALARM, { alarmActions: ["arn:topic"] })],
    ],
    breaks: [
      [notifying({ alarmActions: [] }), /alarmActions is empty/],
      [notifying({ alarmActions: undefined }), /alarmActions is not set/],
      [notifying({ actionsEnabled: false }), /actionsEnabled is false/],
    ],
  },
  "alarms-equal-targets": {
    holds: [
      watched(),
      [given(T.METRIC_ALARM, { threshold: 10 })],
      burning(3600, 1.44),
      burning(60, 0.1),
      podAlarm(50, "pod_memory_utilization_over_pod_limit"),
      podAlarm(2 * 2 ** 30, "pod_memory_working_set"),
    ],
    breaks: [
      [without(watched(), "slow"), /no alarm watches over queryTime of orders/],
      [change(watched(), "slow", { refs: {} }), /no alarm watches over queryTime of orders/],
      [edit(watched(), "slow", "threshold", 0.02), /threshold is 0.02, looser than 0.01/],
      [edit(watched(), "crowded", "threshold", 161), /threshold is 161, looser than 160/],
      [edit(watched(), "parameters", "parameters", []), /what its threshold is a share of/],
      [edit(watched(), "memory", "threshold", undefined), /threshold is not set, looser than 8589934592/],
      [
        edit(watched(), "busy", "comparisonOperator", "LessThanThreshold"),
        /"LessThanThreshold", and what the target bounds/,
      ],
      [edit(watched(), "peak", "statistic", "Average"), /its statistic is Average, and cpuPeak speaks of Maximum/],
      [edit(watched(), "peak", "tags.Target", "speed"), /the tag Target is "speed", which is no target/],
      [burning(3600, 1.5), /looser than 1.44/],
      [burning(60, 0.2), /looser than 0.1/],
      [podAlarm(51, "pod_memory_utilization_over_pod_limit"), /looser than 50/],
      [[given(T.LOAD_BALANCERS[0])], /no alarm watches over apiLatencyP99 of loadbalancer/],
    ],
  },
};
