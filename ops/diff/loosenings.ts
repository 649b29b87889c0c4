import { BlockList, isIP } from "node:net";
import type { RecordedResource } from "../preview/graph";
import type { PropertyChange, ResourceChange } from "./change";
import { shown } from "./format";
import { nameOf } from "./told";
import { newWildcards } from "./wildcards";

/** Something that kept others out, or data safe, and no longer does. */
export interface Loosening {
  readonly change: ResourceChange;
  readonly what: string;
}

type Loosened = (before: unknown, after: unknown) => boolean;

const turnedOff: Loosened = (before, after) => before === true && after !== true;
const turnedOn: Loosened = (before, after) => before !== true && after === true;
const lowered: Loosened = (before, after) =>
  typeof before === "number" && (typeof after !== "number" || after < before);
const gone: Loosened = (before, after) => before !== undefined && after === undefined;
const away =
  (safe: string): Loosened =>
  (before, after) =>
    before === safe && after !== safe;

/** By the name of an input, or of one inside it, when a change of it loosens something, and what that is. */
const SWITCHES: Readonly<Record<string, readonly [Loosened, string]>> = {
  allowPrivilegeEscalation: [turnedOn, "privileges may be escalated"],
  associatePublicIpAddress: [turnedOn, "has a public address"],
  atRestEncryptionEnabled: [turnedOff, "is no longer encrypted at rest"],
  backupRetentionPeriod: [lowered, "backups are kept for a shorter time"],
  blockPublicAcls: [turnedOff, "public access is no longer blocked"],
  blockPublicPolicy: [turnedOff, "public access is no longer blocked"],
  deletionProtection: [turnedOff, "deletion protection is off"],
  deletionWindowInDays: [lowered, "a deletion can be cancelled for a shorter time"],
  dropInvalidHeaderFields: [turnedOff, "passes on malformed headers"],
  enableDeletionProtection: [turnedOff, "deletion protection is off"],
  enableKeyRotation: [turnedOff, "its key no longer rotates"],
  encrypted: [turnedOff, "is no longer encrypted"],
  endpointPublicAccess: [turnedOn, "its API can be reached from the internet"],
  forceDelete: [turnedOn, "is deleted with all that it holds"],
  forceDestroy: [turnedOn, "is deleted with all that it holds"],
  hostIPC: [turnedOn, "shares its node's namespaces"],
  hostNetwork: [turnedOn, "shares its node's network"],
  hostPID: [turnedOn, "shares its node's namespaces"],
  httpTokens: [away("required"), "instance metadata can be had without a token"],
  iamDatabaseAuthenticationEnabled: [turnedOff, "IAM authentication is off"],
  ignorePublicAcls: [turnedOff, "public access is no longer blocked"],
  imageTagMutability: [away("IMMUTABLE"), "image tags can be moved to other images"],
  internal: [turnedOff, "can be reached from the internet"],
  kmsKeyId: [gone, "is no longer encrypted with a key of its own"],
  kmsMasterKeyId: [gone, "is no longer encrypted with a key of its own"],
  mapPublicIpOnLaunch: [turnedOn, "what starts in it has a public address"],
  "pod-security.kubernetes.io/enforce": [away("restricted"), "pods are held to a looser standard"],
  privileged: [turnedOn, "runs privileged"],
  protect: [turnedOff, "is no longer protected from deletion"],
  publiclyAccessible: [turnedOn, "can be reached from the internet"],
  readOnlyRootFilesystem: [turnedOff, "its file system can be written"],
  recoveryWindowInDays: [lowered, "can be restored for a shorter time"],
  requireTls: [turnedOff, "takes connections without TLS"],
  restrictPublicBuckets: [turnedOff, "public access is no longer blocked"],
  retentionInDays: [lowered, "logs are kept for a shorter time"],
  runAsNonRoot: [turnedOff, "may run as root"],
  scanOnPush: [turnedOff, "images are no longer scanned"],
  skipFinalSnapshot: [turnedOn, "leaves no snapshot when it is deleted"],
  snapshotRetentionLimit: [lowered, "backups are kept for a shorter time"],
  storageEncrypted: [turnedOff, "is no longer encrypted"],
  transitEncryptionEnabled: [turnedOff, "takes connections without TLS"],
};

