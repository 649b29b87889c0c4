import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** What a topic needs to know. */
export interface TopicArgs {
  readonly accountId: string;
  /** KMS key. Its policy must admit CloudWatch and AWS Budgets, or what they tell is lost without a trace. */
  readonly keyArn: pulumi.Input<string>;
  /** Addresses that get each message, once they have confirmed. */
  readonly emails: readonly string[];
}

/** An encrypted topic to which only this account's alarms and budgets may publish, and only over TLS. */
export function alarmTopic(name: string, args: TopicArgs, opts: pulumi.CustomResourceOptions): aws.sns.Topic {
  const topic = new aws.sns.Topic(name, { kmsMasterKeyId: args.keyArn }, opts);
  new aws.sns.TopicPolicy(
    `${name}-policy`,
    { arn: topic.arn, policy: topic.arn.apply((arn) => JSON.stringify(topicPolicy(arn, args.accountId))) },
    opts,
  );
  for (const endpoint of args.emails) {
    new aws.sns.TopicSubscription(`${name}-${endpoint}`, { topic: topic.arn, protocol: "email", endpoint }, opts);
  }
  return topic;
}

/** Who may publish: CloudWatch for this account's alarms, AWS Budgets for its budgets, and nobody without TLS. */
export const topicPolicy = (topicArn: string, accountId: string): aws.iam.PolicyDocument => ({
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": `arn:aws:cloudwatch:*:${accountId}:alarm:*` },
      },
    },
    {
      Sid: "Budgets",
      Effect: "Allow",
      Principal: { Service: "budgets.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": `arn:aws:budgets::${accountId}:*` },
      },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sns:Publish",
      Resource: topicArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ],
});
