import { WATCHES } from "../../../policy/framework/alarm-targets";
import {
  COMPOSITE_ALARM,
  CONFIG_MAP,
  DEPLOYMENT,
  EKS_ADDON,
  EKS_CLUSTER,
  LOAD_BALANCERS,
  LOG_GROUP,
  METRIC_ALARM,
  RDS_INSTANCE,
  REPLICATION_GROUP,
  SNS_TOPIC,
  WEB_ACL_LOGGING,
} from "../../../policy/framework/types";
import { SERVICE } from "../../../sizing/service";
import { readGoals } from "../../loadtest/goals";
import type { ChecklistItem, Evidence, Look } from "../item";
import { underLoad } from "../load";
import { running } from "../look";
import { comesFrom, each, equals, meets, rules, shown, valueAt } from "../stack";
import type { Subject } from "../subject";

const section = "Monitoring & Alerting";

const DASHBOARD = "aws:cloudwatch/dashboard:Dashboard";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const OBSERVABILITY = /cloudwatch-observability/;

/** What each watched part is drawn from: its metrics' dimensions. */
const DRAWN = [LOAD_BALANCERS[0], RDS_INSTANCE, REPLICATION_GROUP, EKS_CLUSTER];

/** Each target that an alarm can judge has one, by the tag that alarms carry. */
const targetsWatched: Look = ({ graph }) => {
  const alarms = graph.byType(METRIC_ALARM);
  return Object.keys(WATCHES).map((target): Evidence => {
    const own = alarms.filter(({ inputs }) => valueAt(inputs, "tags.Target") === target);
    const about = { source: "stack", subject: `targets.${target}`, property: "alarms" } as const;
    const found = own.map(({ name, inputs }) => `${name} at ${shown(inputs.threshold)}`);
    if (own.length > 0) return { ...about, status: "pass", found: found.join(", ") };
    return { ...about, status: "fail", found: "none", expected: "an alarm tagged with it" };
  });
};

/** People who are told. */
const subscribed: Look = (subject) => {
  const emails = subject.graph.byType(SUBSCRIPTION).map(({ inputs }) => shown(inputs.protocol));
  const about = { source: "stack", subject: SUBSCRIPTION, property: "protocol" } as const;
  if (emails.length > 0) return [{ ...about, status: "pass", found: emails.join(", ") }];
  return [{ ...about, status: "fail", found: "none", expected: "alarmEmails: who is told" }];
};

/** What the service must count so that its targets can be judged. */
const SERIES = ["http_request_duration_seconds_count", "http_connections", "nodejs_eventloop_delay_seconds_count"];

const measures = running("metrics", "GET /metrics", ({ address, samples }) =>
  SERIES.map((name): Evidence => {
    const there = [...samples.keys()].filter((sample) => sample === name || sample.startsWith(`${name}{`));
    const about = { source: "metrics", subject: `${address}/metrics`, property: name } as const;
    if (there.length > 0) return { ...about, status: "pass", found: `${there.length} series` };
    return { ...about, status: "fail", found: "none", expected: "one or more series" };
  }),
);

const targetsUnderLoad = running("load test", "the targets under load", (report) =>
  underLoad(report, readGoals().values),
);

/** The service traces where its environment names a collector: in the pod itself or in the ConfigMap that it takes. */
const tracesGoSomewhere: Look = ({ graph }) => {
  const property = "OTEL_EXPORTER_OTLP_ENDPOINT";
  const places = [
    ...graph
      .byType(DEPLOYMENT)
      .map((pod) => [pod, `spec.template.spec.containers.0.env[name=${property}].value`] as const),
    ...graph.byType(CONFIG_MAP).map((map) => [map, `data.${property}`] as const),
  ];
  const found = places.flatMap(([{ name, inputs }, path]): Evidence[] => {
    const collector = valueAt(inputs, path);
    const about = { source: "stack", subject: name, property, found: shown(collector) } as const;
    if (collector === undefined) return [];
    if (typeof collector === "string" && /^https?:\/\/\S+$/.test(collector)) return [{ ...about, status: "pass" }];
    return [{ ...about, status: "fail", expected: "the address of a collector" }];
  });
  if (found.length > 0) return found;
  const expected = "the address of a collector";
  return [{ source: "stack", status: "fail", subject: SERVICE.name, property, found: "not set", expected }];
};

/** Guide, Pre-Production Performance Checklist: "Monitoring & Alerting". */
export const monitoringItems: readonly ChecklistItem[] = [
  {
    id: "metrics-collected",
    section,
    title: "Performance metrics collected",
    looks: [
      each(EKS_ADDON, [equals("addonName", "amazon-cloudwatch-observability")], OBSERVABILITY),
      each(RDS_INSTANCE, [
        equals("performanceInsightsEnabled", true),
        meets("monitoringInterval", "1 to 60 s", (value) => Number(value) >= 1 && Number(value) <= 60),
      ]),
      each(DEPLOYMENT, [
        equals("spec.template.spec.containers.0.ports[name=metrics].containerPort", SERVICE.metricsPort),
      ]),
      measures,
      targetsUnderLoad,
    ],
  },
  {
    id: "alerts-configured",
    section,
    title: "Alerts configured",
    looks: [
      targetsWatched,
      each(COMPOSITE_ALARM, [comesFrom("alarmActions", SNS_TOPIC)], /incident|attention/),
      subscribed,
      rules("alarms-equal-targets", "alarm-actions"),
    ],
  },
  {
    id: "dashboards-created",
    section,
    title: "Dashboards created",
    looks: [
      each(DASHBOARD, [
        equals("dashboardName", ({ settings, graph }: Subject) => `${projectOf(graph.stack)}-${settings.stack}`),
        ...DRAWN.map((type) => comesFrom("dashboardBody", type)),
      ]),
    ],
  },
  {
    id: "logs-aggregated",
    section,
    title: "Log aggregation setup",
    looks: [
      each(
        LOG_GROUP,
        [equals("retentionInDays", ({ settings }: Subject) => settings.logRetentionDays)],
        /application-logs|-postgresql|slow-log/,
      ),
      each(LOAD_BALANCERS, [equals("accessLogs.enabled", true)]),
      each(WEB_ACL_LOGGING, [comesFrom("logDestinationConfigs", LOG_GROUP)]),
      rules(
        "logs-retention",
        "logs-cmk",
        "rds-log-exports",
        "cache-slowlog",
        "eks-all-logs",
        "lb-logs",
        "net-flow-logs",
      ),
    ],
  },
  {
    id: "tracing",
    section,
    title: "Distributed tracing enabled",
    looks: [
      tracesGoSomewhere,
      each(EKS_ADDON, [equals("addonName", "amazon-cloudwatch-observability")], OBSERVABILITY),
    ],
  },
];

/** The project in a URN: `urn:pulumi:STACK::PROJECT::…`. */
const projectOf = (urn: string): string => urn.split("::")[1] ?? "";
