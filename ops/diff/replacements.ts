import aws from "./data/aws.json";
import { isObject } from "./value-diff";

/** What an input that cannot be changed in place is to its provider. */
interface Fixed {
  /** Paths without the indices of lists: `launchTemplate.id`. */
  readonly replaces: readonly string[];
  /** Those of them that the cloud keeps when the program no longer gives them. */
  readonly computed: readonly string[];
}

/**
 * Kubernetes objects, from pulumi-kubernetes v4.34, `provider/pkg/provider/diff.go`, which its package on npm lacks.
 * A name or a namespace replaces any object.
 */
const KUBERNETES: Readonly<Record<string, readonly string[]>> = {
  "kubernetes:apps/v1:DaemonSet": ["spec.selector"],
  "kubernetes:apps/v1:Deployment": ["spec.selector"],
  "kubernetes:apps/v1:StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "kubernetes:batch/v1:Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "kubernetes:core/v1:ConfigMap": ["binaryData", "data"],
  "kubernetes:core/v1:PersistentVolumeClaim": ["spec"],
  "kubernetes:core/v1:Secret": ["data", "stringData", "type"],
  "kubernetes:core/v1:Service": ["spec.clusterIP"],
  "kubernetes:helm.sh/v3:Release": ["name", "namespace"],
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": ["roleRef"],
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": ["roleRef"],
  "kubernetes:storage.k8s.io/v1:StorageClass": ["parameters", "provisioner"],
  // Kubernetes itself refuses another value.
  "kubernetes:scheduling.k8s.io/v1:PriorityClass": ["preemptionPolicy", "value"],
};

/** What `ForceNewIf` and the like decide upstream, for the types of the stacks. */
const CONDITIONS: Readonly<Record<string, Readonly<Record<string, (before: unknown, after: unknown) => boolean>>>> = {
  "aws:acm/certificate:Certificate": { domainName: () => true, subjectAlternativeNames: () => true },
  "aws:eks/cluster:Cluster": { encryptionConfig: (_, after) => after === undefined },
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    engine: (before, after) => before === "valkey" && after === "redis",
    engineVersion: (before, after) => Number.parseFloat(String(after)) < Number.parseFloat(String(before)),
  },
};

/** Whether it is known of a type which of its inputs replace it. */
export function isTypeKnown(type: string): boolean {
  return fixedOf(type) !== undefined;
}

/**
 * Whether a change of an input replaces the resource.
 *
 * @param path from the top of the inputs; elements of lists by whatever name or index
 */
export function replaces(type: string, path: readonly string[], before: unknown, after: unknown): boolean {
  const [top = ""] = path;
  if (CONDITIONS[type]?.[top]?.(before, after)) return true;
  const { replaces: fixed, computed } = fixedOf(type) ?? { replaces: [], computed: [] };
  return fixed.some((candidate) => {
    const parts = candidate.split(".");
    if (after === undefined && computed.includes(candidate) && !isNamed(fixed, candidate)) return false;
    return (
      isAlong(parts, path) ||
      (path.length < parts.length && isAlong(path, parts) && (has(before, parts, path) || has(after, parts, path)))
    );
  });
}

function fixedOf(type: string): Fixed | undefined {
  if (type.startsWith("kubernetes:")) {
    return { replaces: [...(KUBERNETES[type] ?? []), "metadata.name", "metadata.namespace"], computed: [] };
  }
  // All of a random value's inputs but its keepers' meaning are fixed when it is made.
  if (type.startsWith("random:"))
    return {
      replaces: [
        "keepers",
        "length",
        "byteLength",
        "lower",
        "upper",
        "number",
        "numeric",
        "special",
        "overrideSpecial",
        "minLower",
        "minUpper",
        "minNumeric",
        "minSpecial",
      ],
      computed: [],
    };
  return (aws.types as Readonly<Record<string, Fixed>>)[type];
}

/** Without its name, Pulumi gives a resource another one. */
function isNamed(fixed: readonly string[], path: string): boolean {
  return path === "name" || fixed.includes(`${path}Prefix`);
}

/** Whether a path leads along another: all of its parts stand there in order, with nothing but list elements between. */
function isAlong(parts: readonly string[], path: readonly string[]): boolean {
  let at = 0;
  for (const part of path) if (part === parts[at]) at += 1;
  return at === parts.length && path[0] === parts[0];
}

/** Whether a value at a path has the rest of a longer path inside. */
function has(value: unknown, parts: readonly string[], path: readonly string[]): boolean {
  return parts.slice(path.length).every((part) => {
    const inner = Array.isArray(value) ? value.find((item) => isObject(item) && part in item) : value;
    value = isObject(inner) ? inner[part] : undefined;
    return value !== undefined;
  });
}
