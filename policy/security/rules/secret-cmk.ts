import { mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { SECRET } from "../../framework/types";

export const secretCmk = resourceRule({
  id: "secret-cmk",
  title: "Secrets are encrypted with a customer-managed key",
  severity: "medium",
  frameworks: ["CKV_AWS_149"],
  reason: "With AWS's key, whoever may read secrets may decrypt them; a key of your own is a second lock.",
  example: "kmsKeyId is not set",
  remedy: "set kmsKeyId to a key of the stack",
  types: [SECRET],
  *check({ props }) {
    yield* mustBeSet(props.at("kmsKeyId"));
  },
});
