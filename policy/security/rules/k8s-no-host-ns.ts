import { each, found, must } from "../../framework/finding";
import { podSpec } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";

export const k8sNoHostNs = resourceRule({
  id: "k8s-no-host-ns",
  title: "Pods keep to their own namespaces and disks, not the node's",
  severity: "high",
  frameworks: [
    "CKV_K8S_17",
    "CKV_K8S_18",
    "CKV_K8S_19",
    "kube-linter host-network",
    "kube-linter sensitive-host-mounts",
  ],
  reason: "On the node's network or disk a pod has the node's credentials, and no NetworkPolicy holds it.",
  example: "spec.template.spec.hostNetwork is true",
  remedy: "leave hostNetwork, hostPID and hostIPC unset, and mount no hostPath",
  types: WORKLOADS,
  *check(workload) {
    const spec = podSpec(workload);
    for (const name of ["hostNetwork", "hostPID", "hostIPC"]) {
      yield* must(spec.at(name), (shared) => shared.boolean() !== true);
    }
    yield* each(spec.at("volumes").list(), function* (volume) {
      if (volume.at("hostPath").isSet) {
        yield found(`volume ${volume.at("name").string() ?? "?"} is the node's ${volume.at("hostPath.path").string()}`);
      }
    });
  },
});
