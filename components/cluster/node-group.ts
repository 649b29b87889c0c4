import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ec2Instance } from "../../sizing/instances";

/** Root volume of a node: images, container logs and `emptyDir` volumes. EKS' own default is 20 GiB. */
const ROOT_VOLUME_GIB = 50;

/** EKS' word for Amazon Linux 2023 on each architecture. */
const AMI_TYPES = { amd64: "AL2023_x86_64_STANDARD", arm64: "AL2023_ARM_64_STANDARD" } as const;

/** How many nodes of which kind. */
export interface NodeGroupSize {
  /** EC2 type. A change replaces the group, new nodes first. */
  readonly instanceType: string;
  readonly min: number;
  readonly max: number;
}

/** What a node group needs to know. */
export interface NodeGroupArgs extends NodeGroupSize {
  readonly clusterName: pulumi.Input<string>;
  readonly version: pulumi.Input<string>;
  readonly nodeRoleArn: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  /** Key of the root volumes. Its policy must admit the service-linked role of EC2 Auto Scaling. */
  readonly keyArn: pulumi.Input<string>;
  readonly labels: Record<string, string>;
  /** @default none: every pod may run here */
  readonly taints?: aws.types.input.eks.NodeGroupTaint[];
  /**
   * Most pods on one node.
   * @default Amazon Linux's own figure for the instance type
   */
  readonly maxPodsPerNode?: number;
  /** Tags of instances, volumes and interfaces, which the provider's default tags don't reach. */
  readonly tags: Record<string, string>;
}

/** nodeadm's configuration (EKS merges its own into it), as EC2 wants user data: MIME in base64. */
function userData(maxPods: number): string {
  const boundary = "//";
  const mime = [
    "MIME-Version: 1.0",
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    "Content-Type: application/node.eks.aws",
    "",
    "apiVersion: node.eks.aws/v1alpha1",
    "kind: NodeConfig",
    "spec:",
    "  kubelet:",
    "    config:",
    `      maxPods: ${maxPods}`,
    "",
    `--${boundary}--`,
    "",
  ].join("\n");
  return Buffer.from(mime).toString("base64");
}

/**
 * A managed node group on Amazon Linux 2023 with its launch template: IMDSv2 out of reach of pods, encrypted disks,
 * detailed monitoring, automatic repair. The autoscaler owns the number of nodes between `min` and `max`.
 */
export class NodeGroup extends pulumi.ComponentResource {
  readonly group: aws.eks.NodeGroup;
  readonly autoScalingGroupNames: pulumi.Output<string[]>;

  constructor(name: string, args: NodeGroupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:cluster:NodeGroup", name, {}, opts);
    const instance = ec2Instance(args.instanceType);
    if (instance === undefined) {
      throw new Error(`${name}: instance type ${args.instanceType} is not in sizing/data/ec2.json`);
    }

    const template = new aws.ec2.LaunchTemplate(
      `${name}-template`,
      {
        description: `Nodes of ${name}`,
        updateDefaultVersion: true,
        vpcSecurityGroupIds: [args.securityGroupId],
        metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              volumeType: "gp3",
              volumeSize: ROOT_VOLUME_GIB,
              encrypted: "true",
              kmsKeyId: args.keyArn,
              deleteOnTermination: "true",
            },
          },
        ],
        monitoring: { enabled: true },
        userData: args.maxPodsPerNode === undefined ? undefined : userData(args.maxPodsPerNode),
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: { ...args.tags, Name: name },
        })),
      },
      { parent: this },
    );
    this.group = new aws.eks.NodeGroup(
      `${name}-group`,
      {
        clusterName: args.clusterName,
        version: args.version,
        nodeRoleArn: args.nodeRoleArn,
        subnetIds: args.subnetIds,
        amiType: AMI_TYPES[instance.architecture],
        instanceTypes: [args.instanceType],
        launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
        scalingConfig: { minSize: args.min, desiredSize: args.min, maxSize: args.max },
        labels: args.labels,
        taints: args.taints,
        updateConfig: { maxUnavailable: 1 },
        nodeRepairConfig: { enabled: true },
      },
      { parent: this, dependsOn: opts?.dependsOn, ignoreChanges: ["scalingConfig.desiredSize"] },
    );
    this.autoScalingGroupNames = this.group.resources.apply((resources) =>
      resources.flatMap((resource) => resource.autoscalingGroups.map((group) => group.name)),
    );
    this.registerOutputs({ autoScalingGroupNames: this.autoScalingGroupNames });
  }
}

/** The role of every node: join the cluster, pull images. Pods have roles of their own. */
export function nodeRole(
  name: string,
  parent: pulumi.Resource,
): { readonly arn: pulumi.Output<string>; readonly grants: pulumi.Resource[] } {
  const role = new aws.iam.Role(
    name,
    {
      description: "EKS nodes",
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
    },
    { parent },
  );
  const policies = {
    worker: aws.iam.ManagedPolicy.AmazonEKSWorkerNodePolicy,
    pull: "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
  };
  const grants = Object.entries(policies).map(
    ([suffix, policyArn]) =>
      new aws.iam.RolePolicyAttachment(`${name}-${suffix}`, { role: role.name, policyArn }, { parent }),
  );
  return { arn: role.arn, grants };
}