/** Resources that guard another: without them it is open, or unseen. */
const GUARDS: Readonly<Record<string, string>> = {
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "the VPC's default security group is open again",
  "aws:ec2/flowLog:FlowLog": "the network's traffic is no longer recorded",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "public access is no longer blocked",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "objects are no longer encrypted with a key of the stack's own",
  "aws:secretsmanager/secretRotation:SecretRotation": "the secret no longer rotates",
  "aws:wafv2/webAcl:WebAcl": "no firewall stands before the load balancer",
  "aws:wafv2/webAclAssociation:WebAclAssociation": "no firewall stands before the load balancer",
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "what the firewall blocks is no longer recorded",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": "the pods that it held may talk to more",
};

const SECURITY_GROUP_RULE = /^aws:vpc\/securityGroup(Ingress|Egress)Rule:/;
const NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
const WEB_ACL = "aws:wafv2/webAcl:WebAcl";
const CONTAINERS: ReadonlySet<string> = new Set(["containers", "initContainers"]);
const IP_SET = "aws:wafv2/ipSet:IpSet";

/** All that changes loosen. */
export function loosenings(changes: readonly ResourceChange[]): Loosening[] {
  return changes.flatMap((change) => {
    const { kind, type } = change;
    const properties = change.properties.filter((property) => !isContainerGone(change, property)).flatMap(leaves);
    const texts = [
      ...properties.flatMap((property) => switched(property) ?? []),
      ...properties.flatMap((property) => opened(change, property) ?? []),
      ...(kind === "deleted" && type in GUARDS ? [`is deleted: ${GUARDS[type]}`] : []),
      ...(SECURITY_GROUP_RULE.test(type) ? permitted(change, changes) : []),
      ...(type === IP_SET ? uncounted(change) : []),
      ...newWildcards(change),
    ];
    return texts.map((what) => ({ change, what }));
  });
}

/** Whether a pod has a container less, and none in its place: the rules that held it are not missed. */
function isContainerGone({ properties }: ResourceChange, { path, after }: PropertyChange): boolean {
  if (after !== undefined || !CONTAINERS.has(path.at(-2) ?? "")) return false;
  const list = path.slice(0, -1).join();
  return !properties.some((other) => other.before === undefined && other.path.slice(0, -1).join() === list);
}

/** What came or went as a whole, part by part: what is loosened may be deep inside. */
function leaves(property: PropertyChange): PropertyChange[] {
  const { path, before, after, effect } = property;
  const whole = before === undefined ? after : after === undefined ? before : undefined;
  if (typeof whole !== "object" || whole === null) return [property];
  return Object.entries(whole).flatMap(([key, value]) => {
    const side = before === undefined ? { after: value } : { before: value };
    return leaves({ path: [...path, key], effect, ...side });
  });
}

function switched({ path, before, after }: PropertyChange): string | undefined {
  const [isLoosened, what] = SWITCHES[path.at(-1) ?? ""] ?? [];
  if (isLoosened === undefined || !isLoosened(before, after)) return undefined;
  return `${what}: ${path.join(".")} ${shown(before)} → ${shown(after)}`;
}

/** Addresses and exceptions that are let in where they were not. */
function opened({ type }: ResourceChange, { path, before, after }: PropertyChange): string | undefined {
  const at = path.join(".");
  if (
    /cidr/i.test(at) &&
    !SECURITY_GROUP_RULE.test(type) &&
    isCidr(after) &&
    /publicAccessCidrs|ipBlock|ingress/i.test(at)
  ) {
    if (!isCidr(before)) return `lets ${after} in: ${at}`;
    return isWithin(after, before) ? undefined : `lets more in: ${at} ${before} → ${after}`;
  }
  const isTraffic = type === NETWORK_POLICY && path[0] === "spec" && ["ingress", "egress"].includes(path[1] ?? "");
  if (isTraffic && (before === undefined || after === undefined))
    return `other traffic is allowed: ${at} ${shown(before)} → ${shown(after)}`;
  const isRule = type === WEB_ACL && path[0] === "rules";
  const scope = path.indexOf("scopeDownStatement");
  if (isRule && scope > 0) {
    // Without a scope, every request is counted.
    if (after === undefined) return undefined;
    return `the firewall's rate does not count every request: ${path.slice(0, scope + 1).join(".")}`;
  }
  if (isRule && after === undefined) return `a rule of the firewall goes: ${at}`;
  if (isRule && path.some((part) => /action/i.test(part)) && before !== undefined)
    return `the firewall acts otherwise: ${at} ${shown(before)} → ${shown(after)}`;
  return undefined;
}

