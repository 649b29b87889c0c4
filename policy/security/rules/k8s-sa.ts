import { must } from "../../framework/finding";
import { podSpec } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";

export const k8sSa = resourceRule({
  id: "k8s-sa",
  title: "Pods have a service account of their own and no token for the Kubernetes API",
  severity: "medium",
  frameworks: ["CKV_K8S_38", "CKV_K8S_41", "kube-linter default-service-account"],
  reason: "A mounted token lets whoever breaks in ask the cluster; a shared account gives every pod the same rights.",
  example: 'spec.template.spec.serviceAccountName is "default"',
  remedy:
    "set serviceAccountName and automountServiceAccountToken: false; Pod Identity brings its own token. A program that talks to the API needs a waiver",
  types: WORKLOADS,
  *check(workload) {
    const spec = podSpec(workload);
    const account = spec.at("serviceAccountName");
    yield* must(account, () => account.isSet && (account.unknown || account.string() !== "default"));
    yield* must(spec.at("automountServiceAccountToken"), (mounted) => mounted.boolean() === false);
  },
});
