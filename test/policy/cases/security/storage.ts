import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import type { Given } from "../../engine";
import { given } from "../../given";
import { policy, statement } from "../../policy-document";

const BUCKET = given(T.BUCKETS[0], {}, { name: "bucket" });
const forBucket = (type: string, props: Record<string, unknown>): Given[] => [
  BUCKET,
  given(type, props, { refs: { bucket: ["bucket"] } }),
];
const BLOCKED = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const CLEAR_TEXT = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

/** A bucket whose policy denies clear text to some resources. */
const named = (resource: unknown): Given[] => [
  given(T.BUCKETS[0], { bucket: "logs" }, { name: "bucket" }),
  given(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Resource: resource }) }, { refs: { bucket: ["bucket"] } }),
];

/** What the rules about buckets accept and refuse. */
export const storageCases: CaseTable = {
  "s3-block-public": {
    holds: [forBucket(T.BUCKET_PUBLIC_ACCESS_BLOCK, BLOCKED)],
    breaks: [
      [[BUCKET], /no public access block refers to it/],
      [forBucket(T.BUCKET_PUBLIC_ACCESS_BLOCK, { ...BLOCKED, blockPublicPolicy: false }), /blockPublicPolicy is false/],
    ],
  },
  "s3-tls-only": {
    holds: [
      forBucket(T.BUCKET_POLICY, { policy: policy(statement({ Action: "s3:PutObject" }), CLEAR_TEXT) }),
      named(["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]),
      named("arn:aws:s3:::logs*"),
      named("*"),
    ],
    breaks: [
      [named(["arn:aws:s3:::logs/*"]), /does not deny/],
      [named(["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), /does not deny/],
      [
        forBucket(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Principal: { Service: "s3.amazonaws.com" } }) }),
        /does not deny/,
      ],
      [[BUCKET], /does not deny requests without TLS/],
      [forBucket(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Action: "s3:GetObject" }) }), /does not deny/],
      [forBucket(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Effect: "Allow" }) }), /does not deny/],
    ],
  },
  "s3-encrypt": {
    holds: T.BUCKET_ENCRYPTION.map((type) => [
      given(T.BUCKETS[0], {}, { name: "logs" }),
      given(type, {}, { refs: { bucket: ["logs"] } }),
    ]),
    breaks: [[[given(T.BUCKETS[0]), given(T.BUCKET_ENCRYPTION[0])], /no encryption configuration refers to it/]],
  },
};
