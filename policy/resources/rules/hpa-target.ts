import { each, type Finding, found } from "../../framework/finding";
import { appContainers, autoscalerOf, containerName } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { AUTOSCALER, EKS_ADDON, EKS_CLUSTER, SERVERS } from "../../framework/types";

export const hpaTarget = stackRule({
  id: "hpa-target",
  title: "An autoscaler has a workload to scale, numbers to scale it by, and nobody who scales it back",
  severity: "high",
  frameworks: ["kube-linter dangling-horizontalpodautoscaler", "kube-score hpa-has-target"],
  reason:
    "Utilisation is measured against requests by metrics-server; and a deployment that sets replicas undoes the autoscaler each time.",
  example: "scaleTargetRef names no workload of the stack",
  remedy:
    "name an existing workload, give its containers requests, install the add-on metrics-server, and register the workload with ignoreChanges: spec.replicas",
  *check(stack) {
    yield* each(stack.ofType(AUTOSCALER), (autoscaler) => target(stack, autoscaler));
  },
});

function* target(stack: Stack, autoscaler: StackResource): Generator<Finding> {
  const workloads = stack.ofType(...SERVERS).filter((workload) => autoscalerOf(stack, workload) === autoscaler);
  if (workloads.length === 0) {
    yield found("scaleTargetRef names no workload of the stack", autoscaler);
  }
  const measured = new Set(
    autoscaler.props
      .at("spec.metrics")
      .list()
      .flatMap((metric) => metric.at("resource.name").strings()),
  );
  for (const workload of workloads) {
    for (const container of appContainers(workload)) {
      for (const resource of measured) {
        if (!container.at("resources.requests").child(resource).isSet) {
          yield found(`${containerName(container)} of ${workload.name} requests no ${resource}`, autoscaler);
        }
      }
    }
    const ignored = workload.ignoreChanges.some((path) => path === "spec" || path === "spec.replicas");
    if (workload.props.at("spec.replicas").isSet && !ignored) {
      yield found(`${workload.name} sets spec.replicas and does not ignore its changes`, workload);
    }
  }
  const hasMetrics = stack.ofType(EKS_ADDON).some(({ props }) => props.at("addonName").string() === "metrics-server");
  if (measured.size > 0 && stack.ofType(EKS_CLUSTER).length > 0 && !hasMetrics) {
    yield found("the cluster has no add-on metrics-server", autoscaler);
  }
}
