import type { Stack, StackResource } from "./stack";
import { EGRESS_RULE, INGRESS_RULE, SECURITY_GROUP, SECURITY_GROUP_RULE } from "./types";
import type { Value } from "./value";

/** One rule of a security group, in any of its forms. */
export interface FirewallRule {
  /** The resource that states it: the rule, or the group that it is written in. */
  readonly stated: StackResource;
  /** The groups of the stack whose rule it is. */
  readonly groups: readonly StackResource[];
  readonly props: Value;
  /** Who is at its other end, of the stack's resources: a security group, or a cluster whose own group is meant. */
  readonly peers: readonly StackResource[];
}

/** Every rule of every security group, in one direction. */
export function firewallRules(stack: Stack, direction: "ingress" | "egress"): FirewallRule[] {
  const apart = (peer: string) => (rule: StackResource) => ({
    stated: rule,
    groups: rule.references("securityGroupId"),
    props: rule.props,
    peers: rule.references(peer),
  });
  const within = (group: StackResource) =>
    group.props
      .at(direction)
      .list()
      .map((props) => ({ stated: group, groups: [group], props, peers: group.references(direction) }));
  const older = stack.ofType(SECURITY_GROUP_RULE).filter(({ props }) => props.at("type").string() === direction);
  return [
    ...stack.ofType(direction === "ingress" ? INGRESS_RULE : EGRESS_RULE).map(apart("referencedSecurityGroupId")),
    ...older.map(apart("sourceSecurityGroupId")),
    ...stack.ofType(SECURITY_GROUP).flatMap(within),
  ];
}

/** The address ranges that a rule names. */
export const addressRanges = (rule: Value): Value[] =>
  [
    rule.at("cidrIpv4"),
    rule.at("cidrIpv6"),
    ...rule.at("cidrBlocks").list(),
    ...rule.at("ipv6CidrBlocks").list(),
  ].filter((range) => range.isSet);

/** Whether a rule lets a TCP port through. */
export function lets(rule: Value, port: number): boolean {
  // The older form calls it protocol.
  const protocol = rule.at("ipProtocol").string() ?? rule.at("protocol").string();
  if (protocol === "-1" || protocol === "all") {
    return true;
  }
  const [from, to] = [rule.at("fromPort").number(), rule.at("toPort").number()];
  return ["tcp", "6"].includes(protocol ?? "") && from !== undefined && to !== undefined && from <= port && port <= to;
}
