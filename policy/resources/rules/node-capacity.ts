import { ec2Instance } from "../../../sizing/instances";
import { nodeCapacity } from "../../../sizing/nodes";
import { each, type Finding, found } from "../../framework/finding";
import { mostPods, requests } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import { homesOf } from "../../framework/scheduling";
import type { Stack, StackResource } from "../../framework/stack";
import { DEPLOYMENT, NODE_GROUP } from "../../framework/types";

export const nodeCapacityRule = stackRule({
  id: "node-capacity",
  title: "A node group at its largest holds all its pods, one zone lost",
  severity: "high",
  reason: "An autoscaler that asks for pods with nowhere to run is no capacity, and a lost zone takes a third of it.",
  example: "25 pods (surge included) need 2 nodes of type c7i.2xlarge; 1 of 2 are left when one of 3 zones is lost",
  remedy: "raise the node group's maxSize or its instance type, or lower the autoscaler's maximum or the requests",
  *check(stack) {
    yield* each(stack.ofType(NODE_GROUP), (group) => capacity(stack, group));
  },
});

function* capacity(stack: Stack, group: StackResource): Generator<Finding> {
  // A deployment with a second home may go there.
  const tenants = stack.ofType(DEPLOYMENT).filter((app) => {
    const homes = homesOf(stack, app);
    return homes.length === 1 && homes[0] === group;
  });
  if (tenants.length === 0) {
    return;
  }
  const pods = tenants.flatMap((app) => {
    const request = { name: app.name, ...requests(app) };
    return Array.from({ length: mostPods(stack, app) }, () => request);
  });
  const { props } = group;
  const nodesMax = props.at("scalingConfig.maxSize").number() ?? 0;
  const zones = Math.max(1, props.at("subnetIds").list().length);
  for (const type of props.at("instanceTypes").strings()) {
    const instance = ec2Instance(type);
    if (instance === undefined) {
      yield found(`instance type ${type}, whose size sizing/data/ec2.json does not have`, group);
      continue;
    }
    const { nodesNeeded, nodesLeft } = nodeCapacity({ instance, pods, nodesMax, zones });
    if (nodesNeeded > nodesLeft) {
      const needed = Number.isFinite(nodesNeeded) ? `need ${nodesNeeded} nodes` : "hold a pod that fits no node";
      yield found(
        `${pods.length} pods (surge included) ${needed} of type ${type}; ${nodesLeft} of ${nodesMax} are left when one of ${zones} zones is lost`,
        group,
      );
    }
  }
}
