import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../sizing/service";

/** What a private bucket needs to know. */
export interface PrivateBucketArgs {
  /** Physical name, see {@link bucketName}. A change replaces the bucket. */
  readonly bucketName: string;
  /** Days until an object expires. */
  readonly retentionInDays: number;
  /**
   * Beginning of the keys of the objects that expire.
   * @default all do
   */
  readonly expiringPrefix?: string;
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

/**
 * A bucket's physical name: by hand, so that its policy can be read, and judged, in a preview. With account and region in
 * it, it is nobody else's. S3 takes 63 characters, which limits the name of a stack (settings.ts).
 *
 * @param kind - what is in it, in 6 letters at most
 */
export const bucketName = (kind: string, { accountId, region }: { accountId: string; region: string }): string =>
  `${SERVICE.namespace}-${pulumi.getStack()}-${kind}-${accountId}-${region}`;

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
          filter: { prefix: args.expiringPrefix ?? "" },
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
