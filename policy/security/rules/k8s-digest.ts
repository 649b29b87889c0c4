import { each, found } from "../../framework/finding";
import { containerName, containers } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";

export const k8sDigest = resourceRule({
  id: "k8s-digest",
  title: "Containers run an image by its digest",
  severity: "high",
  frameworks: ["CKV_K8S_43", "CKV_K8S_14", "kube-linter latest-tag"],
  reason: "A tag is whatever was pushed last: two pods of one deployment may run different code.",
  example: 'container "api" runs registry.example/api:1.0.0',
  remedy: "set image to repository@sha256:…",
  types: WORKLOADS,
  *check(workload) {
    yield* each(containers(workload), function* (container) {
      const image = container.at("image").string();
      if (!/@sha256:[0-9a-f]{64}$/.test(image ?? "")) {
        yield found(`${containerName(container)} runs ${image ?? "no image"}`);
      }
    });
  },
});
