import { cidrPart, cidrSize, formatCidr, parseCidr } from "./cidr";
import { HOST_NETWORK_PODS, PREFIX_ADDRESSES } from "./nodes";

/** The subnets of one availability zone. */
export interface ZoneAddresses {
  /** Name of the availability zone, such as `us-east-1a`. */
  readonly zone: string;
  /** Load balancer and NAT gateway. */
  readonly publicCidr: string;
  /** Nodes, pods and interface endpoints. */
  readonly privateCidr: string;
  /** Database, proxy and cache: no route to the internet. */
  readonly dataCidr: string;
}

/** Addresses that one kind of subnet must offer and offers, in one zone. */
export interface AddressDemand {
  readonly kind: "public" | "private" | "data";
  /** Most addresses in use in one zone, while another zone is lost. */
  readonly perZone: number;
  readonly available: number;
}

/** How the VPC's addresses are divided. */
export interface AddressPlan {
  readonly vpcCidr: string;
  readonly zones: readonly ZoneAddresses[];
  readonly demand: readonly AddressDemand[];
}

/** A node group as the address plan sees it. */
export interface NodeGroupAddresses {
  readonly nodesMax: number;
  readonly maxPodsPerNode: number;
  /** Network interfaces of one node. */
  readonly interfaces: number;
}

export interface AddressInput {
  readonly vpcCidr: string;
  readonly availabilityZones: readonly string[];
  readonly nodeGroups: readonly NodeGroupAddresses[];
  readonly cacheReplicas: number;
  /** Zones with a database replica. */
  readonly databaseReplicaZones: readonly string[];
}

/** The VPC prefixes that {@link addressPlan} divides; AWS allows /16 to /28, and below /20 the data subnets are too small. */
export const VPC_PREFIXES = { largest: 16, smallest: 20 } as const;

/** Zone letters that have a slot: a to f, as many as AWS's largest region has. */
const SLOT_LETTERS = "abcdef";
const ZONE = /^[a-z]{2}(?:-[a-z]+)+-\d([a-z])$/;

/** Addresses that AWS keeps in every subnet (Amazon VPC User Guide, "Subnet sizing"). */
export const SUBNET_RESERVED = 5;

/**
 * The slot of a zone, from its letter: `us-east-1a` is 0, `us-east-1c` is 2. Fixed, so that a zone added or removed
 * never moves the subnets of another. `undefined` for anything but an availability zone with a letter from a to f.
 */
export function zoneSlot(zone: string): number | undefined {
  const slot = SLOT_LETTERS.indexOf(ZONE.exec(zone)?.[1] ?? " ");
  return slot === -1 ? undefined : slot;
}

/**
 * Division of a VPC of prefix p into eighths: the first six are the zones' private subnets (p+3), the seventh is
 * divided into public subnets (p+6), the eighth into data subnets (p+7). A /16 gives /19, /22 and /23.
 */
const PRIVATE_BITS = 3;
const PUBLIC_BITS = 6;
const DATA_BITS = 7;
const PUBLIC_EIGHTH = 6;
const DATA_EIGHTH = 7;

/** Interface endpoints with an address in each private subnet, whether there is NAT or not. */
export const INTERFACE_ENDPOINTS = ["ecr.api", "ecr.dkr", "eks-auth", "logs", "secretsmanager", "sts"] as const;

/** Free addresses that an Application Load Balancer wants in each subnet (ELB, "Subnets for your load balancer"). */
export const LOAD_BALANCER_ADDRESSES = 8;
export const NAT_ADDRESSES = 1;
/**
 * Free addresses that RDS Proxy wants for a class up to 4xlarge, the largest offered here (Amazon RDS User Guide,
 * "Setting up network prerequisites for RDS Proxy": planning for IP address capacity).
 */
export const PROXY_ADDRESSES = 25;
/** A writer or its standby, and the successor that takes over its address during a failover or a change of class. */
export const DATABASE_ADDRESSES = 2;
/** The rotation function's interface in each subnet. */
const ROTATION_ADDRESSES = 1;
/** EKS's own interfaces to the control plane: two, and two more while the cluster is updated. */
export const CONTROL_PLANE_ADDRESSES = 4;

/** How many of `count`, spread over `zones`, stand in one zone while another is lost. */
export const perZone = (count: number, zones: number): number => Math.ceil(count / Math.max(1, zones - 1));

