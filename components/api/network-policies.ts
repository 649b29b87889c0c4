import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { LABELS } from "./pods";
import { TELEMETRY_PORT } from "./telemetry";

/** Networks that pods talk to. */
export interface NetworkPolicyArgs {
  /** Holds the interface endpoints of the AWS services. */
  readonly vpcCidr: string;
  /** Subnets of the load balancer. */
  readonly publicCidrs: readonly string[];
  /** Subnets of the nodes. */
  readonly privateCidrs: readonly string[];
  /** Subnets of database, proxy and cache. */
  readonly dataCidrs: readonly string[];
  readonly databasePort: number;
  readonly cachePort: number;
}

/** The EKS Pod Identity agent on the pod's own node (EKS User Guide, "Learn how EKS Pod Identity works"). */
const POD_IDENTITY_AGENT = { cidr: "169.254.170.23/32", port: 80 };

const tcp = (port: number) => [{ protocol: "TCP", port }];
const blocks = (cidrs: readonly string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

/**
 * Nothing in, nothing out, but for what the service needs: requests from the load balancer, cluster DNS, credentials,
 * AWS endpoints, database, cache and the CloudWatch agent. The kubelet's probes come from the node and always pass.
 */
export function networkPolicies(
  name: string,
  args: NetworkPolicyArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.networking.v1.NetworkPolicy[] {
  const policy = (suffix: string, spec: k8s.types.input.networking.v1.NetworkPolicySpec) =>
    new k8s.networking.v1.NetworkPolicy(
      `${name}-${suffix}`,
      { metadata: { namespace: SERVICE.namespace }, spec },
      opts,
    );
  return [
    policy("default-deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] }),
    policy("allow-load-balancer", {
      podSelector: { matchLabels: LABELS.api },
      policyTypes: ["Ingress"],
      ingress: [{ from: blocks(args.publicCidrs), ports: tcp(SERVICE.port) }],
    }),
    policy("allow-dns", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    }),
    policy("allow-aws", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        { to: blocks([POD_IDENTITY_AGENT.cidr]), ports: tcp(POD_IDENTITY_AGENT.port) },
        { to: blocks([args.vpcCidr]), ports: tcp(443) },
      ],
    }),
    policy("allow-database", {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [{ to: blocks(args.dataCidrs), ports: tcp(args.databasePort) }],
    }),
    policy("allow-cache", {
      podSelector: { matchLabels: LABELS.api },
      policyTypes: ["Egress"],
      egress: [{ to: blocks(args.dataCidrs), ports: tcp(args.cachePort) }],
    }),
    policy("allow-telemetry", {
      podSelector: { matchLabels: LABELS.api },
      policyTypes: ["Egress"],
      // The agent has its node's address.
      egress: [{ to: blocks(args.privateCidrs), ports: tcp(TELEMETRY_PORT) }],
    }),
  ];
}
