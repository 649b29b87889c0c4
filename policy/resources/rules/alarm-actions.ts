import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { COMPOSITE_ALARM, METRIC_ALARM } from "../../framework/types";

export const alarmActions = resourceRule({
  id: "alarm-actions",
  title: "Alarms tell somebody",
  severity: "medium",
  frameworks: ["CKV_AWS_319"],
  reason: "An alarm without an action turns red where nobody looks.",
  example: "alarmActions is empty",
  remedy: "set alarmActions to the topic of the people on duty and leave actionsEnabled on",
  types: [METRIC_ALARM, COMPOSITE_ALARM],
  *check({ props }) {
    yield* must(props.at("actionsEnabled"), (enabled) => enabled.boolean() !== false);
    const actions = props.at("alarmActions");
    yield* must(actions, () => actions.unknown || actions.list().length > 0);
  },
});
