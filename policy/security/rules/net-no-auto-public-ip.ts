import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { SUBNET } from "../../framework/types";

export const netNoAutoPublicIp = resourceRule({
  id: "net-no-auto-public-ip",
  title: "Subnets give out no public addresses by themselves",
  severity: "medium",
  frameworks: ["EC2.15", "CKV_AWS_130"],
  reason: "An instance in the wrong subnet should be unreachable, not exposed.",
  example: "mapPublicIpOnLaunch is true",
  remedy: "leave mapPublicIpOnLaunch unset or false: load balancers and NAT gateways don't need it",
  types: [SUBNET],
  *check({ props }) {
    yield* must(props.at("mapPublicIpOnLaunch"), (v) => v.boolean() !== true);
  },
});
