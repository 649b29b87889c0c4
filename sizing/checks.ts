import { targets } from "../targets";
import {
  type AddressInput,
  type AddressPlan,
  addressPlan,
  longestVpcPrefix,
  VPC_PREFIXES,
  zoneSlot,
} from "./addresses";
import { podsWithSurge } from "./autoscaling";
import { type CacheSizing, cacheSizing } from "./cache";
import type { CapacityInputs, CapacityPlan } from "./capacity";
import { parseCidr } from "./cidr";
import { type ConnectionBudget, connectionBudget, leastMaxConnections } from "./connections";
import {
  cacheNodeTypes,
  databaseClass,
  databaseClassNames,
  type Ec2Instance,
  ec2Instance,
  ec2InstanceTypes,
} from "./instances";
import { databaseMemoryBudget, largestWorkMemBytes } from "./memory";
import { jobPods, type NodeCapacity, nodeCapacity, nodesLeftWithoutZone, type PodRequest, SYSTEM_PODS } from "./nodes";
import { postgresMajors, postgresParameters } from "./postgres";
import { SERVICE } from "./service";
import { timeline } from "./timeline";
import { bytes, cpuMillis, gib, postgresSize, readableSize } from "./units";

/** Notes one problem, under the setting to change. */
export type Report = (key: keyof CapacityInputs, found: string, allowed: string) => void;

/** Reads a setting's text; `undefined`, and a problem noted, when it cannot be read. */
function read<T>(key: keyof CapacityInputs, text: string, parse: (text: string) => T, form: string, report: Report) {
  try {
    return parse(text);
  } catch {
    report(key, `"${text}"`, form);
    return undefined;
  }
}

const SIZE_FORM = 'a size with its unit, such as "16 MB" or "1Gi"';
const CPU_FORM = 'thousandths of a CPU ("500m") or CPUs ("1", "0.5")';

/** `work_mem` below this is refused by PostgreSQL: 64 kB ("Resource Consumption"). */
const LEAST_WORK_MEM = bytes("64 kB");

/** The database's parameters and memory budget. */
export function planDatabase(inputs: CapacityInputs, report: Report): CapacityPlan["database"] | undefined {
  const facts = databaseClass(inputs.databaseInstanceClass);
  if (!facts) report("databaseInstanceClass", `"${inputs.databaseInstanceClass}"`, databaseClassNames.join(", "));
  const knownMajor = postgresMajors.includes(inputs.databaseEngineVersion);
  if (!knownMajor) report("databaseEngineVersion", `"${inputs.databaseEngineVersion}"`, postgresMajors.join(", "));
  const workMemBytes = read("databaseWorkMem", inputs.databaseWorkMem, bytes, SIZE_FORM, report);
  if (workMemBytes !== undefined && workMemBytes < LEAST_WORK_MEM) {
    report("databaseWorkMem", `"${inputs.databaseWorkMem}"`, `at least "${postgresSize(LEAST_WORK_MEM)}"`);
    return undefined;
  }
  if (!facts || !knownMajor || workMemBytes === undefined) return undefined;

  const budget = (memoryBytes: number) =>
    databaseMemoryBudget({ memoryBytes, maxConnections: inputs.databaseMaxConnections, workMemBytes });
  const memory = budget(facts.memoryBytes);
  if (memory.freeBytes < 0) {
    const largest = largestWorkMemBytes(facts.memoryBytes, inputs.databaseMaxConnections);
    const needed = readableSize(memory.totalBytes - memory.freeBytes);
    const room = `${inputs.databaseInstanceClass} with ${readableSize(memory.totalBytes)}`;
    const connections = `${inputs.databaseMaxConnections} connections`;
    const workMem = `"${inputs.databaseWorkMem}"`;
    const classes = leastMemory((memoryBytes) => budget(memoryBytes).freeBytes >= 0);
    const larger = classes.length === 0 ? "fewer connections" : `a larger class (${classes.join(", ")})`;
    if (largest > 0) {
      report(
        "databaseWorkMem",
        `${workMem} for ${connections}: ${needed} on ${room}`,
        `at most "${postgresSize(largest)}", or ${larger}`,
      );
    } else if (classes.length > 0) {
      report("databaseInstanceClass", `${room}, for ${connections} with ${workMem} each: ${needed}`, larger);
    } else {
      report("databaseMaxConnections", `${connections} with ${workMem} each: ${needed} on ${room}`, larger);
    }
  }
  const parameters = (role: "writer" | "replica") =>
    postgresParameters({
      instanceClass: inputs.databaseInstanceClass,
      engineMajor: inputs.databaseEngineVersion,
      maxConnections: inputs.databaseMaxConnections,
      workMemBytes,
      statementLogging: inputs.databaseStatementLogging,
      statementTimeoutMs: timeline.statementTimeoutSeconds * 1000,
      role,
    });
  return { parameters: parameters("writer"), replicaParameters: parameters("replica"), memory };
}

