import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EC2_INSTANCE, LAUNCH_TEMPLATE } from "../../framework/types";

export const nodeNoPublicIp = resourceRule({
  id: "node-no-public-ip",
  title: "Nodes have no public address",
  severity: "high",
  frameworks: ["EC2.25", "CKV_AWS_88"],
  reason: "A node that the internet can reach is attacked within minutes; its pods need a NAT gateway, not an address.",
  example: 'networkInterfaces.0.associatePublicIpAddress is "true"',
  remedy: "leave associatePublicIpAddress unset or false, and place nodes in private subnets",
  types: [LAUNCH_TEMPLATE, EC2_INSTANCE],
  *check({ props }) {
    const interfaces = props.at("networkInterfaces").list();
    for (const place of [props, ...interfaces]) {
      yield* must(place.at("associatePublicIpAddress"), (v) => v.boolean() !== true);
    }
  },
});
