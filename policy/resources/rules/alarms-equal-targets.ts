import { type TargetName, targets } from "../../../targets";
import { metrics, WATCHES, type Watch, watched } from "../../framework/alarm-targets";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { METRIC_ALARM } from "../../framework/types";
import type { Value } from "../../framework/value";

/** An alarm's tag with the name of the target that it watches over. */
const TAG = "Target";

const GREATER: readonly (string | undefined)[] = ["GreaterThanThreshold", "GreaterThanOrEqualToThreshold"];

export const alarmsEqualTargets = stackRule({
  id: "alarms-equal-targets",
  title: "Each target has an alarm on whatever it speaks of, and none is looser than its target",
  severity: "medium",
  reason: "A target that no alarm watches is a wish; one whose alarm is looser is missed without a word.",
  example: "no alarm watches over queryTime of orders",
  remedy: `add a MetricAlarm with the tag ${TAG} and the target's name in targets.ts, on the resource, with the target's threshold in the metric's unit`,
  *check(stack) {
    yield* each(stack.ofType(METRIC_ALARM), function* (alarm) {
      if (tag(alarm).isSet) {
        yield* judge(stack, alarm);
      }
    });
    for (const [name, watch] of Object.entries(WATCHES)) {
      // An unknown tag may be this one; that it is unknown has been said.
      const own = stack.ofType(METRIC_ALARM).filter((alarm) => tag(alarm).unknown || tag(alarm).string() === name);
      yield* each(watch.subjects(stack), function* (subject) {
        if (!own.some((alarm) => watched(alarm).includes(subject))) {
          yield found(`no alarm watches over ${name} of ${subject.name}`, subject);
        }
      });
    }
  },
});

const tag = ({ props }: StackResource): Value => props.at("tags").child(TAG);

const isTarget = (name: string): name is TargetName => Object.hasOwn(targets, name);

function* judge(stack: Stack, alarm: StackResource): Generator<Finding> {
  const name = tag(alarm).string() ?? "";
  const watch = isTarget(name) ? WATCHES[name] : undefined;
  if (watch === undefined) {
    yield found(`the tag ${TAG} is ${JSON.stringify(name)}, which is no target that alarms watch`, alarm);
    return;
  }
  yield* threshold(stack, alarm, watch);
  const { statistic } = watch;
  const given = metrics(alarm).flatMap((metric) =>
    ["statistic", "extendedStatistic", "stat"].flatMap((property) => metric.at(property).strings()),
  );
  if (statistic !== undefined && given.some((one) => one !== statistic)) {
    yield found(`its statistic is ${given.join(", ")}, and ${name} speaks of ${statistic}`, alarm);
  }
}

function* threshold(stack: Stack, alarm: StackResource, watch: Watch): Generator<Finding> {
  const operator = alarm.props.at("comparisonOperator");
  if (!GREATER.includes(operator.string())) {
    yield found(`${operator}, and what the target bounds is bad when it is greater`, alarm);
  }
  const loosest = watch.loosest(stack, alarm);
  const given = alarm.props.at("threshold");
  if (loosest === undefined) {
    yield found("what its threshold is a share of is not in the stack as a number", alarm);
  } else if ((given.number() ?? Number.POSITIVE_INFINITY) > loosest) {
    yield found(`${given}, looser than ${loosest}`, alarm);
  }
}
