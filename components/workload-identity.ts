import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** The EKS cluster whose pods take on a role. */
export interface IdentityCluster {
  readonly name: pulumi.Input<string>;
  /** Part of the role's trust: a pod of another cluster is refused. */
  readonly arn: pulumi.Input<string>;
}

/** What a pod's role needs to know. */
export interface WorkloadIdentityArgs {
  readonly cluster: IdentityCluster;
  /** Namespace of the service account. A change replaces the association. */
  readonly namespace: string;
  /** Name of the service account, which need not exist yet. A change replaces the association. */
  readonly serviceAccount: string;
  /**
   * What its pods may do.
   * @default nothing but {@link WorkloadIdentityArgs.managedPolicyArns}
   */
  readonly statements?: aws.types.input.iam.PolicyStatement[];
  /**
   * Policies that AWS maintains, for its own add-ons.
   * @default none
   */
  readonly managedPolicyArns?: string[];
}

/**
 * An IAM role that the pods of one service account, and no others, hold through EKS Pod Identity.
 *
 * The trust names cluster, namespace and service account by the session tags that Pod Identity sets
 * (EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity").
 */
export class WorkloadIdentity extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  /** Pods started before it exists run without credentials. */
  readonly association: aws.eks.PodIdentityAssociation;

  constructor(name: string, args: WorkloadIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:security:WorkloadIdentity", name, {}, opts);

    const role = new aws.iam.Role(
      `${name}-role`,
      {
        description: `Pods of ${args.namespace}/${args.serviceAccount}`,
        assumeRolePolicy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "pods.eks.amazonaws.com" },
              Action: ["sts:AssumeRole", "sts:TagSession"],
              Condition: {
                StringEquals: {
                  "aws:RequestTag/eks-cluster-arn": args.cluster.arn,
                  "aws:RequestTag/kubernetes-namespace": args.namespace,
                  "aws:RequestTag/kubernetes-service-account": args.serviceAccount,
                },
              },
            },
          ],
        },
      },
      { parent: this },
    );
    const grants: pulumi.Resource[] = (args.managedPolicyArns ?? []).map(
      (policyArn) =>
        new aws.iam.RolePolicyAttachment(
          `${name}-${policyArn.split("/").at(-1)}`,
          { role: role.name, policyArn },
          { parent: this },
        ),
    );
    if (args.statements !== undefined) {
      grants.push(
        new aws.iam.RolePolicy(
          `${name}-policy`,
          { role: role.name, policy: { Version: "2012-10-17", Statement: args.statements } },
          { parent: this },
        ),
      );
    }
    this.association = new aws.eks.PodIdentityAssociation(
      `${name}-association`,
      {
        clusterName: args.cluster.name,
        namespace: args.namespace,
        serviceAccount: args.serviceAccount,
        roleArn: role.arn,
      },
      { parent: this, dependsOn: grants },
    );
    this.roleArn = role.arn;
    this.roleName = role.name;
    this.registerOutputs({ roleArn: this.roleArn, roleName: this.roleName });
  }
}
