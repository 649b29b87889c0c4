import { each, found } from "../../framework/finding";
import { allowing, isForEverybody, statementName } from "../../framework/iam";
import { resourceRule } from "../../framework/rule";
import { KMS_KEY, KMS_KEY_POLICY } from "../../framework/types";

export const kmsNoWildcardPrincipal = resourceRule({
  id: "kms-no-wildcard-principal",
  title: "Key policies name who may use the key",
  severity: "high",
  frameworks: ["KMS.5", "CKV_AWS_33"],
  reason: "A key that everybody may use encrypts nothing.",
  example: "statement policy.Statement.0 allows everybody, without a condition",
  remedy:
    "name accounts, roles or services as Principal, or bind the wildcard by a Condition such as kms:CallerAccount",
  types: [KMS_KEY, KMS_KEY_POLICY],
  *check({ props }) {
    yield* each(allowing(props.at("policy")), function* (statement) {
      if (isForEverybody(statement) && statement.child("Condition").entries().length === 0) {
        yield found(`${statementName(statement)} allows everybody, without a condition`);
      }
    });
  },
});
