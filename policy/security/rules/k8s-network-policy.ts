import { each, found } from "../../framework/finding";
import { namespaceOf } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import { NETWORK_POLICY, WORKLOADS } from "../../framework/types";
import type { Value } from "../../framework/value";

export const k8sNetworkPolicy = stackRule({
  id: "k8s-network-policy",
  title: "Every namespace with pods denies traffic that no policy allows, in both directions",
  severity: "medium",
  frameworks: ["CKV2_K8S_6", "kube-linter non-isolated-pod", "kube-score pod-networkpolicy"],
  reason: "Without it a pod that is broken into reaches every other pod, and the node's credentials.",
  remedy:
    "add a NetworkPolicy with an empty podSelector and the policyTypes Ingress and Egress, then allow what is needed",
  *check(stack) {
    const denied = stack
      .ofType(NETWORK_POLICY)
      .filter(({ props }) => deniesAll(props.at("spec")))
      .map((policy) => namespaceOf(stack, policy));
    const reported = new Set<unknown>();
    yield* each(stack.ofType(...WORKLOADS), function* (workload) {
      const namespace = namespaceOf(stack, workload);
      if (!denied.includes(namespace) && !reported.has(namespace)) {
        reported.add(namespace);
        const name = typeof namespace === "string" ? namespace : namespace.name;
        yield found(`namespace ${name} has no policy that denies by default`, workload);
      }
    });
  },
});

function deniesAll(spec: Value): boolean {
  const types = spec.at("policyTypes").strings();
  const isForAll = spec
    .at("podSelector")
    .entries()
    .every(([, terms]) => terms.entries().length === 0);
  const allows = spec.at("ingress").list().length + spec.at("egress").list().length;
  return isForAll && allows === 0 && types.includes("Ingress") && types.includes("Egress");
}
