import { mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { SNS_TOPIC } from "../../framework/types";

export const snsEncrypted = resourceRule({
  id: "sns-encrypted",
  title: "Topics are encrypted",
  severity: "low",
  frameworks: ["CKV_AWS_26"],
  reason: "Alarms name resources and what is wrong with them.",
  example: "kmsMasterKeyId is not set",
  remedy: "set kmsMasterKeyId to a key that CloudWatch may use",
  types: [SNS_TOPIC],
  *check({ props }) {
    yield* mustBeSet(props.at("kmsMasterKeyId"));
  },
});
