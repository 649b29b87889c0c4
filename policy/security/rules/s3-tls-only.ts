import { attempt, found } from "../../framework/finding";
import { isForEverybody, statements } from "../../framework/iam";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { BUCKET_POLICY, BUCKETS } from "../../framework/types";
import type { Value } from "../../framework/value";

export const s3TlsOnly = stackRule({
  id: "s3-tls-only",
  title: "Buckets refuse requests in clear text",
  severity: "high",
  frameworks: ["S3.5"],
  reason: "S3 still answers HTTP unless the bucket's policy denies it.",
  example: "its policy does not deny requests without TLS",
  remedy: "deny s3:* to everybody where aws:SecureTransport is false, in the bucket's policy",
  *check(stack) {
    for (const bucket of stack.ofType(...BUCKETS)) {
      yield* attempt(function* () {
        const policies = stack.referring(BUCKET_POLICY, "bucket", bucket);
        if (!policies.some(({ props }) => deniesClearText(props.at("policy"), bucket))) {
          yield found("its policy does not deny requests without TLS", bucket);
        }
      }, bucket);
    }
  },
});

const deniesClearText = (policy: Value, bucket: StackResource): boolean =>
  statements(policy).some(
    (statement) =>
      statement.child("Effect").string() === "Deny" &&
      isForEverybody(statement) &&
      statement
        .child("Action")
        .strings()
        .some((action) => action === "s3:*" || action === "*") &&
      statement.child("Condition").child("Bool").child("aws:SecureTransport").boolean() === false &&
      covers(statement.child("Resource"), bucket),
  );

/** Whether a statement is about a bucket and its objects. What is unknown until deployment is taken to be. */
function covers(resource: Value, bucket: StackResource): boolean {
  const name = bucket.props.at("bucket");
  const known = resource.listOrOne().filter((arn) => !arn.unknown);
  if (name.unknown || !name.isSet || known.length < resource.listOrOne().length) {
    return true;
  }
  const arns = known.flatMap((arn) => arn.string() ?? []);
  const ends = (suffix: string) => arns.some((arn) => arn === "*" || arn.endsWith(`:::${name.string()}${suffix}`));
  // One pattern with a star covers both.
  return ends("*") || (ends("") && ends("/*"));
}
