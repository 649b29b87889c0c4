import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { edit, one, without } from "../../given";
import { CONTAINER_PATH, system } from "../../system";

const nodes = one(T.NODE_GROUP, { labels: { "node-type": "compute-optimized" }, instanceTypes: ["c7i.2xlarge"] });

/** What the rules about node groups accept and refuse. */
export const clusterCases: CaseTable = {
  "node-type-compute-optimised": {
    holds: [nodes(), nodes({ labels: { "node-type": "general" }, instanceTypes: ["t3.large"] })],
    breaks: [
      [nodes({ instanceTypes: ["c7i.2xlarge", "t3.large"] }), /instanceTypes.1 is "t3.large"/],
      [nodes({ instanceTypes: undefined }), /instanceTypes is not set/],
    ],
  },
  "node-capacity": {
    holds: [system()],
    breaks: [
      [
        edit(system(), "fast", "scalingConfig.maxSize", 2),
        /25 pods .* need \d+ nodes of type c7i.2xlarge; 1 of 2 are left/,
      ],
      [edit(system(), "fast", "subnetIds", ["a"]), /0 of 6 are left when one of 1 zones is lost/],
      [edit(system(), "fast", "instanceTypes", ["c7i.2xlarge", "c7g.medium"]), /c7g.medium/],
      [edit(system(), "shop", `${CONTAINER_PATH}.resources.requests.memory`, "64Gi"), /hold a pod that fits no node/],
      [edit(system(), "scaler", "spec.maxReplicas", 60), /75 pods/],
      [
        edit(system(), "fast", "instanceTypes", ["z9.huge"]),
        /z9.huge, whose size sizing\/data\/ec2.json does not have/,
      ],
    ],
  },
  schedulable: {
    holds: [system(), system().filter(({ type }) => type !== T.NODE_GROUP)],
    breaks: [
      [edit(system(), "shop", "spec.template.spec.nodeSelector.node-type", "slow"), /no node group has the labels/],
      [edit(system(), "shop", "spec.template.spec.tolerations", []), /no node group has the labels/],
      [edit(system(), "shop", "spec.template.spec.tolerations.0.effect", "NoExecute"), /no node group has the labels/],
      [without(system(), "general"), /every node group is tainted/],
    ],
  },
};
