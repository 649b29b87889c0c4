import { each, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { homesOf, repellingTaints } from "../../framework/scheduling";
import { EKS_ADDON, NODE_GROUP, WORKLOADS } from "../../framework/types";

export const schedulable = stackRule({
  id: "schedulable",
  title: "Every pod has a node group that it may run on, the cluster's own add-ons included",
  severity: "high",
  reason:
    "A selector or taint that matches nothing leaves pods pending; with tainted nodes only, even DNS doesn't start.",
  example: "no node group has the labels that its nodeSelector wants and only taints that it tolerates",
  remedy: "match nodeSelector and tolerations to a node group's labels and taints; keep one node group without taints",
  *check(stack) {
    const groups = stack.ofType(NODE_GROUP);
    if (groups.length === 0) {
      return;
    }
    yield* each(stack.ofType(...WORKLOADS), function* (workload) {
      if (homesOf(stack, workload).length === 0) {
        yield found(
          "no node group has the labels that its nodeSelector wants and only taints that it tolerates",
          workload,
        );
      }
    });
    yield* each(stack.ofType(EKS_ADDON).slice(0, 1), function* (addon) {
      if (!groups.some((group) => repellingTaints(group).length === 0)) {
        yield found("every node group is tainted: add-ons have no home", addon);
      }
    });
  },
});