/** Addresses that the firewall's rate counted before: a set of the stack holds none but those that it does not count. */
function uncounted({ before, after }: ResourceChange): string[] {
  const [old, now] = [before, after].map((set) => [set?.inputs.addresses].flat().filter(isCidr));
  return (now ?? [])
    .filter((range) => !old?.some((former) => isWithin(range, former)))
    .map((range) => `the firewall's rate does not count ${range}`);
}

/** What a rule of a security group permits that no rule of its component permitted before. */
function permitted(change: ResourceChange, all: readonly ResourceChange[]): string[] {
  const { kind, after, type, components } = change;
  if (after === undefined || kind === "renamed") return [];
  // A rule for a group that is new opens nothing that there was.
  const group = (after.propertyDependencies.securityGroupId ?? []).at(-1);
  if (all.some((other) => other.kind === "added" && other.urn === group)) return [];
  const former = all.flatMap(({ before, ...other }) => {
    const isNear = other.urn === change.urn || other.components.join() === components.join();
    return before !== undefined && other.type === type && isNear ? [permission(before)] : [];
  });
  const now = permission(after);
  if (former.some((old) => covers(old, now))) return [];
  return [`allows ${portsOf(now)} ${type.includes("Ingress") ? "from" : "to"} ${now.peer || "another group"}`];
}

interface Permission {
  readonly protocol: unknown;
  readonly from: number;
  readonly to: number;
  /** A range of addresses, or the names of security groups. */
  readonly peer: string;
}

function permission({ inputs, propertyDependencies }: RecordedResource): Permission {
  const { ipProtocol, fromPort, toPort, cidrIpv4, cidrIpv6 } = inputs;
  const cidr = cidrIpv4 ?? cidrIpv6;
  const all = ipProtocol === "-1";
  return {
    protocol: ipProtocol,
    from: all ? 0 : Number(fromPort ?? 0),
    to: all ? 65535 : Number(toPort ?? 65535),
    peer:
      typeof cidr === "string" ? cidr : (propertyDependencies.referencedSecurityGroupId ?? []).map(nameOf).join(", "),
  };
}

function covers(wide: Permission, narrow: Permission): boolean {
  const samePeer =
    wide.peer === narrow.peer || (isCidr(wide.peer) && isCidr(narrow.peer) && isWithin(narrow.peer, wide.peer));
  return (
    (wide.protocol === "-1" || wide.protocol === narrow.protocol) &&
    wide.from <= narrow.from &&
    wide.to >= narrow.to &&
    samePeer
  );
}

function portsOf({ protocol, from, to }: Permission): string {
  if (protocol === "-1") return "all traffic";
  return `${protocol} ${from === to ? from : `${from}-${to}`}`;
}

function isCidr(value: unknown): value is string {
  const [address = "", prefix = ""] = typeof value === "string" ? value.split("/") : [];
  return isIP(address) !== 0 && /^\d+$/.test(prefix);
}

/** Whether all addresses of one range are in another. */
function isWithin(inner: string, outer: string): boolean {
  const [[a = "", m], [b = "", n]] = [inner.split("/"), outer.split("/")];
  if (isIP(a) !== isIP(b) || Number(m) < Number(n)) return false;
  const list = new BlockList();
  list.addSubnet(b, Number(n), isIP(b) === 6 ? "ipv6" : "ipv4");
  return list.check(a, isIP(a) === 6 ? "ipv6" : "ipv4");
}
