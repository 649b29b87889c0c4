import type { Ec2Instance } from "./instances";
import { mib } from "./units";

/** What one pod asks of the scheduler. */
export interface PodRequest {
  readonly name: string;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Room on a node. */
export interface NodeResources {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

/** What a node group holds, and whether it holds what it must. */
export interface NodeCapacity {
  /** What Kubernetes lets pods request on one node, daemon sets included. */
  readonly allocatable: NodeResources;
  /** What the daemon sets take of it. */
  readonly daemonSets: NodeResources;
  /** Pods of the group's own that fit on the first node. */
  readonly podsPerNode: number;
  /** Pods that must run at once. */
  readonly podsNeeded: number;
  /** Nodes that those pods need. */
  readonly nodesNeeded: number;
  /** Zones that may fail together. */
  readonly zonesLost: 1;
  /** Nodes of a full group that are left then. */
  readonly nodesLeft: number;
  /** The kubelet's `maxPods`. */
  readonly maxPodsPerNode: number;
}

const pod = (name: string, cpuMillis: number, memoryMib: number): PodRequest => ({
  name,
  cpuMillis,
  memoryBytes: mib(memoryMib),
});

/**
 * Requests of the pods that run on every node. aws-node: 25m for each of its two containers (aws/amazon-vpc-cni-k8s,
 * Helm chart). kube-proxy: 100m in EKS's add-on. cloudwatch-agent, fluent-bit: aws-observability/helm-charts. The Pod
 * Identity agent requests nothing.
 */
export const DAEMON_SETS: readonly PodRequest[] = [
  pod("aws-node", 50, 0),
  pod("kube-proxy", 100, 0),
  pod("eks-pod-identity-agent", 0, 0),
  pod("cloudwatch-agent", 250, 128),
  pod("fluent-bit", 50, 25),
];

/**
 * Requests of the cluster's own pods, which run on the system node group; each replica is an entry. coredns and
 * metrics-server: EKS's add-ons. CloudWatch's controller manager: aws-observability/helm-charts. The load balancer
 * controller and the autoscaler request what the stack gives them, which must be this.
 */
export const SYSTEM_PODS: readonly PodRequest[] = [
  pod("coredns", 100, 70),
  pod("coredns", 100, 70),
  pod("metrics-server", 100, 200),
  pod("metrics-server", 100, 200),
  pod("aws-load-balancer-controller", 100, 128),
  pod("aws-load-balancer-controller", 100, 128),
  pod("cluster-autoscaler", 100, 300),
  pod("amazon-cloudwatch-observability-controller-manager", 100, 64),
];

/** What a container of the stack's own jobs requests: a Node process that waits for the database most of the time. */
export const JOB_CONTAINER = { cpuMillis: 100, memoryBytes: mib(128) } as const;

/**
 * Requests of the stack's own jobs, which run on the system node group too: a migration, and one of the nightly
 * maintenance's, which has a container for each instance of the database.
 */
export const jobPods = (databaseInstances: number): PodRequest[] => [
  { name: "pynomaly-migration", ...JOB_CONTAINER },
  {
    name: "pynomaly-maintenance",
    cpuMillis: databaseInstances * JOB_CONTAINER.cpuMillis,
    memoryBytes: databaseInstances * JOB_CONTAINER.memoryBytes,
  },
];

/** Addresses in one delegated prefix (/28). */
export const PREFIX_ADDRESSES = 16;

/** Pods that use the host's network and so take no address: aws-node and kube-proxy. */
export const HOST_NETWORK_PODS = 2;

/** EKS's ceiling: 110 pods on a node of up to 30 vCPUs, 250 above (awslabs/amazon-eks-ami, nodeadm). */
const podsAdvised = (vcpu: number): number => (vcpu > 30 ? 250 : 110);

/** The kubelet's `maxPods` with one address per pod. */
export const maxPodsWithoutPrefixes = (instance: Ec2Instance): number =>
  instance.interfaces * (instance.addressesPerInterface - 1) + HOST_NETWORK_PODS;

/** The kubelet's `maxPods` with prefix delegation: every secondary address of an interface is a prefix of 16. */
export const maxPodsPerNode = (instance: Ec2Instance): number =>
  Math.min(
    podsAdvised(instance.vcpu),
    instance.interfaces * (instance.addressesPerInterface - 1) * PREFIX_ADDRESSES + HOST_NETWORK_PODS,
  );

/**
 * CPU that the kubelet keeps: 6 % of the first CPU, 1 % of the second, 0.5 % of the next two, 0.25 % of the rest
 * (awslabs/amazon-eks-ami, nodeadm).
 */
export function reservedCpuMillis(vcpu: number): number {
  const of = (from: number, to: number, millisPerCpu: number) => Math.max(0, Math.min(vcpu, to) - from) * millisPerCpu;
  return of(0, 1, 60) + of(1, 2, 10) + of(2, 4, 5) + of(4, Number.POSITIVE_INFINITY, 2.5);
}

/**
 * Memory that the kubelet keeps: 255 MiB and 11 MiB for each pod. nodeadm counts the pods without prefix delegation
 * even when `maxPods` is set to another number; the larger of the two is budgeted for here.
 */
export const reservedMemoryBytes = (instance: Ec2Instance): number =>
  mib(255 + 11 * Math.max(maxPodsWithoutPrefixes(instance), maxPodsPerNode(instance)));

/** Memory below which the kubelet evicts pods (nodeadm: `evictionHard`). */
const EVICTION_BYTES = mib(100);

/**
 * Share of an instance's nominal memory that its operating system never sees (firmware, hypervisor, kernel). Karpenter
 * plans with the same share (Karpenter, Settings: `VM_MEMORY_OVERHEAD_PERCENT`, 0.075).
 */
const NODE_MEMORY_OVERHEAD_FRACTION = 0.075;

/** What Kubernetes lets pods request on one node of this type. */
export function allocatable(instance: Ec2Instance): NodeResources {
  const pods = maxPodsPerNode(instance);
  const visibleBytes = Math.floor(instance.memoryBytes * (1 - NODE_MEMORY_OVERHEAD_FRACTION));
  return {
    cpuMillis: Math.floor(instance.vcpu * 1000 - reservedCpuMillis(instance.vcpu)),
    memoryBytes: Math.max(0, visibleBytes - reservedMemoryBytes(instance) - EVICTION_BYTES),
    pods,
  };
}

const total = (pods: readonly PodRequest[]): NodeResources => ({
  cpuMillis: pods.reduce((sum, p) => sum + p.cpuMillis, 0),
  memoryBytes: pods.reduce((sum, p) => sum + p.memoryBytes, 0),
  pods: pods.length,
});

const minus = (room: NodeResources, taken: NodeResources): NodeResources => ({
  cpuMillis: room.cpuMillis - taken.cpuMillis,
  memoryBytes: room.memoryBytes - taken.memoryBytes,
  pods: room.pods - taken.pods,
});

const fits = (room: NodeResources, p: PodRequest): boolean =>
  room.cpuMillis >= p.cpuMillis && room.memoryBytes >= p.memoryBytes && room.pods >= 1;

/** Places each pod on the first node with room, largest first, as many nodes as it takes; pods per node, in order. */
function place(pods: readonly PodRequest[], room: NodeResources): number[] {
  const nodes: NodeResources[] = [];
  const counts: number[] = [];
  const largestFirst = pods.toSorted((a, b) => b.memoryBytes - a.memoryBytes || b.cpuMillis - a.cpuMillis);
  for (const p of largestFirst) {
    if (!fits(room, p)) return [];
    const found = nodes.findIndex((node) => fits(node, p));
    const index = found === -1 ? nodes.length : found;
    nodes[index] = minus(nodes[index] ?? room, total([p]));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/** Nodes of a group of `nodes`, spread evenly over `zones`, that are left when the fullest zone is lost. */
export const nodesLeftWithoutZone = (nodes: number, zones: number): number => nodes - Math.ceil(nodes / zones);

/**
 * What a node group holds.
 *
 * @param input.pods every pod that must run at once, on the nodes that are left when a zone is lost.
 * @param input.nodesMax largest size of the group.
 * @returns `nodesNeeded` is infinite when a pod does not fit on an empty node.
 */
export function nodeCapacity(input: {
  readonly instance: Ec2Instance;
  readonly pods: readonly PodRequest[];
  readonly nodesMax: number;
  readonly zones: number;
}): NodeCapacity {
  const room = allocatable(input.instance);
  const daemonSets = total(DAEMON_SETS);
  const placed = place(input.pods, minus(room, daemonSets));
  return {
    allocatable: room,
    daemonSets,
    podsPerNode: placed[0] ?? 0,
    podsNeeded: input.pods.length,
    nodesNeeded: placed.length === 0 ? Number.POSITIVE_INFINITY : placed.length,
    zonesLost: 1,
    nodesLeft: nodesLeftWithoutZone(input.nodesMax, input.zones),
    maxPodsPerNode: room.pods,
  };
}
