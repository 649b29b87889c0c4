import { each, found } from "../../framework/finding";
import { allowing, documents, statementName } from "../../framework/iam";
import { resourceRule } from "../../framework/rule";
import { IAM_POLICY, IAM_ROLE, IAM_ROLE_POLICY } from "../../framework/types";

export const iamNoStarAction = resourceRule({
  id: "iam-no-star-action",
  title: "Policies allow named actions, never a whole service",
  severity: "high",
  frameworks: ["IAM.1", "IAM.21", "CKV_AWS_62", "CKV_AWS_63", "cdk-nag IAM5"],
  reason: "A wildcard grants what the service learns tomorrow, deletion and permissions included.",
  example: "statement Work allows *",
  remedy: "name the actions; a prefix such as s3:Get* is fine, s3:* and NotAction are not",
  types: [IAM_POLICY, IAM_ROLE_POLICY, IAM_ROLE],
  *check(resource) {
    yield* each(documents(resource), function* (document) {
      yield* each(allowing(document), function* (statement) {
        for (const action of statement.child("Action").strings()) {
          if (/^(\w[\w-]*:)?\*$/.test(action)) {
            yield found(`${statementName(statement)} allows ${action}`);
          }
        }
        if (statement.child("NotAction").isSet) {
          yield found(`${statementName(statement)} allows everything but some actions`);
        }
      });
    });
  },
});
