import type * as aws from "@pulumi/aws";

type Statement = aws.types.input.iam.PolicyStatement;

/** Which cluster's groups a policy is about. */
export interface ClusterIdentity {
  readonly clusterName: string;
  readonly region: string;
  readonly accountId: string;
}

/** What the autoscaler may do: look at any group, resize those of this cluster (kubernetes/autoscaler, AWS README). */
export function autoscalerStatements(args: ClusterIdentity): Statement[] {
  return [
    {
      Effect: "Allow",
      Action: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "autoscaling:DescribeTags",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ],
      // These actions know no resources (Service Authorization Reference).
      Resource: "*",
    },
    {
      Effect: "Allow",
      Action: "eks:DescribeNodegroup",
      Resource: `arn:aws:eks:${args.region}:${args.accountId}:nodegroup/${args.clusterName}/*/*`,
    },
    {
      Effect: "Allow",
      Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
      Resource: `arn:aws:autoscaling:${args.region}:${args.accountId}:autoScalingGroup:*`,
      Condition: {
        StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${args.clusterName}`]: "owned" },
      },
    },
  ];
}

/**
 * What the load balancer controller may look at (its installation guide: only adding IPs to existing target groups).
 * The right to register with a target group comes from the owner of that group.
 */
export const loadBalancerStatements: Statement[] = [
  {
    Effect: "Allow",
    Action: [
      "ec2:DescribeInstances",
      "ec2:DescribeSecurityGroups",
      "ec2:DescribeVpcs",
      "elasticloadbalancing:DescribeTargetGroups",
      "elasticloadbalancing:DescribeTargetHealth",
    ],
    // These actions know no resources (Service Authorization Reference).
    Resource: "*",
  },
];
