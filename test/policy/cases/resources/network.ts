import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { edit, given } from "../../given";

const ZONES = ["a", "b", "c"];

/** Subnets in three zones, with whatever takes addresses in them. */
function network(): Given[] {
  const inAll = { refs: { subnetIds: ZONES } };
  return [
    ...ZONES.map((zone) =>
      given(T.SUBNET, { cidrBlock: "10.0.0.0/22", availabilityZone: `us-east-1${zone}` }, { name: zone }),
    ),
    given(
      T.NODE_GROUP,
      { instanceTypes: ["c7i.large"], scalingConfig: { maxSize: 6 }, subnetIds: ZONES },
      { name: "nodes", ...inAll },
    ),
    given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { subnets: ZONES } }),
    given(T.NAT_GATEWAY, {}, { name: "nat", refs: { subnetId: ["a"] } }),
    given(T.VPC_ENDPOINT, {}, { name: "endpoint", ...inAll }),
    given(T.EKS_CLUSTER, {}, { name: "cluster", refs: { vpcConfig: ZONES } }),
    given(T.RDS_SUBNET_GROUP, {}, { name: "database-subnets", ...inAll }),
    given(T.RDS_INSTANCE, {}, { name: "orders", refs: { dbSubnetGroupName: ["database-subnets"] } }),
    given(
      T.RDS_INSTANCE,
      { replicateSourceDb: UNKNOWN, availabilityZone: "us-east-1b" },
      { name: "copy", refs: { replicateSourceDb: ["orders"] } },
    ),
    given(T.RDS_PROXY, {}, { name: "proxy", refs: { vpcSubnetIds: ZONES } }),
    given(T.CACHE_SUBNET_GROUP, {}, { name: "cache-subnets", ...inAll }),
    given(
      T.REPLICATION_GROUP,
      { numCacheClusters: 3 },
      { name: "cache", refs: { subnetGroupName: ["cache-subnets"] } },
    ),
  ];
}
/** Half the network's nodes take prefixes of sixteen addresses each. */
const prefixes = given(
  T.EKS_ADDON,
  { addonName: "vpc-cni", configurationValues: JSON.stringify({ env: { ENABLE_PREFIX_DELEGATION: "true" } }) },
  { name: "cni" },
);

/** What the rule about the addresses of subnets accepts and refuses. */
export const networkCases: CaseTable = {
  "subnet-addresses": {
    // 4 nodes of 3 × 10 addresses, 8, 1, 1, 4, 2, 25 and 2: 163 of 1019.
    holds: [
      network(),
      edit(network(), "a", "cidrBlock", "10.0.0.0/24"),
      [given(T.SUBNET, { cidrBlock: "10.0.0.0/28" })],
      // Types are the launch template's, or EKS's own default.
      edit(network(), "nodes", "instanceTypes", undefined),
    ],
    breaks: [
      [edit(network(), "a", "cidrBlock", "10.0.0.0/25"), /nodes 120 \+ balancer 8 .* = 163 addresses, and .* has 123/],
      [edit(network(), "nodes", "scalingConfig.maxSize", 66), /nodes 1020 /],
      // 4 nodes of 110 pods: 8 blocks of 16 and 3 spoilt ones each.
      [edit([...network(), prefixes], "b", "cidrBlock", "10.0.0.0/23"), /nodes 704 .*copy 1 /],
      [
        edit(network(), "nodes", "instanceTypes", ["z9.huge"]),
        /nodes runs instances whose size sizing\/data\/ec2.json/,
      ],
      [edit(network(), "c", "cidrBlock", undefined), /cidrBlock is not set, so that its size cannot be told/],
      [
        [
          given(T.SUBNET, { cidrBlock: "10.0.0.0/28" }, { name: "a" }),
          given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { subnets: ["a"] } }),
        ],
        /balancer wants a \/27 or larger/,
      ],
    ],
  },
};
