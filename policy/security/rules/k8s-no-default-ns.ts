import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";

export const k8sNoDefaultNs = resourceRule({
  id: "k8s-no-default-ns",
  title: "Pods run in a namespace of their own",
  severity: "medium",
  frameworks: ["CKV_K8S_21", "kube-linter:use-namespace"],
  reason: "Policies, quotas and permissions are given to namespaces; in the default one they are anybody's.",
  example: "metadata.namespace is not set",
  remedy: "set metadata.namespace to a namespace of the application",
  types: [...WORKLOADS],
  *check({ props }) {
    const namespace = props.at("metadata.namespace");
    yield* must(namespace, (v) => v.isSet && (v.unknown || v.string() !== "default"));
  },
});
