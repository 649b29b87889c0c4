import { mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LOG_GROUP } from "../../framework/types";

export const logsCmk = resourceRule({
  id: "logs-cmk",
  title: "Log groups are encrypted with a customer-managed key",
  severity: "medium",
  frameworks: ["CKV_AWS_158"],
  reason: "Logs repeat what requests and statements carry; only a key of your own can be revoked and audited.",
  example: "kmsKeyId is not set",
  remedy: "set kmsKeyId to a key of the stack",
  types: [LOG_GROUP],
  *check({ props }) {
    yield* mustBeSet(props.at("kmsKeyId"));
  },
});
