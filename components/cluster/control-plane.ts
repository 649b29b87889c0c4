import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../logs";

/** Every log that the control plane can write (EKS User Guide, "Send control plane logs to CloudWatch Logs"). */
const LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** What the control plane needs to know. */
export interface ControlPlaneArgs {
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly version: string;
  readonly accountId: string;
  readonly subnetIds: pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly publicAccessCidrs: readonly string[];
  readonly adminRoleArns: readonly string[];
  readonly viewerRoleArns: readonly string[];
  readonly clusterKeyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly protect: boolean;
}

/** A control plane and the access to it. */
export interface ControlPlane {
  readonly cluster: aws.eks.Cluster;
  /** The access of roles: the administrators' must exist before Kubernetes objects can be made. */
  readonly access: pulumi.Resource[];
}

/** The EKS control plane, its role, its logs and the access entries of those who administer or view it. */
export function controlPlane(name: string, args: ControlPlaneArgs, parent: pulumi.Resource): ControlPlane {
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      description: `Control plane of the EKS cluster ${args.clusterName}`,
      assumeRolePolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "eks.amazonaws.com" },
            Action: "sts:AssumeRole",
            Condition: {
              StringEquals: { "aws:SourceAccount": args.accountId },
              ArnLike: { "aws:SourceArn": args.clusterArn },
            },
          },
        ],
      },
    },
    { parent },
  );
  const grants = [
    new aws.iam.RolePolicyAttachment(
      `${name}-role-cluster`,
      { role: role.name, policyArn: aws.iam.ManagedPolicy.AmazonEKSClusterPolicy },
      { parent },
    ),
    new aws.iam.RolePolicy(
      `${name}-role-key`,
      {
        role: role.name,
        policy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ListGrants"],
              Resource: args.clusterKeyArn,
            },
          ],
        },
      },
      { parent },
    ),
  ];
  const logs = logGroup(
    `${name}-logs`,
    {
      name: `/aws/eks/${args.clusterName}/cluster`,
      retentionInDays: args.logRetentionDays,
      kmsKeyArn: args.logsKeyArn,
    },
    { parent },
  );
  const isPublic = args.publicAccessCidrs.length > 0;
  const cluster = new aws.eks.Cluster(
    `${name}-eks`,
    {
      name: args.clusterName,
      version: args.version,
      roleArn: role.arn,
      vpcConfig: {
        subnetIds: args.subnetIds,
        securityGroupIds: [args.securityGroupId],
        endpointPrivateAccess: true,
        endpointPublicAccess: isPublic,
        publicAccessCidrs: isPublic ? [...args.publicAccessCidrs] : undefined,
      },
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      encryptionConfig: { provider: { keyArn: args.clusterKeyArn }, resources: ["secrets"] },
      enabledClusterLogTypes: LOG_TYPES,
      upgradePolicy: { supportType: "STANDARD" },
      bootstrapSelfManagedAddons: false,
      deletionProtection: args.protect,
    },
    { parent, dependsOn: [...grants, logs] },
  );
  const grant = (kind: string, policy: string) => (principalArn: string) => {
    const suffix = `${name}-${kind}-${principalArn.split("/").at(-1)}`;
    const entry = new aws.eks.AccessEntry(suffix, { clusterName: cluster.name, principalArn }, { parent });
    const association = new aws.eks.AccessPolicyAssociation(
      `${suffix}-policy`,
      {
        clusterName: cluster.name,
        principalArn: entry.principalArn,
        policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`,
        accessScope: { type: "cluster" },
      },
      { parent },
    );
    return [entry, association];
  };
  const access = [
    ...args.adminRoleArns.flatMap(grant("admin", "AmazonEKSClusterAdminPolicy")),
    // Custom resources too, and Secrets, in which Helm keeps its releases; the service has none.
    ...args.viewerRoleArns.flatMap(grant("viewer", "AmazonEKSAdminViewPolicy")),
  ];
  return { cluster, access };
}
