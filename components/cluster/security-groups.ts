import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { CACHE_PORT } from "../cache";
import { DATABASE_PORT } from "../database/access";

/** Ports on which the control plane calls into the nodes. */
const CONTROL_PLANE_TO_NODES = {
  webhooks: 9443,
  kubelet: 10_250,
  /** EKS runs its metrics-server add-on on this port (EKS User Guide, "View resource usage with the Metrics Server"). */
  "metrics-server": 10_251,
} as const;

/** Ports of the data stores that pods reach inside the VPC. */
const DATA_PORTS = { postgresql: DATABASE_PORT, redis: CACHE_PORT } as const;

/** Where the cluster's security groups live. */
export interface ClusterSecurityGroupsArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
}

/** The two security groups of a cluster. */
export interface ClusterSecurityGroups {
  /** Of the control plane's interfaces in the VPC. */
  readonly controlPlane: aws.ec2.SecurityGroup;
  /** Of the nodes, and so of the pods. */
  readonly nodes: aws.ec2.SecurityGroup;
  /** Nodes can join only when these exist. */
  readonly rules: pulumi.Resource[];
}

/**
 * Security groups of the control plane and of the nodes, port by port.
 *
 * The group that EKS itself makes allows every member everything; nodes are kept out of it. DNS and time come from
 * link-local addresses, which security groups don't filter.
 */
export function clusterSecurityGroups(
  name: string,
  args: ClusterSecurityGroupsArgs,
  parent: pulumi.Resource,
): ClusterSecurityGroups {
  const group = (suffix: string, description: string) =>
    new aws.ec2.SecurityGroup(`${name}-${suffix}`, { vpcId: args.vpcId, description }, { parent });
  const controlPlane = group("control-plane", "EKS control plane interfaces");
  const nodes = group("nodes", "EKS nodes and their pods");

  const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
  const rules: pulumi.Resource[] = [];
  const ingress = (suffix: string, rule: aws.vpc.SecurityGroupIngressRuleArgs) =>
    rules.push(new aws.vpc.SecurityGroupIngressRule(`${name}-${suffix}`, rule, { parent }));
  const egress = (suffix: string, rule: aws.vpc.SecurityGroupEgressRuleArgs) =>
    rules.push(new aws.vpc.SecurityGroupEgressRule(`${name}-${suffix}`, rule, { parent }));

  ingress("api-from-vpc", {
    securityGroupId: controlPlane.id,
    cidrIpv4: args.vpcCidr,
    description: "Kubernetes API from nodes and from deployers inside the VPC",
    ...tcp(443),
  });
  for (const [service, port] of Object.entries(CONTROL_PLANE_TO_NODES)) {
    egress(`control-plane-to-${service}`, {
      securityGroupId: controlPlane.id,
      referencedSecurityGroupId: nodes.id,
      description: `Control plane to ${service}`,
      ...tcp(port),
    });
    ingress(`${service}-from-control-plane`, {
      securityGroupId: nodes.id,
      referencedSecurityGroupId: controlPlane.id,
      description: `${service} from the control plane`,
      ...tcp(port),
    });
  }
  ingress("nodes-from-nodes", {
    securityGroupId: nodes.id,
    referencedSecurityGroupId: nodes.id,
    ipProtocol: "-1",
    description: "Pods and nodes among themselves; NetworkPolicies narrow it",
  });
  egress("nodes-to-nodes", {
    securityGroupId: nodes.id,
    referencedSecurityGroupId: nodes.id,
    ipProtocol: "-1",
    description: "Pods and nodes among themselves; NetworkPolicies narrow it",
  });
  egress("nodes-to-https", {
    securityGroupId: nodes.id,
    cidrIpv4: "0.0.0.0/0",
    description: "Kubernetes API, AWS APIs and image registries",
    ...tcp(443),
  });
  for (const [store, port] of Object.entries(DATA_PORTS)) {
    egress(`nodes-to-${store}`, {
      securityGroupId: nodes.id,
      cidrIpv4: args.vpcCidr,
      description: `${store} inside the VPC`,
      ...tcp(port),
    });
  }
  return { controlPlane, nodes, rules };
}
