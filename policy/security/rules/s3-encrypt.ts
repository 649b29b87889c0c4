import { found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { BUCKET_ENCRYPTION, BUCKETS } from "../../framework/types";

export const s3Encrypt = stackRule({
  id: "s3-encrypt",
  title: "Buckets say how they are encrypted",
  severity: "medium",
  frameworks: ["S3.17", "CKV_AWS_145"],
  reason: "What AWS does by default is not what the bucket is held to: a change of it would pass unseen.",
  example: "no encryption configuration refers to it",
  remedy: "add a BucketServerSideEncryptionConfiguration for the bucket",
  *check(stack) {
    for (const bucket of stack.ofType(...BUCKETS)) {
      if (BUCKET_ENCRYPTION.every((type) => stack.referring(type, "bucket", bucket).length === 0)) {
        yield found("no encryption configuration refers to it", bucket);
      }
    }
  },
});
