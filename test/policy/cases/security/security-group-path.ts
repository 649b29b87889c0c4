import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { change, edit, given, without } from "../../given";

const rule = (type: string, name: string, group: string, peer: string, port: number): Given =>
  given(
    type,
    { ipProtocol: "tcp", fromPort: port, toPort: port },
    { name, refs: { securityGroupId: [group], referencedSecurityGroupId: [peer] } },
  );

/** Nodes, a database with a proxy and a replica, and a cache, each with a security group. */
function firewalls(): Given[] {
  const groups = ["nodes-group", "proxy-group", "database-group", "cache-group", "front-group", "unworn-group"];
  return [
    ...groups.map((name) => given(T.SECURITY_GROUP, {}, { name })),
    given(T.LAUNCH_TEMPLATE, {}, { name: "template", refs: { vpcSecurityGroupIds: ["nodes-group"] } }),
    given(T.NODE_GROUP, {}, { name: "nodes", refs: { launchTemplate: ["template"] } }),
    given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { securityGroups: ["front-group"] } }),
    given(T.RDS_INSTANCE, {}, { name: "orders", refs: { vpcSecurityGroupIds: ["database-group"] } }),
    given(
      T.RDS_INSTANCE,
      { replicateSourceDb: UNKNOWN },
      { name: "copy", refs: { vpcSecurityGroupIds: ["database-group"], replicateSourceDb: ["orders"] } },
    ),
    given(T.RDS_PROXY, {}, { name: "proxy", refs: { vpcSecurityGroupIds: ["proxy-group"] } }),
    given(
      T.RDS_PROXY_TARGET,
      {},
      { name: "proxied", refs: { dbInstanceIdentifier: ["orders"], dbProxyName: ["proxy"] } },
    ),
    given(T.REPLICATION_GROUP, { port: 6379 }, { name: "cache", refs: { securityGroupIds: ["cache-group"] } }),
    rule(T.INGRESS_RULE, "proxy-in", "proxy-group", "nodes-group", 5432),
    rule(T.INGRESS_RULE, "database-in", "database-group", "proxy-group", 5432),
    rule(T.INGRESS_RULE, "copy-in", "database-group", "nodes-group", 5432),
    rule(T.INGRESS_RULE, "cache-in", "cache-group", "nodes-group", 6379),
    rule(T.EGRESS_RULE, "proxy-out", "proxy-group", "database-group", 5432),
    rule(T.EGRESS_RULE, "nodes-out", "nodes-group", "proxy-group", 5432),
    given(
      T.EGRESS_RULE,
      { ipProtocol: "-1", cidrIpv4: "10.0.0.0/16" },
      { name: "nodes-out-all", refs: { securityGroupId: ["nodes-group"] } },
    ),
  ];
}
const from = (peer: string): Given[] =>
  change(firewalls(), "cache-in", { refs: { securityGroupId: ["cache-group"], referencedSecurityGroupId: [peer] } });

/** The cache's rule as the group's own, or in the older form. */
const inline = (ingress: Record<string, unknown>): Given[] =>
  change(edit(without(firewalls(), "cache-in"), "cache-group", "ingress", [ingress]), "cache-group", {
    refs: { ingress: ["nodes-group"] },
  });
const older: Given[] = [
  ...without(firewalls(), "cache-in"),
  given(
    T.SECURITY_GROUP_RULE,
    { type: "ingress", protocol: "tcp", fromPort: 6379, toPort: 6379 },
    { refs: { securityGroupId: ["cache-group"], sourceSecurityGroupId: ["nodes-group"] } },
  ),
];
const TCP = { protocol: "tcp", fromPort: 6379, toPort: 6379 };

/** What the rule about the ways that security groups leave to data accepts and refuses. */
export const securityGroupPathCases: CaseTable = {
  "security-group-path": {
    holds: [
      firewalls(),
      older,
      inline(TCP),
      // Another port is another rule's business.
      [
        ...firewalls(),
        given(
          T.INGRESS_RULE,
          { ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "10.0.0.0/8" },
          { refs: { securityGroupId: ["cache-group"] } },
        ),
      ],
      [given(T.RDS_INSTANCE, { vpcSecurityGroupIds: ["sg-of-another-stack"] })],
    ],
    breaks: [
      [edit(firewalls(), "cache-in", "cidrIpv4", "10.0.0.0/16"), /port 6379 is open to 10.0.0.0\/16/],
      [edit(firewalls(), "copy-in", "cidrIpv6", "::/0"), /port 5432 is open to ::\/0/],
      [inline({ ...TCP, cidrBlocks: ["10.0.0.0/8"] }), /port 6379 is open to 10.0.0.0\/8/],
      [from("front-group"), /port 6379 is open to front-group, which balancer wears/],
      [from("unworn-group"), /port 6379 is open to unworn-group, which nothing wears/],
      [without(firewalls(), "cache-in"), /port 6379 has no way from nodes-group/],
      [without(firewalls(), "copy-in"), /port 5432 has no way from nodes-group/],
      [without(firewalls(), "database-in"), /port 5432 has no way from proxy-group/],
      [without(firewalls(), "proxy-out"), /port 5432 has no way from proxy-group/],
      [without(firewalls(), "nodes-out-all"), /port 6379 has no way from nodes-group/],
      [edit(firewalls(), "cache", "port", 6380), /port 6380 has no way from nodes-group/],
      [edit(firewalls(), "cache-in", "ipProtocol", "udp"), /port 6379 has no way from nodes-group/],
    ],
  },
};
