import * as T from "../../policy/framework/types";
import type { Cases } from "./cases";
import { type Given, UNKNOWN } from "./engine";
import { change, edit, given, without } from "./given";

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

const statement = (more: Record<string, unknown> = {}) => ({
  Statement: [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [UNKNOWN], ...more }],
});

/** A pod that is told of a secret by a ConfigMap, and may read it. */
function reader(): Given[] {
  return [
    given(T.KMS_KEY, {}, { name: "key" }),
    given(T.SECRET, {}, { name: "password", refs: { kmsKeyId: ["key"] } }),
    given(T.SECRET, {}, { name: "other", refs: { kmsKeyId: ["key"] } }),
    given(T.CONFIG_MAP, {}, { name: "settings", refs: { data: ["password"] } }),
    given(
      T.DEPLOYMENT,
      { metadata: { namespace: "shop" }, spec: { template: { spec: { serviceAccountName: "shop" } } } },
      { name: "shop", refs: { spec: ["settings"] } },
    ),
    given(T.IAM_ROLE, {}, { name: "role" }),
    given(
      T.POD_IDENTITY,
      { namespace: "shop", serviceAccount: "shop" },
      { name: "identity", refs: { roleArn: ["role"] } },
    ),
    given(
      T.IAM_ROLE_POLICY,
      { policy: statement() },
      { name: "policy", refs: { role: ["role"], policy: ["password", "key"] } },
    ),
  ];
}
const about = (...names: string[]): Given[] => change(reader(), "policy", { refs: { role: ["role"], policy: names } });
const attached: Given[] = [
  ...without(reader(), "policy"),
  given(T.IAM_POLICY, { policy: statement() }, { name: "shared", refs: { policy: ["password", "key"] } }),
  given(T.IAM_POLICY_ATTACHMENT, { policyArn: UNKNOWN }, { refs: { role: ["role"], policyArn: ["shared"] } }),
];

const DIGEST = `@sha256:${"0123456789abcdef".repeat(4)}`;
const running = (image: unknown, ...refs: string[]): Given[] => [
  given(T.ECR_REPOSITORY, {}, { name: "repository" }),
  given("docker:index/image:Image", {}, { name: "build", refs: { imageName: ["repository"] } }),
  given(
    T.DEPLOYMENT,
    { spec: { template: { spec: { containers: [{ name: "api", image }] } } } },
    { refs: { spec: refs } },
  ),
];
const pod = (spec: Record<string, unknown>): Given[] => [given(T.DEPLOYMENT, { spec: { template: { spec } } })];

/** What the rules about the ways to data, secrets and images accept and refuse. */
export const pathCases: Readonly<Record<string, Cases>> = {
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
  "secret-path": {
    holds: [
      reader(),
      attached,
      [given(T.DEPLOYMENT, { metadata: { namespace: "shop" } })],
      edit(reader(), "policy", "policy", statement({ Resource: "arn:aws:secretsmanager:us-east-1:1:secret:p-??????" })),
      edit(
        reader(),
        "policy",
        "policy",
        JSON.stringify(statement({ Resource: "arn:aws:secretsmanager:us-east-1:1:secret:p-Ab12Cd" })),
      ),
    ],
    breaks: [
      [edit(reader(), "policy", "policy", statement({ Resource: "*" })), /allows secretsmanager:GetSecretValue on \*/],
      [
        edit(
          reader(),
          "policy",
          "policy",
          statement({ Resource: [UNKNOWN, "arn:aws:secretsmanager:us-east-1:1:secret:prod/*"] }),
        ),
        /on arn:.*prod\/\*/,
      ],
      [edit(reader(), "policy", "policy", statement({ Action: "secretsmanager:Get*", Resource: "*" })), /on \*/],
      [without(reader(), "identity"), /told of password and its service account has no role/],
      [edit(reader(), "identity", "serviceAccount", "default"), /has no role by Pod Identity/],
      [edit(reader(), "identity", "namespace", "default"), /has no role by Pod Identity/],
      [without(reader(), "policy"), /its role role may read none of password/],
      [
        edit(reader(), "policy", "policy", statement({ Action: "secretsmanager:DescribeSecret" })),
        /may read none of password/,
      ],
      [about("password", "other", "key"), /may read other, of which it is not told/],
      [about("password"), /may read password and may not decrypt it with key/],
    ],
  },
  "image-from-own-repository": {
    holds: [
      running(UNKNOWN, "build"),
      running(UNKNOWN, "repository"),
      running(`123456789012.dkr.ecr.eu-west-1.amazonaws.com/api${DIGEST}`),
    ],
    breaks: [
      [running("pynomaly/api:1.0.0"), /container "api" runs pynomaly\/api:1.0.0/],
      [running(`public.ecr.aws/pynomaly/api${DIGEST}`), /runs public.ecr.aws/],
      [running(undefined), /runs no image/],
    ],
  },
  "k8s-no-host-ns": {
    holds: [pod({ hostNetwork: false, volumes: [{ name: "tmp", emptyDir: {} }] })],
    breaks: [
      [pod({ hostNetwork: true }), /hostNetwork is true/],
      [pod({ hostPID: true }), /hostPID is true/],
      [pod({ hostIPC: true }), /hostIPC is true/],
      [pod({ volumes: [{ name: "root", hostPath: { path: "/" } }] }), /volume root is the node's \//],
    ],
  },
};
