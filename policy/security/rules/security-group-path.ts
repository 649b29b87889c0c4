import { isReplica, proxiesOf } from "../../framework/database";
import { each, type Finding, found } from "../../framework/finding";
import { addressRanges, type FirewallRule, firewallRules, lets } from "../../framework/firewall";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import {
  EKS_CLUSTER,
  LAUNCH_TEMPLATE,
  LOAD_BALANCERS,
  NODE_GROUP,
  RDS_INSTANCE,
  RDS_PROXY,
  REPLICATION_GROUP,
  SECURITY_GROUP,
  VPC_ENDPOINT,
} from "../../framework/types";

/** What keeps data: where it names its security groups, and the port that it listens on unless it says otherwise. */
const STORES = [
  { type: RDS_INSTANCE, groups: "vpcSecurityGroupIds", port: 5432 },
  { type: RDS_PROXY, groups: "vpcSecurityGroupIds", port: 5432 },
  { type: REPLICATION_GROUP, groups: "securityGroupIds", port: 6379 },
] as const;

/** What wears a security group and is no client of a database: the group lets others in, or belongs to AWS. */
const NO_CLIENTS: readonly string[] = [...LOAD_BALANCERS, VPC_ENDPOINT, EKS_CLUSTER];

export const securityGroupPath = stackRule({
  id: "security-group-path",
  title: "Databases and caches are reached by their clients' security groups, and by nobody else",
  severity: "high",
  frameworks: ["EC2.18", "EC2.19"],
  reason:
    "An address range lets in whatever is started there tomorrow; and a way that is missing shows first as time-outs in production.",
  example: "port 6379 is open to 10.0.0.0/16, whoever that is",
  remedy:
    "open the port to referencedSecurityGroupId of what runs the clients (nodes, a proxy, a function) and give that group the egress; never to an address range, or to the group of a load balancer, an endpoint or a control plane",
  *check(stack) {
    for (const { type, groups, port } of STORES) {
      yield* each(stack.ofType(type), (store) => way(stack, store, store.references(groups).filter(isGroup), port));
    }
  },
});

const isGroup = ({ type }: StackResource): boolean => type === SECURITY_GROUP;

function* way(
  stack: Stack,
  store: StackResource,
  groups: readonly StackResource[],
  defaultPort: number,
): Generator<Finding> {
  // Groups of another stack have their rules there.
  if (groups.length === 0) {
    return;
  }
  const port = store.props.at("port").number() ?? defaultPort;
  const admitting = firewallRules(stack, "ingress").filter(
    (rule) => rule.groups.some((group) => groups.includes(group)) && lets(rule.props, port),
  );
  for (const rule of admitting) {
    yield* each([rule.stated], () => strangers(stack, rule, port));
  }
  const clients = clientGroups(stack, store);
  if (clients.length > 0 && !clients.some((client) => reaches(stack, client, admitting, groups, port))) {
    const names = clients.map(({ name }) => name).join(", ");
    yield found(`port ${port} has no way from ${names}: ingress here and egress there`, store);
  }
}

/** Whom a rule lets in that is no client. */
function* strangers(stack: Stack, rule: FirewallRule, port: number): Generator<Finding> {
  for (const range of addressRanges(rule.props)) {
    yield found(`port ${port} is open to ${range.string()}, whoever that is`);
  }
  for (const peer of rule.peers.filter(isGroup)) {
    const wearers = stack.resources.filter((resource) => wears(resource) && resource.allReferences().includes(peer));
    if (wearers.length === 0) {
      yield found(`port ${port} is open to ${peer.name}, which nothing wears`);
    }
    for (const wearer of wearers.filter(({ type }) => NO_CLIENTS.includes(type))) {
      yield found(`port ${port} is open to ${peer.name}, which ${wearer.name} wears`);
    }
  }
}

/** Whether a resource that refers to a security group wears it: neither a rule nor another group does. */
const wears = ({ type }: StackResource): boolean => !/:SecurityGroup\w*$/.test(type);

/** The security groups from which a store must be reached: its proxy's, or those of the nodes. */
function clientGroups(stack: Stack, store: StackResource): StackResource[] {
  const proxies = store.type === RDS_INSTANCE && !isReplica(store) ? proxiesOf(stack, store) : [];
  const wearers =
    proxies.length > 0
      ? proxies
      : stack
          .ofType(NODE_GROUP)
          .flatMap((group) => group.references("launchTemplate"))
          .filter(({ type }) => type === LAUNCH_TEMPLATE);
  return [...new Set(wearers.flatMap((wearer) => wearer.references("vpcSecurityGroupIds")).filter(isGroup))];
}

/** Whether a store lets a security group in, and the group lets its members out to it. */
function reaches(
  stack: Stack,
  client: StackResource,
  admitting: readonly FirewallRule[],
  groups: readonly StackResource[],
  port: number,
): boolean {
  const out = firewallRules(stack, "egress").filter((rule) => rule.groups.includes(client) && lets(rule.props, port));
  return (
    admitting.some((rule) => rule.peers.includes(client)) &&
    out.some((rule) => addressRanges(rule.props).length > 0 || rule.peers.some((peer) => groups.includes(peer)))
  );
}
