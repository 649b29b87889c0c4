import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** What a topic needs to know. */
export interface TopicArgs {
  readonly accountId: string;
  /** KMS key. Its policy must admit CloudWatch, or alarms are lost without a trace. */
  readonly keyArn: pulumi.Input<string>;
  /** Addresses that get each message, once they have confirmed. */
  readonly emails: readonly string[];
}

/** An encrypted topic to which only this account's alarms may publish, and only over TLS. */
export function alarmTopic(name: string, args: TopicArgs, opts: pulumi.CustomResourceOptions): aws.sns.Topic {
  const topic = new aws.sns.Topic(name, { kmsMasterKeyId: args.keyArn }, opts);
  new aws.sns.TopicPolicy(
    `${name}-policy`,
    {
      arn: topic.arn,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "Alarms",
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: {
              StringEquals: { "aws:SourceAccount": args.accountId },
              ArnLike: { "aws:SourceArn": `arn:aws:cloudwatch:*:${args.accountId}:alarm:*` },
            },
          },
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: "*",
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      }),
    },
    opts,
  );
  for (const endpoint of args.emails) {
    new aws.sns.TopicSubscription(`${name}-${endpoint}`, { topic: topic.arn, protocol: "email", endpoint }, opts);
  }
  return topic;
}
