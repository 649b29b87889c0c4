import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** What a private bucket needs to know. */
export interface PrivateBucketArgs {
  /** Physical name, by hand, so that the bucket's policy can be read, and judged, in a preview. A change replaces the bucket. */
  readonly bucketName: string;
  /** Days until an object expires. */
  readonly retentionInDays: number;
  /**
   * KMS key of the objects.
   * @default S3's own keys
   */
  readonly keyArn?: pulumi.Input<string>;
  /** Protect the bucket; otherwise it can be destroyed with what is in it. */
  readonly protect: boolean;
}

/** A bucket that nobody outside the account reaches. */
export interface PrivateBucket {
  readonly bucket: aws.s3.Bucket;
  /** S3 refuses a policy while this is still being written: a bucket policy depends on it. */
  readonly publicAccessBlock: aws.s3.BucketPublicAccessBlock;
}

/** How long S3 keeps the parts of an upload that was never completed, in days. */
const INCOMPLETE_UPLOAD_DAYS = 7;

/** A bucket without public access or ACLs, encrypted, whose objects expire. Its policy, with {@link onlyOverTls}, is the caller's. */
export function privateBucket(
  name: string,
  args: PrivateBucketArgs,
  opts: pulumi.CustomResourceOptions,
): PrivateBucket {
  const bucket = new aws.s3.Bucket(
    name,
    { bucket: args.bucketName, forceDestroy: !args.protect },
    { ...opts, protect: args.protect },
  );
  const publicAccessBlock = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access`,
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
  new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
  const encryption =
    args.keyArn === undefined ? { sseAlgorithm: "AES256" } : { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.keyArn };
  new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: encryption }] },
    opts,
  );
  new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: "expire",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: args.retentionInDays },
          abortIncompleteMultipartUpload: { daysAfterInitiation: INCOMPLETE_UPLOAD_DAYS },
        },
      ],
    },
    opts,
  );
  return { bucket, publicAccessBlock };
}

/** Denies everybody everything with a bucket and its objects without TLS. */
export const onlyOverTls = (bucketArn: string): aws.iam.PolicyStatement => ({
  Sid: "TlsOnly",
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Resource: [bucketArn, `${bucketArn}/*`],
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
