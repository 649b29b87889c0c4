import { mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE } from "../../framework/types";

export const sgDescription = resourceRule({
  id: "sg-description",
  title: "Security groups and their rules say what they are for",
  severity: "low",
  frameworks: ["CKV_AWS_23"],
  reason: "A rule that nobody can explain is a rule that nobody dares to remove.",
  example: "description is not set",
  remedy: "set description",
  types: [SECURITY_GROUP, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE],
  *check({ props }) {
    yield* mustBeSet(props.at("description"));
  },
});
