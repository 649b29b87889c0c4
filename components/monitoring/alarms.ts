import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { targets } from "../../targets";
import { type AlarmDefinition, type CompositeDefinition, type InMetrics, isFormula, targetText } from "./definition";
import { runbookAddress } from "./runbooks";

/** Where alarms report to, and what they point to. */
export interface AlarmActions {
  /** Every change of every alarm. */
  readonly eventsTopicArn: pulumi.Input<string>;
  /** What people are told. */
  readonly notificationsTopicArn: pulumi.Input<string>;
  /**
   * Address of the runbooks' folder.
   * @default its path in this repository
   */
  readonly runbooksUrl?: string;
}

const COMPARISON = {
  atLeast: "GreaterThanOrEqualToThreshold",
  above: "GreaterThanThreshold",
  below: "LessThanThreshold",
} as const;

/** CloudWatch's tag of an alarm that judges a target: its name in `targets.ts`. */
export const TARGET_TAG = "Target";

/** The text of an alarm: what it means, where to look first, which target is at stake, and the runbook. */
export function description(
  { meaning, firstLook, target, runbook }: Pick<AlarmDefinition, "meaning" | "firstLook" | "target" | "runbook">,
  runbooksUrl?: string,
): string {
  const atStake = target === undefined ? [] : [`Target: ${targetText(targets[target])}.`];
  const parts = [meaning, `First look: ${firstLook}`, ...atStake, `Runbook: ${runbookAddress(runbook, runbooksUrl)}`];
  return parts.join(" ");
}

/** The alarm of a definition. */
export function metricAlarm(
  name: string,
  definition: InMetrics<AlarmDefinition>,
  actions: AlarmActions,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(
    name,
    {
      alarmDescription: description(definition, actions.runbooksUrl),
      ...measured(definition),
      comparisonOperator: COMPARISON[definition.breach],
      threshold: definition.threshold,
      evaluationPeriods: definition.window.periods,
      datapointsToAlarm: definition.window.bad,
      treatMissingData: definition.missingData,
      alarmActions: [actions.eventsTopicArn],
      okActions: [actions.eventsTopicArn],
      tags: definition.target === undefined ? undefined : { [TARGET_TAG]: definition.target },
    },
    opts,
  );
}

function measured({ measure, window, title }: InMetrics<AlarmDefinition>): Partial<aws.cloudwatch.MetricAlarmArgs> {
  const period = window.periodSeconds;
  if (isFormula(measure)) {
    const metrics = Object.entries(measure.metrics).map(([id, metric]) => ({
      id,
      returnData: false,
      metric: {
        namespace: metric.namespace,
        metricName: metric.name,
        dimensions: metric.dimensions,
        stat: metric.statistic,
        period,
      },
    }));
    return {
      metricQueries: [...metrics, { id: "result", expression: measure.expression, label: title, returnData: true }],
    };
  }
  const { namespace, name: metricName, dimensions, statistic } = measure;
  const metric = { namespace, metricName, dimensions, period };
  // Few requests make a percentile a matter of luck; the state stays as it is until there are enough.
  return statistic.startsWith("p")
    ? { ...metric, extendedStatistic: statistic, evaluateLowSampleCountPercentiles: "ignore" }
    : { ...metric, statistic };
}

/** CloudWatch's expression for any or all of some alarms, given by their names, being on. */
export const alarmRule = (when: CompositeDefinition["when"], alarms: readonly string[]): string =>
  alarms.map((alarm) => `ALARM("${alarm}")`).join(when === "all" ? " AND " : " OR ");

/** Seconds that a suppressed alarm waits for its suppressor to come on, and stays quiet after it is off. */
const SUPPRESSION = Object.freeze({ waitPeriod: 120, extensionPeriod: 300 });

/**
 * The alarm of a composite definition.
 *
 * @param names - names in CloudWatch of the alarms it is made of, and of its suppressor, by id
 */
export function compositeAlarm(
  name: string,
  definition: CompositeDefinition,
  names: ReadonlyMap<string, pulumi.Output<string>>,
  actions: AlarmActions,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.CompositeAlarm {
  const named = (id: string): pulumi.Output<string> => {
    const found = names.get(id);
    if (found === undefined) throw new Error(`composite alarm ${definition.id}: there is no alarm "${id}" before it`);
    return found;
  };
  const topics = definition.notifies ? [actions.notificationsTopicArn] : [actions.eventsTopicArn];
  return new aws.cloudwatch.CompositeAlarm(
    name,
    {
      // Composite alarms cannot be auto-named.
      alarmName: `${pulumi.getProject()}-${pulumi.getStack()}-${name}`,
      alarmDescription: description(definition, actions.runbooksUrl),
      alarmRule: pulumi.all(definition.of.map(named)).apply((alarms) => alarmRule(definition.when, alarms)),
      actionsSuppressor:
        definition.suppressedBy === undefined ? undefined : { alarm: named(definition.suppressedBy), ...SUPPRESSION },
      alarmActions: topics,
      okActions: topics,
    },
    opts,
  );
}
