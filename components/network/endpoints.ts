import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { INTERFACE_ENDPOINTS } from "../../sizing/addresses";

const HTTPS_PORT = 443;

/**
 * Called by nodes and controllers through the NAT where there is one: joining the cluster, pod networking, the load
 * balancer controller, the cluster autoscaler, metrics, traces (EKS User Guide, "Deploy private clusters with limited internet
 * access"). The others, {@link INTERFACE_ENDPOINTS}, keep images, credentials, logs and secrets off the NAT and its bill.
 */
const WITHOUT_INTERNET = ["ec2", "eks", "elasticloadbalancing", "autoscaling", "monitoring", "xray"];

/** Arguments of {@link interfaceEndpoints}. */
export interface InterfaceEndpointsArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly region: string;
  /** One subnet in each zone. */
  readonly subnetIds: pulumi.Input<string>[];
  /** Whether the private subnets have a way out. Without one, more endpoints are needed. */
  readonly internet: boolean;
  readonly tags: (suffix: string) => Record<string, string>;
}

/** Interface endpoints and their security group. */
export interface InterfaceEndpoints {
  readonly securityGroup: aws.ec2.SecurityGroup;
  /** The endpoints and the rule that admits to them: they answer when all of these exist. */
  readonly ready: pulumi.Resource[];
}

/** Interface endpoints with private DNS names, behind one security group. */
export function interfaceEndpoints(
  name: string,
  args: InterfaceEndpointsArgs,
  opts: pulumi.CustomResourceOptions,
): InterfaceEndpoints {
  const securityGroup = new aws.ec2.SecurityGroup(
    `${name}-endpoints`,
    { vpcId: args.vpcId, description: "AWS API endpoints inside the VPC", tags: args.tags("endpoints") },
    opts,
  );
  const fromVpc = new aws.vpc.SecurityGroupIngressRule(
    `${name}-endpoints-from-vpc`,
    {
      securityGroupId: securityGroup.id,
      description: "HTTPS from the VPC",
      cidrIpv4: args.vpcCidr,
      ipProtocol: "tcp",
      fromPort: HTTPS_PORT,
      toPort: HTTPS_PORT,
    },
    opts,
  );
  const services = args.internet ? INTERFACE_ENDPOINTS : [...INTERFACE_ENDPOINTS, ...WITHOUT_INTERNET];
  const endpoints = services.map((service) => {
    const suffix = service.replace(".", "-");
    return new aws.ec2.VpcEndpoint(
      `${name}-endpoint-${suffix}`,
      {
        vpcId: args.vpcId,
        serviceName: `com.amazonaws.${args.region}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        subnetIds: args.subnetIds,
        securityGroupIds: [securityGroup.id],
        tags: args.tags(suffix),
      },
      opts,
    );
  });
  return { securityGroup, ready: [fromVpc, ...endpoints] };
}
