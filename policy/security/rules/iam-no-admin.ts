import { each, found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { IAM_POLICY_ATTACHMENT, IAM_ROLE } from "../../framework/types";

/** AWS-managed policies that let their holder do, or grant itself, everything. */
const ADMINISTRATORS = /:policy\/(AdministratorAccess|IAMFullAccess|PowerUserAccess)$/;

export const iamNoAdmin = resourceRule({
  id: "iam-no-admin",
  title: "No role of the stack is an administrator",
  severity: "high",
  frameworks: ["IAM.1", "CKV_AWS_274", "cdk-nag IAM4"],
  reason: "A role's credentials are as safe as the least safe program that runs with it.",
  example: 'policyArn is "arn:aws:iam::aws:policy/AdministratorAccess"',
  remedy: "attach a policy with the actions that the role needs",
  types: [IAM_ROLE, IAM_POLICY_ATTACHMENT],
  *check({ type, props }) {
    const attached = type === IAM_ROLE ? props.at("managedPolicyArns").list() : [props.at("policyArn")];
    // The ARN of a policy of the same stack is unknown before deployment, and no policy of AWS's own.
    yield* each(
      attached.filter((arn) => !arn.unknown),
      function* (arn) {
        if (ADMINISTRATORS.test(arn.string() ?? "")) {
          yield found(`${arn}`);
        }
      },
    );
  },
});
