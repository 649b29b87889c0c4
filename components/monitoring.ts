import * as pulumi from "@pulumi/pulumi";
import { databaseClass } from "../sizing/instances";
import { type AlarmActions, compositeAlarm, metricAlarm } from "./monitoring/alarms";
import { monthlyBudget } from "./monitoring/budget";
import { cacheAlarms, type WatchedCache } from "./monitoring/cache-alarms";
import { canary } from "./monitoring/canary";
import { clusterAlarms, type WatchedCluster } from "./monitoring/cluster-alarms";
import { dashboard } from "./monitoring/dashboard";
import { databaseAlarms, type WatchedDatabase } from "./monitoring/database-alarms";
import { type AlarmDefinition, type CompositeDefinition, isLogCount, type Watched } from "./monitoring/definition";
import { errorBudgetAlarms, errorBudgetComposites } from "./monitoring/error-budget";
import { inMetrics, logMetric } from "./monitoring/log-metrics";
import { operations } from "./monitoring/operations";
import { serviceAlarms, serviceLoad, type WatchedService } from "./monitoring/service-alarms";
import { alarmTopic } from "./monitoring/topic";

/** What is watched, as CloudWatch names it. */
export interface WatchedStack {
  readonly service: WatchedService;
  readonly database: WatchedDatabase;
  readonly cache: WatchedCache;
  readonly cluster: WatchedCluster;
}

/** What {@link Monitoring} needs to know. */
export interface MonitoringArgs {
  readonly accountId: string;
  readonly region: string;
  /** Key of the topics, and of the canary's results and log. Its policy must admit CloudWatch, AWS Budgets and CloudWatch Logs. */
  readonly keyArn: pulumi.Input<string>;
  /** Addresses that are told of incidents; each gets a message to confirm. */
  readonly alarmEmails: readonly string[];
  /**
   * Address of the folder of the runbooks, which alarms point to.
   * @default its path in this repository
   */
  readonly runbooksUrl?: string;
  /** What the stack may cost, and the tags by which its costs are known. */
  readonly budget: { readonly monthlyUsd: number; readonly tags: Readonly<Record<string, string>> };
  /** Days until the canary's results and log expire. */
  readonly logRetentionDays: number;
  /** Protect the canary's results. */
  readonly protect: boolean;
  readonly service: Omit<WatchedService, "region" | "canaryName"> & {
    /** Where the API is reached. */
    readonly url: pulumi.Input<string>;
    /** Whether everybody may call the API: only then does a canary reach it. */
    readonly public: boolean;
  };
  readonly database: Omit<WatchedDatabase, "instance"> & {
    /** RDS class of the instances. */
    readonly instanceClass: string;
  };
  readonly cache: {
    readonly replicationGroupId: pulumi.Input<string>;
    /** Read replicas beside the primary. */
    readonly replicas: number;
  };
  readonly cluster: WatchedCluster;
}

/**
 * Every alarm of the stack. Alarms, the dashboard's lines and the documentation are made from this list; the numbers
 * in it come from `targets.ts` and `sizing/thresholds.ts`.
 */
export const alarmDefinitions = (stack: WatchedStack): AlarmDefinition[] => [
  ...serviceAlarms(stack.service),
  ...errorBudgetAlarms(stack.service),
  ...databaseAlarms(stack.database),
  ...cacheAlarms(stack.cache),
  ...clusterAlarms(stack.cluster),
];

/**
 * The alarms that tell people. However many alarms one incident sets off, `incident` goes on once, and `attention`,
 * which would name its causes, keeps quiet meanwhile.
 */
export function compositeDefinitions(alarms: readonly AlarmDefinition[]): CompositeDefinition[] {
  const ids = (severity: AlarmDefinition["severity"]) =>
    alarms.filter((alarm) => alarm.severity === severity).map((alarm) => alarm.id);
  return [
    ...errorBudgetComposites,
    {
      id: "incident",
      title: "Incident",
      of: [...errorBudgetComposites.map((composite) => composite.id), ...ids("page")],
      when: "any",
      notifies: true,
      meaning: "Users suffer, or soon will.",
      firstLook: "The dashboard: which alarms are on, and which came first?",
      runbook: "incident",
    },
    {
      id: "attention",
      title: "Attention",
      of: ids("ticket"),
      when: "any",
      notifies: true,
      suppressedBy: "incident",
      meaning: "A target is missed or something is tight, and users do not suffer yet.",
      firstLook: "The dashboard: which alarms are on?",
      runbook: "attention",
    },
  ];
}

