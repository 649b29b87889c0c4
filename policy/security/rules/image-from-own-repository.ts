import { each, type Finding, found } from "../../framework/finding";
import { containerName, containers } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { ECR_REPOSITORY, WORKLOADS } from "../../framework/types";
import { Undecided } from "../../framework/value";

/** An image in a private registry of ECR. */
const PRIVATE_REGISTRY = /^\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

export const imageFromOwnRepository = stackRule({
  id: "image-from-own-repository",
  title: "Containers run images of the stack's own repository, or of another private one in ECR",
  severity: "high",
  reason:
    "What a public registry serves is neither scanned nor kept by you: it changes, disappears, or limits pulls during a scale-out.",
  example: 'container "api" runs pynomaly/api:1.0.0',
  remedy:
    "push the image to an ECR repository of the stack (scanned and immutable by ecr-scan and ecr-immutable) and run it from there; mirror what others publish",
  *check(stack) {
    yield* each(stack.ofType(...WORKLOADS), judge);
  },
});

function* judge(workload: StackResource): Generator<Finding> {
  yield* each(containers(workload), function* (container) {
    const image = container.at("image");
    if (image.unknown) {
      if (!isFromStack(workload)) {
        throw new Undecided(image.path);
      }
    } else if (!PRIVATE_REGISTRY.test(image.string() ?? "")) {
      yield found(`${containerName(container)} runs ${image.string() ?? "no image"}`);
    }
  });
}

/** Whether a workload takes values from a repository, or from an image that is built for one. */
function isFromStack(workload: StackResource): boolean {
  const direct = workload.references("spec");
  return [...direct, ...direct.flatMap((source) => source.allReferences())].some(({ type }) => type === ECR_REPOSITORY);
}
