import { each, found, must } from "../../framework/finding";
import { appContainers, containerName } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { SERVERS } from "../../framework/types";

export const k8sProbes = resourceRule({
  id: "k8s-probes",
  title:
    "Containers that serve have start-up, readiness and liveness probes, and liveness asks something else than readiness",
  severity: "medium",
  frameworks: ["CKV_K8S_8", "CKV_K8S_9", "kube-score pod-probes"],
  reason:
    "A liveness probe that fails with the database restarts every pod at once; a slow start without a start-up probe never ends.",
  example: 'container "api" has no startupProbe',
  remedy:
    "give each container a startupProbe, a readinessProbe that asks its dependencies and a livenessProbe that asks none",
  types: SERVERS,
  *check(workload) {
    yield* each(appContainers(workload), function* (container) {
      const name = containerName(container);
      for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
        yield* must(container.at(probe), (v) => v.isSet, `${name} has no ${probe}`);
      }
      const alive = container.at("livenessProbe.httpGet.path").string();
      if (alive !== undefined && alive === container.at("readinessProbe.httpGet.path").string()) {
        yield found(`${name} asks ${alive} for liveness and for readiness`);
      }
    });
  },
});
