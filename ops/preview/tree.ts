import { colors } from "../command/colors";
import type { Graph, RecordedResource } from "./graph";

/** Of which types each resource gets a line of its own, and which inputs it shows: those that size the system. */
const SIZES: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:eks/cluster:Cluster": ["version"],
  "aws:eks/nodeGroup:NodeGroup": ["instanceTypes", "scalingConfig.minSize", "scalingConfig.maxSize"],
  "aws:elasticache/replicationGroup:ReplicationGroup": ["nodeType", "engine", "engineVersion", "numCacheClusters"],
  "aws:lb/loadBalancer:LoadBalancer": ["idleTimeout"],
  "aws:rds/instance:Instance": ["instanceClass", "engineVersion", "allocatedStorage", "multiAz", "availabilityZone"],
  "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": ["connectionPoolConfig.maxConnectionsPercent"],
  "kubernetes:apps/v1:Deployment": [
    "spec.template.spec.containers.0.resources.requests",
    "spec.template.spec.containers.0.resources.limits",
  ],
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler": ["spec.minReplicas", "spec.maxReplicas"],
  "kubernetes:helm.sh/v3:Release": ["chart", "version"],
};

interface Node {
  readonly label: string;
  readonly children: readonly Node[];
}

/** The stack as a tree by component; resources of one type share a line unless their sizes are worth reading. */
export function treeText(stack: string, graph: Graph): string {
  const components = graph.resources.filter((resource) => !resource.custom).length;
  const title = `${colors.bold(stack)}  ${graph.resources.length} resources, ${components} of them components`;
  return [title, ...lines(nodesOf(graph, graph.stack), "")].join("\n");
}

function lines(nodes: readonly Node[], indent: string): string[] {
  return nodes.flatMap(({ label, children }, index) => {
    const isLast = index === nodes.length - 1;
    return [
      `${colors.dim(indent + (isLast ? "└─ " : "├─ "))}${label}`,
      ...lines(children, indent + (isLast ? "   " : "│  ")),
    ];
  });
}

function nodesOf(graph: Graph, parent: string): Node[] {
  const children = graph.childrenOf(parent);
  const sized = children.filter(({ type }) => type in SIZES);
  const others = children.filter(({ type, custom }) => custom && !(type in SIZES));
  const components = children.filter(({ custom }) => !custom);
  return [
    ...components.map((component) => {
      const size = colors.dim(`${typeName(component.type)}, ${descendants(graph, component.urn)} resources`);
      return { label: `${colors.cyan(component.name)}  ${size}`, children: nodesOf(graph, component.urn) };
    }),
    ...sized.map((resource) => {
      return {
        label: `${typeName(resource.type)} ${resource.name}  ${colors.yellow(sizesOf(resource))}`,
        children: [],
      };
    }),
    ...[...new Set(others.map(({ type }) => type))]
      .map((type) => {
        const count = others.filter((other) => other.type === type).length;
        return { label: count === 1 ? typeName(type) : `${typeName(type)} × ${count}`, children: [] };
      })
      .sort((a, b) => (a.label < b.label ? -1 : 1)),
  ];
}

function descendants(graph: Graph, urn: string): number {
  return graph.childrenOf(urn).reduce((sum, child) => sum + 1 + descendants(graph, child.urn), 0);
}

/** `aws:ec2/vpc:Vpc` → `Vpc`; providers, whose token ends with their package, keep that they are one. */
function typeName(type: string): string {
  const name = type.slice(type.lastIndexOf(":") + 1);
  return type.startsWith("pulumi:providers:") ? `${name} provider` : name;
}

function sizesOf({ type, inputs }: RecordedResource): string {
  return (SIZES[type] ?? [])
    .map((path) => [path.slice(path.lastIndexOf(".") + 1), valueAt(inputs, path)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(", ");
}

function valueAt(inputs: unknown, path: string): unknown {
  return path.split(".").reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(" ");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .map(([key, inner]) => `${key} ${shown(inner)}`)
    .join(" ");
}
