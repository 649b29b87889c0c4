import { found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { ECR_LIFECYCLE, ECR_REPOSITORY } from "../../framework/types";

export const ecrLifecycle = stackRule({
  id: "ecr-lifecycle",
  title: "Old images leave their repository",
  severity: "medium",
  frameworks: ["ECR.3"],
  reason: "Each push adds an image; without an end they are paid for, and scanned, for ever.",
  example: "no lifecycle policy refers to it",
  remedy: "add a LifecyclePolicy for the repository",
  *check(stack) {
    for (const repository of stack.ofType(ECR_REPOSITORY)) {
      if (stack.referring(ECR_LIFECYCLE, "repository", repository).length === 0) {
        yield found("no lifecycle policy refers to it", repository);
      }
    }
  },
});
