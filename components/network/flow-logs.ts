import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../logs";

/** Arguments of {@link flowLogs}. */
export interface FlowLogsArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly accountId: string;
  readonly region: string;
  readonly clusterName: string;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

/** Records every accepted and rejected flow of the VPC in a log group that only this flow log's role writes to. */
export function flowLogs(name: string, args: FlowLogsArgs, opts: pulumi.CustomResourceOptions): void {
  // A literal name keeps the role's policy readable to policy packs in a preview.
  const groupName = `/${args.clusterName}/vpc-flow-logs`;
  const groupArn = `arn:aws:logs:${args.region}:${args.accountId}:log-group:${groupName}`;
  const group = logGroup(
    name,
    { name: groupName, retentionInDays: args.logRetentionDays, kmsKeyArn: args.logsKeyArn },
    opts,
  );

  const trust: aws.iam.PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "vpc-flow-logs.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": args.accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:ec2:${args.region}:${args.accountId}:vpc-flow-log/*` },
        },
      },
    ],
  };
  const write: aws.iam.PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams"],
        Resource: [groupArn, `${groupArn}:*`],
      },
    ],
  };
  const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(trust) }, opts);
  const policy = new aws.iam.RolePolicy(name, { role: role.id, policy: JSON.stringify(write) }, opts);

  new aws.ec2.FlowLog(
    name,
    { vpcId: args.vpcId, trafficType: "ALL", logDestination: group.arn, iamRoleArn: role.arn },
    { ...opts, dependsOn: policy },
  );
}
