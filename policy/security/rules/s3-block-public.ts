import { attempt, found, mustBe } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { BUCKET_PUBLIC_ACCESS_BLOCK, BUCKETS } from "../../framework/types";

const SWITCHES = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

export const s3BlockPublic = stackRule({
  id: "s3-block-public",
  title: "No bucket can be made public",
  severity: "high",
  frameworks: ["S3.1", "S3.8"],
  reason: "One wrong policy or ACL publishes a bucket; the block holds whatever they say.",
  example: "no public access block refers to it",
  remedy: `add a BucketPublicAccessBlock for the bucket with ${SWITCHES.join(", ")} set to true`,
  *check(stack) {
    for (const bucket of stack.ofType(...BUCKETS)) {
      const blocks = stack.referring(BUCKET_PUBLIC_ACCESS_BLOCK, "bucket", bucket);
      if (blocks.length === 0) {
        yield found("no public access block refers to it", bucket);
      }
      for (const block of blocks) {
        yield* attempt(function* () {
          for (const name of SWITCHES) {
            yield* mustBe(block.props.at(name), true);
          }
        }, block);
      }
    }
  },
});
