import { each, found } from "../../framework/finding";
import { namespaceOf } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import { AUTOSCALER, CONFIG_MAP, DISRUPTION_BUDGET, NETWORK_POLICY, SERVICE, WORKLOADS } from "../../framework/types";

/** Namespaces that every cluster has (Kubernetes, "Namespaces": initial namespaces). */
const INITIAL: readonly string[] = ["default", "kube-system", "kube-public", "kube-node-lease"];

export const k8sNamespaceDeclared = stackRule({
  id: "k8s-namespace-declared",
  title: "Every namespace that is used is made by the stack",
  severity: "medium",
  reason:
    "A namespace that somebody made by hand is missing on the next cluster, and no rule sees which Pod Security it enforces.",
  example: "the stack makes no namespace shop",
  remedy: "add the Namespace to the stack and take the objects' metadata.namespace from it",
  *check(stack) {
    const reported = new Set<string>();
    const objects = stack.ofType(...WORKLOADS, SERVICE, CONFIG_MAP, AUTOSCALER, DISRUPTION_BUDGET, NETWORK_POLICY);
    yield* each(objects, function* (object) {
      const namespace = namespaceOf(stack, object);
      if (typeof namespace === "string" && !INITIAL.includes(namespace) && !reported.has(namespace)) {
        reported.add(namespace);
        yield found(`the stack makes no namespace ${namespace}`, object);
      }
    });
  },
});
