import { attempt, found } from "../../framework/finding";
import { statements } from "../../framework/iam";
import { stackRule } from "../../framework/rule";
import { BUCKET_POLICY, BUCKETS } from "../../framework/types";
import type { Value } from "../../framework/value";

export const s3TlsOnly = stackRule({
  id: "s3-tls-only",
  title: "Buckets refuse requests in clear text",
  severity: "high",
  frameworks: ["S3.5"],
  reason: "S3 still answers HTTP unless the bucket's policy denies it.",
  remedy: "deny s3:* to everybody where aws:SecureTransport is false, in the bucket's policy",
  *check(stack) {
    for (const bucket of stack.ofType(...BUCKETS)) {
      yield* attempt(function* () {
        const policies = stack.referring(BUCKET_POLICY, "bucket", bucket);
        if (!policies.some(({ props }) => statements(props.at("policy")).some(deniesClearText))) {
          yield found("its policy does not deny requests without TLS", bucket);
        }
      }, bucket);
    }
  },
});

const deniesClearText = (statement: Value): boolean =>
  statement.child("Effect").string() === "Deny" &&
  statement
    .child("Action")
    .strings()
    .some((action) => action === "s3:*" || action === "*") &&
  statement.child("Condition").child("Bool").child("aws:SecureTransport").boolean() === false;
