import { found, must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { NODE_GROUP } from "../../framework/types";

/** The label by which the guide's pods choose their nodes: guide, Kubernetes: nodeSelector. */
const LABEL = { name: "node-type", value: "compute-optimized" } as const;

export const nodeTypeComputeOptimised = resourceRule({
  id: "node-type-compute-optimised",
  title: "Nodes that are labelled compute-optimised are",
  severity: "medium",
  reason: "A burstable or general-purpose node under that label slows the API down where nobody looks for it.",
  example: 'instanceTypes.1 is "t3.large"',
  remedy: "give the node group instance types of the c family, or another label",
  types: [NODE_GROUP],
  *check({ props }) {
    if (props.at("labels").child(LABEL.name).string() !== LABEL.value) {
      return;
    }
    const types = props.at("instanceTypes").list();
    if (types.length === 0) {
      yield found("instanceTypes is not set");
    }
    for (const type of types) {
      yield* must(type, (v) => /^c\d/.test(v.string() ?? ""));
    }
  },
});