/** All that the dashboard draws. */
export const watchedBy = (stack: WatchedStack): Watched[] => [
  ...alarmDefinitions(stack),
  ...serviceLoad(stack.service),
  ...operations(stack.service),
];

/** Alarms, the people they tell, the dashboard, the canary that asks from outside, and the budget. */
export class Monitoring extends pulumi.ComponentResource {
  /** Where the dashboard is seen. */
  readonly dashboardUrl: pulumi.Output<string>;
  /** Topic of what people are told; subscribe here to be told too. */
  readonly topicArn: pulumi.Output<string>;
  /** Topic of every change of every alarm, for chat rooms and automation. */
  readonly eventsTopicArn: pulumi.Output<string>;
  /** The canary; none where the API is not for everybody. */
  readonly canaryName?: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:monitoring:Monitoring", name, {}, opts);
    const child = { parent: this };
    const { accountId, region, keyArn } = args;

    const topic = alarmTopic(`${name}-notifications`, { accountId, keyArn, emails: args.alarmEmails }, child);
    const events = alarmTopic(`${name}-events`, { accountId, keyArn, emails: [] }, child);
    const actions: AlarmActions = {
      notificationsTopicArn: topic.arn,
      eventsTopicArn: events.arn,
      runbooksUrl: args.runbooksUrl,
    };
    if (args.service.public) {
      this.canaryName = canary(`${name}-canary`, { ...args, url: args.service.url }, child).name;
    }

    const stack = watchedStack(name, args, this.canaryName);
    const namespace = `${pulumi.getProject()}/${pulumi.getStack()}`;
    const definitions = alarmDefinitions(stack);
    const names = new Map<string, pulumi.Output<string>>();
    const arns: pulumi.Output<string>[] = [];
    for (const definition of definitions) {
      const { id, measure } = definition;
      if (isLogCount(measure)) logMetric(`${name}-${id}-lines`, id, namespace, measure, child);
      const alarm = metricAlarm(`${name}-${id}`, inMetrics(definition, namespace), actions, child);
      names.set(id, alarm.name);
      // A part of a composite alarm shows in that one: a widget takes 100 alarms (CloudWatch, "Properties of an Alarm Status
      // Widget Object").
      if (definition.severity !== "part") arns.push(alarm.arn);
    }
    for (const definition of compositeDefinitions(definitions)) {
      const alarm = compositeAlarm(`${name}-${definition.id}`, definition, names, actions, child);
      names.set(definition.id, alarm.alarmName);
      arns.unshift(alarm.arn);
    }
    const board = dashboard(
      `${name}-dashboard`,
      { region, watched: watchedBy(stack).map((watched) => inMetrics(watched, namespace)), alarmArns: arns },
      child,
    );
    monthlyBudget(`${name}-budget`, { accountId, ...args.budget, topicArn: topic.arn }, child);

    this.dashboardUrl = pulumi.interpolate`https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${board.dashboardName}`;
    this.topicArn = topic.arn;
    this.eventsTopicArn = events.arn;
    this.registerOutputs({
      dashboardUrl: this.dashboardUrl,
      topicArn: this.topicArn,
      eventsTopicArn: this.eventsTopicArn,
      canaryName: this.canaryName,
    });
  }
}

function watchedStack(name: string, args: MonitoringArgs, canaryName?: pulumi.Input<string>): WatchedStack {
  const { instanceClass, ...database } = args.database;
  const instance = databaseClass(instanceClass);
  if (instance === undefined) {
    throw new pulumi.InputPropertyError({
      propertyPath: "database.instanceClass",
      reason: `${name}: "${instanceClass}" is not an offered RDS class`,
    });
  }
  // ElastiCache numbers the nodes of a replication group from 001 on.
  const nodeIds = Array.from(
    { length: args.cache.replicas + 1 },
    (_, index) => pulumi.interpolate`${args.cache.replicationGroupId}-${String(index + 1).padStart(3, "0")}`,
  );
  return {
    service: { ...args.service, region: args.region, canaryName },
    database: { ...database, instance },
    cache: { nodeIds },
    cluster: args.cluster,
  };
}
