import ec2 from "./data/ec2.json";
import elasticache from "./data/elasticache.json";
import rds from "./data/rds.json";
import { mib } from "./units";

/** Facts of an EC2 instance type. */
export interface Ec2Instance {
  readonly vcpu: number;
  /** Nominal memory, in bytes. The operating system sees less: see `nodes.ts`. */
  readonly memoryBytes: number;
  /** Processor architecture, in container-image words. */
  readonly architecture: "amd64" | "arm64";
  /** Most network interfaces that can be attached. */
  readonly interfaces: number;
  /** IPv4 addresses of each interface, its primary one included. */
  readonly addressesPerInterface: number;
}

/** Facts of an RDS DB instance class. */
export interface DatabaseClass {
  readonly vcpu: number;
  /** Nominal memory, in bytes. */
  readonly memoryBytes: number;
}

/** Facts of an ElastiCache node type. */
export interface CacheNode {
  /** The engine's `maxmemory`, in bytes: set by AWS per node type, not modifiable. */
  readonly maxMemoryBytes: number;
}

function architecture(text: string): Ec2Instance["architecture"] {
  if (text === "amd64" || text === "arm64") return text;
  throw new Error(`sizing/data/ec2.json: unknown architecture "${text}"`);
}

const ec2Instances: ReadonlyMap<string, Ec2Instance> = new Map(
  Object.entries(ec2.types).map(([type, facts]) => [
    type,
    {
      vcpu: facts.vcpu,
      memoryBytes: mib(facts.memoryMib),
      architecture: architecture(facts.architecture),
      interfaces: facts.interfaces,
      addressesPerInterface: facts.addressesPerInterface,
    },
  ]),
);
const databaseClasses: ReadonlyMap<string, DatabaseClass> = new Map(
  Object.entries(rds.types).map(([name, facts]) => [name, { vcpu: facts.vcpu, memoryBytes: mib(facts.memoryMib) }]),
);
const cacheNodes: ReadonlyMap<string, CacheNode> = new Map(Object.entries(elasticache.types));

/** EC2 instance types that a node group may use. */
export const ec2InstanceTypes: readonly string[] = [...ec2Instances.keys()];
/** RDS DB instance classes that the database may use. */
export const databaseClassNames: readonly string[] = [...databaseClasses.keys()];
/** ElastiCache node types that the cache may use. */
export const cacheNodeTypes: readonly string[] = [...cacheNodes.keys()];

/** Facts of an EC2 instance type such as `c7i.2xlarge`; `undefined` when it is not offered. */
export const ec2Instance = (type: string): Ec2Instance | undefined => ec2Instances.get(type);
/** Facts of an RDS class such as `db.m7g.xlarge`; `undefined` when it is not offered. */
export const databaseClass = (name: string): DatabaseClass | undefined => databaseClasses.get(name);
/** Facts of an ElastiCache node type such as `cache.m7g.large`; `undefined` when it is not offered. */
export const cacheNode = (type: string): CacheNode | undefined => cacheNodes.get(type);