/** The offered database classes with the least memory that `holds`. */
function leastMemory(holds: (memoryBytes: number) => boolean): string[] {
  const memoryOf = (name: string) => databaseClass(name)?.memoryBytes ?? 0;
  const holding = databaseClassNames.filter((name) => holds(memoryOf(name)));
  const least = Math.min(...holding.map(memoryOf));
  return holding.filter((name) => memoryOf(name) === least);
}

/** The cache's engine, parameters and memory. */
export function planCache(inputs: CapacityInputs, report: Report): CacheSizing | undefined {
  const needed = gib(targets.cacheMemory.value);
  const sizing = (nodeType: string) => cacheSizing({ engine: inputs.cacheEngine, nodeType });
  const large = cacheNodeTypes.filter((nodeType) => sizing(nodeType).usableBytes >= needed);
  if (large.includes(inputs.cacheNodeType)) return sizing(inputs.cacheNodeType);
  const found = cacheNodeTypes.includes(inputs.cacheNodeType)
    ? `"${inputs.cacheNodeType}" with room for ${readableSize(sizing(inputs.cacheNodeType).usableBytes)} of the ${readableSize(needed)} needed`
    : `"${inputs.cacheNodeType}"`;
  report("cacheNodeType", found, large.join(", "));
  return undefined;
}

/** The connection budget. */
export function planConnections(inputs: CapacityInputs, report: Report): ConnectionBudget | undefined {
  const cpuLimitMillis = read("apiCpuLimit", inputs.apiCpuLimit, cpuMillis, CPU_FORM, report);
  if (cpuLimitMillis === undefined) return undefined;
  const budget = connectionBudget({
    maxConnections: inputs.databaseMaxConnections,
    maxReplicas: inputs.apiMaxReplicas,
    cpuLimitMillis,
  });
  if (budget.writerPoolPerProcess < 1) {
    report(
      "databaseMaxConnections",
      `${inputs.databaseMaxConnections} for ${budget.processes} processes (${budget.pods} pods × ${budget.workersPerPod})`,
      `at least ${leastMaxConnections(budget.processes)}, or a lower apiMaxReplicas`,
    );
  }
  return budget;
}

/** What one API pod requests. */
function apiPod(inputs: CapacityInputs, report: Report): PodRequest | undefined {
  const cpuRequest = read("apiCpuRequest", inputs.apiCpuRequest, cpuMillis, CPU_FORM, report);
  const memoryRequest = read("apiMemoryRequest", inputs.apiMemoryRequest, bytes, SIZE_FORM, report);
  if (cpuRequest === undefined || memoryRequest === undefined) return undefined;
  return { name: SERVICE.name, cpuMillis: cpuRequest, memoryBytes: memoryRequest };
}

function instance(key: "systemNodeType" | "computeNodeType", inputs: CapacityInputs, report: Report) {
  const facts = ec2Instance(inputs[key]);
  if (!facts) report(key, `"${inputs[key]}"`, ec2InstanceTypes.join(", "));
  return facts;
}

/** The least group size that is still at least `needed` when a zone is lost. */
function leastNodesMax(needed: number, zones: number): number {
  let nodes = needed;
  while (nodesLeftWithoutZone(nodes, zones) < needed) nodes += 1;
  return nodes;
}

interface Group {
  readonly name: "system" | "compute";
  readonly facts: Ec2Instance;
  /** Pods that the smallest group must hold. */
  readonly least: readonly PodRequest[];
  /** Pods that the largest group must hold without one of its zones. */
  readonly most: readonly PodRequest[];
}

