import { found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { BUCKET_LIFECYCLE, BUCKETS } from "../../framework/types";

export const s3Lifecycle = stackRule({
  id: "s3-lifecycle",
  title: "What is put into a bucket leaves it some day",
  severity: "medium",
  frameworks: ["S3.13", "CKV2_AWS_61"],
  reason: "Logs grow for ever otherwise, and so does the bill and what a leak would hold.",
  example: "no lifecycle configuration refers to it",
  remedy: "add a BucketLifecycleConfiguration for the bucket, with an expiration",
  *check(stack) {
    for (const bucket of stack.ofType(...BUCKETS)) {
      if (BUCKET_LIFECYCLE.every((type) => stack.referring(type, "bucket", bucket).length === 0)) {
        yield found("no lifecycle configuration refers to it", bucket);
      }
    }
  },
});
