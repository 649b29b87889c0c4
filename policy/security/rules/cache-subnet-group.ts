import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheSubnetGroup = resourceRule({
  id: "cache-subnet-group",
  title: "Caches are in subnets that somebody chose",
  severity: "medium",
  frameworks: ["ElastiCache.7"],
  reason: "The default subnet group spans the default VPC, whose subnets are public.",
  example: 'subnetGroupName is "default"',
  remedy: "make a SubnetGroup of private subnets, and set subnetGroupName",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    const group = props.at("subnetGroupName");
    yield* must(group, (v) => v.isSet && (v.unknown || v.string() !== "default"));
  },
});
