import { found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { SECRET, SECRET_ROTATION } from "../../framework/types";

export const secretRotation = stackRule({
  id: "secret-rotation",
  title: "Every secret is rotated",
  severity: "medium",
  frameworks: ["SecretsManager.1", "SecretsManager.4", "CKV2_AWS_57", "cdk-nag SMG4"],
  reason: "A leaked password that changes by itself is worth days; one that never changes, years.",
  example: "no rotation refers to it",
  remedy: "add a SecretRotation with the secret's id as secretId",
  *check(stack) {
    for (const secret of stack.ofType(SECRET)) {
      if (stack.referring(SECRET_ROTATION, "secretId", secret).length === 0) {
        yield found("no rotation refers to it", secret);
      }
    }
  },
});
