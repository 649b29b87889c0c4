import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { bucketName, onlyOverTls, privateBucket } from "../private-bucket";
import { CLOUDFRONT_REGION } from "./regions";

/** Key prefixes in the access-log bucket, one for each kind of log. */
export const LOG_PREFIX = Object.freeze({ access: "access", connection: "connection", cdn: "cdn" });

/** What the access-log bucket needs to know. */
export interface AccessLogsArgs {
  readonly accountId: string;
  /** Region of the load balancer, which must also be the bucket's. */
  readonly region: string;
  /** Days until a log object expires. */
  readonly retentionInDays: number;
  /** Whether CloudFront writes its access logs here too. */
  readonly cdn: boolean;
  /** Protect the bucket; otherwise it can be destroyed with the logs in it. */
  readonly protect: boolean;
}

/** The bucket, once its policy lets the log writers in. */
export interface AccessLogs {
  readonly bucket: aws.s3.Bucket;
  /** Writers must depend on it: AWS tests the permission when logging is switched on. */
  readonly policy: aws.s3.BucketPolicy;
}

/**
 * The bucket of the load balancer's access and connection logs.
 *
 * Encrypted with S3's own keys: load-balancer log delivery supports no KMS key (AWS, Application Load Balancers,
 * "Enable access logs"). Not versioned: objects are written once under unique names, and expiry is to be final.
 */
export function accessLogs(name: string, args: AccessLogsArgs, opts: pulumi.CustomResourceOptions): AccessLogs {
  const physicalName = bucketName("logs", args);
  const { bucket, publicAccessBlock } = privateBucket(name, { ...args, bucketName: physicalName }, opts);
  const policy = new aws.s3.BucketPolicy(
    `${name}-policy`,
    { bucket: bucket.bucket, policy: JSON.stringify(accessLogsPolicy(`arn:aws:s3:::${physicalName}`, args)) },
    // S3 refuses a policy while the public access block is still being written.
    { ...opts, dependsOn: [publicAccessBlock] },
  );
  return { bucket, policy };
}

/** Who may do what with the bucket: nobody anything without TLS, and each log writer put objects under its prefix. */
function accessLogsPolicy(arn: string, args: AccessLogsArgs): aws.iam.PolicyDocument {
  const account = args.accountId;
  const cdnLogs: aws.iam.PolicyStatement = {
    Sid: "CdnLogs",
    Effect: "Allow",
    Principal: { Service: "delivery.logs.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: `${arn}/${LOG_PREFIX.cdn}/AWSLogs/${account}/*`,
    Condition: {
      StringEquals: { "aws:SourceAccount": account, "s3:x-amz-acl": "bucket-owner-full-control" },
      ArnLike: { "aws:SourceArn": `arn:aws:logs:${CLOUDFRONT_REGION}:${account}:delivery-source:*` },
    },
  };
  return {
    Version: "2012-10-17",
    Statement: [
      onlyOverTls(arn),
      {
        Sid: "LoadBalancerLogs",
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Resource: [LOG_PREFIX.access, LOG_PREFIX.connection].map((prefix) => `${arn}/${prefix}/AWSLogs/${account}/*`),
        Condition: {
          ArnLike: { "aws:SourceArn": `arn:aws:elasticloadbalancing:${args.region}:${account}:loadbalancer/*` },
        },
      },
      ...(args.cdn ? [cdnLogs] : []),
    ],
  };
}
