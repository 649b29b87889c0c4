import {
  CONTROL_PLANE_ADDRESSES,
  DATABASE_ADDRESSES,
  LOAD_BALANCER_ADDRESSES,
  NAT_ADDRESSES,
  nodePrefixes,
  PROXY_ADDRESSES,
  perZone,
} from "../../sizing/addresses";
import { ec2Instance } from "../../sizing/instances";
import { maxPodsPerNode, PREFIX_ADDRESSES } from "../../sizing/nodes";
import { isReplica } from "./database";
import type { Stack, StackResource } from "./stack";
import {
  CACHE_SUBNET_GROUP,
  EKS_ADDON,
  EKS_CLUSTER,
  LAUNCH_TEMPLATE,
  LOAD_BALANCERS,
  NAT_GATEWAY,
  NODE_GROUP,
  RDS_INSTANCE,
  RDS_PROXY,
  RDS_SUBNET_GROUP,
  REPLICATION_GROUP,
  VPC_ENDPOINT,
} from "./types";

/** Addresses that something takes in one subnet, at most. */
export interface Claim {
  readonly by: StackResource;
  /** Undefined: the size of its instances is not known here. */
  readonly addresses: number | undefined;
}

/** What EKS starts when neither node group nor launch template names a type (Amazon EKS API, CreateNodegroup). */
const DEFAULT_NODE_TYPE = "t3.medium";

/** Everything that takes addresses in a subnet. */
export function claims(stack: Stack, subnet: StackResource): Claim[] {
  const within = (types: readonly string[], property: string, addresses: (by: StackResource) => number | undefined) =>
    stack
      .ofType(...types)
      .filter((by) => by.references(property).includes(subnet))
      .map((by) => ({ by, addresses: addresses(by) }));
  return [
    ...within([NODE_GROUP], "subnetIds", (group) => nodeAddresses(stack, group)),
    ...within(LOAD_BALANCERS, "subnets", () => LOAD_BALANCER_ADDRESSES),
    ...within([NAT_GATEWAY], "subnetId", () => NAT_ADDRESSES),
    ...within([VPC_ENDPOINT], "subnetIds", () => 1),
    ...within([EKS_CLUSTER], "vpcConfig", () => CONTROL_PLANE_ADDRESSES),
    ...within([RDS_PROXY], "vpcSubnetIds", () => PROXY_ADDRESSES),
    ...databases(stack, subnet),
    ...stack
      .ofType(REPLICATION_GROUP)
      .filter((cache) => isIn(cache, "subnetGroupName", CACHE_SUBNET_GROUP, subnet))
      .map((by) => ({ by, addresses: cacheAddresses(by) })),
  ];
}

const isIn = (resource: StackResource, property: string, group: string, subnet: StackResource): boolean =>
  resource.references(property).some((own) => own.type === group && own.references("subnetIds").includes(subnet));

function databases(stack: Stack, subnet: StackResource): Claim[] {
  const zone = subnet.props.at("availabilityZone");
  return stack
    .ofType(RDS_INSTANCE)
    .filter((instance) => {
      // A replica is placed where its source is, unless it says otherwise.
      const placed = isReplica(instance) ? [instance, ...instance.references("replicateSourceDb")] : [instance];
      const own = instance.props.at("availabilityZone");
      const elsewhere = own.isSet && zone.isSet && own.string() !== zone.string();
      return !elsewhere && placed.some((one) => isIn(one, "dbSubnetGroupName", RDS_SUBNET_GROUP, subnet));
    })
    .map((by) => ({ by, addresses: isReplica(by) ? 1 : DATABASE_ADDRESSES }));
}

/** Nodes and their pods, with one more node while the group is updated. */
function nodeAddresses(stack: Stack, group: StackResource): number | undefined {
  const [template] = group.references("launchTemplate").filter(({ type }) => type === LAUNCH_TEMPLATE);
  const given = group.props.at("instanceTypes").strings();
  const types = given.length > 0 ? given : [template?.props.at("instanceType").string() ?? DEFAULT_NODE_TYPE];
  const nodes = perZone(
    group.props.at("scalingConfig.maxSize").number() ?? 0,
    group.props.at("subnetIds").list().length,
  );
  const sizes = types.map((type) => {
    const instance = ec2Instance(type);
    if (instance === undefined) {
      return Number.NaN;
    }
    // An interface's own address spoils a whole prefix at worst.
    return delegatesPrefixes(stack)
      ? (nodePrefixes(maxPodsPerNode(instance)) + instance.interfaces) * PREFIX_ADDRESSES
      : instance.interfaces * instance.addressesPerInterface;
  });
  const largest = Math.max(...sizes);
  return Number.isNaN(largest) ? undefined : (nodes + 1) * largest;
}

/** Whether nodes take their pods' addresses in prefixes of sixteen. */
const delegatesPrefixes = (stack: Stack): boolean =>
  stack
    .ofType(EKS_ADDON)
    .filter(({ props }) => props.at("addonName").string() === "vpc-cni")
    .some(({ props }) => props.at("configurationValues").json().at("env.ENABLE_PREFIX_DELEGATION").boolean() === true);

function cacheAddresses({ props, references }: StackResource): number {
  const shards = props.at("numNodeGroups").number() ?? 1;
  const nodes =
    props.at("numCacheClusters").number() ?? shards * (1 + (props.at("replicasPerNodeGroup").number() ?? 0));
  const zones = references("subnetGroupName").flatMap((group) => group.references("subnetIds")).length;
  return perZone(nodes, zones);
}
