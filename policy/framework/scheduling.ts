import { podSpec } from "./kubernetes";
import type { Resource, Stack, StackResource } from "./stack";
import { NODE_GROUP } from "./types";
import type { Value } from "./value";

/** EKS's words for the taint effects that keep pods away, and Kubernetes' own. */
const REPELLING: ReadonlyMap<string | undefined, string> = new Map([
  ["NO_SCHEDULE", "NoSchedule"],
  ["NO_EXECUTE", "NoExecute"],
]);

/** Taints of a node group that keep pods away. */
export const repellingTaints = (group: Resource): Value[] =>
  group.props
    .at("taints")
    .list()
    .filter((taint) => REPELLING.has(taint.at("effect").string()));

/** The node groups on which a workload's pods may run. */
export const homesOf = (stack: Stack, workload: Resource): StackResource[] =>
  stack.ofType(NODE_GROUP).filter((group) => isSelected(group, workload) && isTolerated(group, workload));

function isSelected(group: Resource, workload: Resource): boolean {
  return podSpec(workload)
    .at("nodeSelector")
    .entries()
    .every(([label, value]) => isWellKnown(label) || group.props.at("labels").child(label).string() === value.string());
}

/** Labels that Kubernetes and EKS put on every node by themselves. */
const isWellKnown = (label: string): boolean => /(^|\.)(kubernetes\.io|k8s\.io|amazonaws\.com|k8s\.aws)\//.test(label);

function isTolerated(group: Resource, workload: Resource): boolean {
  const tolerations = podSpec(workload).at("tolerations").list();
  return repellingTaints(group).every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates(toleration: Value, taint: Value): boolean {
  const any = toleration.at("operator").string() === "Exists";
  const key = toleration.at("key").string();
  const effect = toleration.at("effect").string();
  return (
    (key === undefined ? any : key === taint.at("key").string()) &&
    (any || (toleration.at("value").string() ?? "") === (taint.at("value").string() ?? "")) &&
    (effect === undefined || effect === REPELLING.get(taint.at("effect").string()))
  );
}
