import { each, found } from "../../framework/finding";
import { allowing, isForEverybody, statementName } from "../../framework/iam";
import { resourceRule } from "../../framework/rule";
import { IAM_ROLE } from "../../framework/types";
import type { Value } from "../../framework/value";

export const iamTrustNarrow = resourceRule({
  id: "iam-trust-narrow",
  title: "Roles say who may assume them",
  severity: "high",
  frameworks: ["CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_393"],
  reason: "A role that everybody, or every repository of an identity provider, may assume is a public credential.",
  example: "statement assumeRolePolicy.Statement.0 trusts everybody",
  remedy:
    "name the service, role or account as Principal; for an OIDC provider add a condition on its sub claim that is no wildcard",
  types: [IAM_ROLE],
  *check({ props }) {
    yield* each(allowing(props.at("assumeRolePolicy")), function* (statement) {
      if (isForEverybody(statement)) {
        yield found(`${statementName(statement)} trusts everybody`);
      }
      if (statement.child("Principal").child("Federated").isSet && !hasSubject(statement.child("Condition"))) {
        yield found(`${statementName(statement)} trusts an identity provider without a condition on sub`);
      }
    });
  },
});

/** Whether a condition binds the subject of a token to something. */
const hasSubject = (condition: Value): boolean =>
  condition
    .entries()
    .some(([operator, claims]) =>
      claims
        .entries()
        .some(
          ([claim, value]) =>
            /^(StringEquals|StringLike)$/.test(operator) && claim.endsWith(":sub") && !value.strings().includes("*"),
        ),
    );