function planGroup(group: Group, inputs: CapacityInputs, report: Report): NodeCapacity {
  const { name, facts, least, most } = group;
  const type = inputs[`${name}NodeType`];
  const nodesMin = inputs[`${name}NodeMin`];
  const nodesMax = inputs[`${name}NodeMax`];
  const zones = inputs.availabilityZones.length;
  const of = (instance: Ec2Instance, pods: readonly PodRequest[]) => nodeCapacity({ instance, pods, nodesMax, zones });
  const capacity = of(facts, most);
  if (capacity.podsPerNode === 0) {
    const large = ec2InstanceTypes.filter((t) => {
      const candidate = ec2Instance(t);
      return candidate !== undefined && of(candidate, most).podsPerNode > 0;
    });
    report(`${name}NodeType`, `"${type}", too small for one of its pods`, large.join(", ") || "smaller pod requests");
    return capacity;
  }
  const leastNodes = of(facts, least).nodesNeeded;
  if (nodesMin < leastNodes) {
    report(`${name}NodeMin`, `${nodesMin} × ${type} for ${least.length} pods`, `at least ${leastNodes}`);
  }
  if (capacity.nodesLeft < capacity.nodesNeeded) {
    report(
      `${name}NodeMax`,
      `${nodesMax} × ${type}, ${capacity.nodesLeft} left when a zone is lost, for ${most.length} pods`,
      `at least ${leastNodesMax(capacity.nodesNeeded, zones)}, or a larger ${name}NodeType`,
    );
  }
  return capacity;
}

/** The capacity of both node groups. */
export function planNodes(inputs: CapacityInputs, report: Report): CapacityPlan["nodes"] | undefined {
  const systemFacts = instance("systemNodeType", inputs, report);
  const computeFacts = instance("computeNodeType", inputs, report);
  const pod = apiPod(inputs, report);
  const pods = (count: number) => (pod ? Array.from({ length: count }, () => pod) : []);
  const systemPods = [...SYSTEM_PODS, ...jobPods(1 + inputs.databaseReplicaZones.length)];
  const system =
    systemFacts &&
    planGroup({ name: "system", facts: systemFacts, least: systemPods, most: systemPods }, inputs, report);
  const compute =
    computeFacts &&
    pod &&
    planGroup(
      {
        name: "compute",
        facts: computeFacts,
        least: pods(inputs.apiMinReplicas),
        most: pods(podsWithSurge(inputs.apiMaxReplicas)),
      },
      inputs,
      report,
    );
  return system && compute ? { system, compute } : undefined;
}

/** The address plan; without node capacities only its form is checked. */
export function planAddresses(
  inputs: CapacityInputs,
  nodes: CapacityPlan["nodes"] | undefined,
  report: Report,
): AddressPlan | undefined {
  const { largest, smallest } = VPC_PREFIXES;
  const form = `an IPv4 network from /${largest} to /${smallest}, such as "10.0.0.0/16"`;
  const vpc = read("vpcCidr", inputs.vpcCidr, parseCidr, form, report);
  const vpcHolds = vpc !== undefined && vpc.prefix >= largest && vpc.prefix <= smallest;
  if (vpc && !vpcHolds) report("vpcCidr", `"${inputs.vpcCidr}"`, form);
  const slots = inputs.availabilityZones.map(zoneSlot);
  const zonesHold = !slots.includes(undefined) && new Set(slots).size === slots.length;
  if (!zonesHold) {
    report(
      "availabilityZones",
      inputs.availabilityZones.join(", "),
      "different availability zones of one region, with letters from a to f",
    );
  }
  const system = ec2Instance(inputs.systemNodeType);
  const compute = ec2Instance(inputs.computeNodeType);
  if (!vpcHolds || !zonesHold || !nodes || !system || !compute) return undefined;

  const input: AddressInput = {
    vpcCidr: inputs.vpcCidr,
    availabilityZones: inputs.availabilityZones,
    nodeGroups: [
      { nodesMax: inputs.systemNodeMax, maxPodsPerNode: nodes.system.maxPodsPerNode, interfaces: system.interfaces },
      { nodesMax: inputs.computeNodeMax, maxPodsPerNode: nodes.compute.maxPodsPerNode, interfaces: compute.interfaces },
    ],
    cacheReplicas: inputs.cacheReplicas,
    databaseReplicaZones: inputs.databaseReplicaZones,
  };
  const plan = addressPlan(input);
  const short = plan.demand.filter((demand) => demand.perZone > demand.available);
  if (short.length > 0) {
    const found = short.map((d) => `${d.available} addresses in a ${d.kind} subnet where ${d.perZone} are needed`);
    const prefix = longestVpcPrefix(input);
    report(
      "vpcCidr",
      `"${inputs.vpcCidr}": ${found.join("; ")}`,
      prefix === undefined ? "fewer nodes: no VPC is large enough" : `/${prefix} or larger`,
    );
  }
  return plan;
}
