import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AccessLogs, LOG_PREFIX } from "./access-logs";
import { CLOUDFRONT_REGION } from "./regions";

/** A distribution's access logs, delivered to the access-log bucket. */
export function cdnAccessLogs(
  name: string,
  distribution: aws.cloudfront.Distribution,
  logs: AccessLogs,
  opts: pulumi.CustomResourceOptions,
): void {
  const region = CLOUDFRONT_REGION;
  const source = new aws.cloudwatch.LogDeliverySource(
    `${name}-log-source`,
    { region, logType: "ACCESS_LOGS", resourceArn: distribution.arn },
    opts,
  );
  const destination = new aws.cloudwatch.LogDeliveryDestination(
    `${name}-log-destination`,
    {
      region,
      outputFormat: "json",
      deliveryDestinationConfiguration: {
        destinationResourceArn: pulumi.interpolate`${logs.bucket.arn}/${LOG_PREFIX.cdn}`,
      },
    },
    opts,
  );
  new aws.cloudwatch.LogDelivery(
    `${name}-log-delivery`,
    { region, deliverySourceName: source.name, deliveryDestinationArn: destination.arn },
    { ...opts, dependsOn: [logs.policy] },
  );
}

/** A key in CloudFront's region for the web ACL's log there, which no key of another region can encrypt. */
export function cdnLogsKey(name: string, accountId: string, protect: boolean, opts: pulumi.CustomResourceOptions) {
  const policy: aws.iam.PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AdministerThroughIam",
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "EncryptWebAclLogs",
        Effect: "Allow",
        Principal: { Service: `logs.${CLOUDFRONT_REGION}.amazonaws.com` },
        Action: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        Resource: "*",
        Condition: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn": `arn:aws:logs:${CLOUDFRONT_REGION}:${accountId}:log-group:aws-waf-logs-*`,
          },
        },
      },
    ],
  };
  return new aws.kms.Key(
    name,
    {
      region: CLOUDFRONT_REGION,
      description: "Logs of the web ACL at CloudFront",
      enableKeyRotation: true,
      policy: JSON.stringify(policy),
    },
    { ...opts, protect },
  );
}