/** Nodes of one group in one zone while another is lost, and one more while the group is updated. */
const nodesPerZone = (nodesMax: number, zones: number): number => perZone(nodesMax, zones) + 1;

/** Whole, aligned prefixes that a node takes: those of its pods, and one kept warm. */
export const nodePrefixes = (maxPods: number): number =>
  Math.ceil((maxPods - HOST_NETWORK_PODS) / PREFIX_ADDRESSES) + 1;

/**
 * Addresses that a private subnet must hold. A node takes whole, aligned prefixes of 16: those of its pods and one kept
 * warm. Each single address (an interface's own, an endpoint's) can at worst spoil one such block, so it counts for one.
 * Endpoints count twice: a network without NAT needs as many again.
 */
function privateDemand(groups: readonly NodeGroupAddresses[], zones: number): number {
  const blocks = groups.map(
    (group) => nodesPerZone(group.nodesMax, zones) * (nodePrefixes(group.maxPodsPerNode) + group.interfaces),
  );
  const singles = 2 * INTERFACE_ENDPOINTS.length + CONTROL_PLANE_ADDRESSES;
  return (blocks.reduce((sum, count) => sum + count, 0) + singles) * PREFIX_ADDRESSES;
}

function dataDemand(input: AddressInput): number {
  const zones = input.availabilityZones.length;
  const replicas = Math.max(
    0,
    ...input.availabilityZones.map((zone) => input.databaseReplicaZones.filter((z) => z === zone).length),
  );
  const cacheNodes = perZone(1 + input.cacheReplicas, zones);
  return PROXY_ADDRESSES + DATABASE_ADDRESSES + replicas + cacheNodes + ROTATION_ADDRESSES;
}

function demands(input: AddressInput, vpcPrefix: number): AddressDemand[] {
  const available = (bits: number) => cidrSize(vpcPrefix + bits) - SUBNET_RESERVED;
  return [
    { kind: "public", perZone: LOAD_BALANCER_ADDRESSES + NAT_ADDRESSES, available: available(PUBLIC_BITS) },
    {
      kind: "private",
      perZone: privateDemand(input.nodeGroups, input.availabilityZones.length),
      available: available(PRIVATE_BITS),
    },
    { kind: "data", perZone: dataDemand(input), available: available(DATA_BITS) },
  ];
}

const holds = (demand: readonly AddressDemand[]): boolean => demand.every((d) => d.perZone <= d.available);

/** The longest VPC prefix that holds what `input` demands; `undefined` when not even the largest VPC does. */
export function longestVpcPrefix(input: AddressInput): number | undefined {
  for (let prefix: number = VPC_PREFIXES.smallest; prefix >= VPC_PREFIXES.largest; prefix -= 1) {
    if (holds(demands(input, prefix))) return prefix;
  }
  return undefined;
}

/**
 * Divides the VPC among its zones. Whether it is large enough is for {@link longestVpcPrefix} to say.
 *
 * @throws Error when the CIDR or a zone is malformed or outside the sizes and letters allowed.
 */
export function addressPlan(input: AddressInput): AddressPlan {
  const vpc = parseCidr(input.vpcCidr);
  if (vpc.prefix < VPC_PREFIXES.largest || vpc.prefix > VPC_PREFIXES.smallest) {
    throw new Error(`"${input.vpcCidr}" must be a /${VPC_PREFIXES.largest} to /${VPC_PREFIXES.smallest}`);
  }
  const part = (eighth: number, bits: number, slot: number) =>
    formatCidr(cidrPart(cidrPart(vpc, vpc.prefix + PRIVATE_BITS, eighth), vpc.prefix + bits, slot));
  const zones = input.availabilityZones.map((zone) => {
    const slot = zoneSlot(zone);
    if (slot === undefined) throw new Error(`"${zone}" is not an availability zone with a letter from a to f`);
    return {
      zone,
      publicCidr: part(PUBLIC_EIGHTH, PUBLIC_BITS, slot),
      privateCidr: part(slot, PRIVATE_BITS, 0),
      dataCidr: part(DATA_EIGHTH, DATA_BITS, slot),
    };
  });
  return { vpcCidr: input.vpcCidr, zones, demand: demands(input, vpc.prefix) };
}
