import { each, found, holds } from "../../framework/finding";
import { allowing, documents, statementName } from "../../framework/iam";
import { resourceRule } from "../../framework/rule";
import { IAM_POLICY, IAM_ROLE, IAM_ROLE_POLICY } from "../../framework/types";

/** Actions that tell of resources; most know no narrower resource than all. */
const LOOKS = /^[\w-]+:(Describe|List|Get)/;

/** Those among them that hand out what resources hold. */
const READS_DATA = /^(secretsmanager:GetSecretValue|ssm:GetParameter|s3:GetObject|dynamodb:GetItem|kinesis:GetRecords)/;

export const iamNoStarResource = resourceRule({
  id: "iam-no-star-resource",
  title: "What changes something, or reads data, is allowed on named resources",
  severity: "high",
  frameworks: ["CKV_AWS_355", "cdk-nag IAM5"],
  reason: "A role that may do one thing to everything does it to the wrong thing, when it is taken over.",
  example: "statement Work allows s3:DeleteObject on every resource",
  remedy: "name the resources, or bind the statement by a Condition; only Describe, List and Get of no data may have *",
  types: [IAM_POLICY, IAM_ROLE_POLICY, IAM_ROLE],
  *check(resource) {
    yield* each(documents(resource), function* (document) {
      yield* each(allowing(document), function* (statement) {
        // One that only the deployment brings is the ARN of something in particular.
        const resources = statement.child("Resource");
        const isEverything = !resources.unknown && resources.listOrOne().some((one) => !one.unknown && holds(one, "*"));
        if (!isEverything || statement.child("Condition").isSet) {
          return;
        }
        const [action] = statement
          .child("Action")
          .strings()
          .filter((name) => !LOOKS.test(name) || READS_DATA.test(name));
        if (action !== undefined) {
          yield found(`${statementName(statement)} allows ${action} on every resource`);
        }
      });
    });
  },
});
