import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { BUDGET } from "../../framework/types";
import type { Value } from "../../framework/value";

const SUBSCRIBERS = ["subscriberSnsTopicArns", "subscriberEmailAddresses"];

export const budgetNotifies = resourceRule({
  id: "budget-notifies",
  title: "A budget tells somebody",
  severity: "medium",
  reason: "A budget without a subscriber is a number that nobody reads.",
  example: "no notification has a subscriber",
  remedy: "add notifications with subscriberSnsTopicArns or subscriberEmailAddresses",
  types: [BUDGET],
  *check({ props }) {
    const isRead = (notification: Value): boolean =>
      SUBSCRIBERS.some((property) => notification.at(property).list().length > 0);
    if (!props.at("notifications").list().some(isRead)) {
      yield found("no notification has a subscriber");
    }
  },
});
