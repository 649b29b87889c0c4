import { each, must } from "../../framework/finding";
import { containerName, containers } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";

export const k8sResources = resourceRule({
  id: "k8s-resources",
  title: "Containers request CPU and memory and have a memory limit",
  severity: "medium",
  frameworks: ["CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13", "kube-score container-resources"],
  reason:
    "The scheduler and the autoscaler count requests only; without a memory limit one leak evicts the neighbours.",
  example: 'container "api" has no resources.requests.cpu',
  remedy: "set resources.requests.cpu, resources.requests.memory and resources.limits.memory on every container",
  types: WORKLOADS,
  *check(workload) {
    yield* each(containers(workload), function* (container) {
      const name = containerName(container);
      for (const resource of ["requests.cpu", "requests.memory", "limits.memory"]) {
        yield* must(container.at(`resources.${resource}`), (v) => v.isSet, `${name} has no resources.${resource}`);
      }
    });
  },
});
