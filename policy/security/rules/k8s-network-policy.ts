import { each, found } from "../../framework/finding";
import { namespaceOf } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import { NETWORK_POLICY, WORKLOADS } from "../../framework/types";
import type { Value } from "../../framework/value";
import { isWorld } from "../../framework/world";

const DIRECTIONS = [
  ["ingress", "from"],
  ["egress", "to"],
] as const;

export const k8sNetworkPolicy = stackRule({
  id: "k8s-network-policy",
  title: "Every namespace with pods denies traffic that no policy allows, in both directions",
  severity: "medium",
  frameworks: ["CKV2_K8S_6", "kube-linter non-isolated-pod", "kube-score pod-networkpolicy"],
  reason: "Without it a pod that is broken into reaches every other pod, and the node's credentials.",
  example: "namespace shop has no policy that denies by default",
  remedy:
    "add a NetworkPolicy with an empty podSelector and the policyTypes Ingress and Egress, then allow what is needed, by peer and by port",
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
    yield* each(stack.ofType(NETWORK_POLICY), function* (policy) {
      for (const [direction, peers] of DIRECTIONS) {
        for (const rule of policy.props.at(`spec.${direction}`).list()) {
          if (allowsAll(rule, peers)) {
            yield found(`its ${rule.path} allows everything, whatever the others deny`, policy);
          }
        }
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

/** Whether a rule names no port, and either no peer or the whole internet. */
function allowsAll(rule: Value, peers: string): boolean {
  const named = rule.at(peers).list();
  const isOpen = named.length === 0 || named.some((peer) => isWorld(peer.at("ipBlock.cidr")));
  return isOpen && rule.at("ports").list().length === 0;
}
