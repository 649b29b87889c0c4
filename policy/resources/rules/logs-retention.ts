import { mustReach } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LOG_GROUP } from "../../framework/types";

export const logsRetention = resourceRule({
  id: "logs-retention",
  title: "Log groups keep their entries for a stated time",
  severity: "medium",
  frameworks: ["CKV_AWS_66"],
  reason: "Without a retention, logs are kept and paid for for ever, personal data in them included.",
  example: "retentionInDays is not set",
  remedy: "set retentionInDays to the configured days or more",
  config: {
    days: { type: "integer", description: "least retentionInDays", default: 1, minimum: 1 },
  },
  types: [LOG_GROUP],
  *check({ props }, { days }) {
    yield* mustReach(props.at("retentionInDays"), days);
  },
});
