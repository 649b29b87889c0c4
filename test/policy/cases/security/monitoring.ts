import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { UNKNOWN } from "../../engine";
import { given } from "../../given";

/** What the rules about logs and notifications accept and refuse. */
export const monitoringCases: CaseTable = {
  "logs-cmk": {
    holds: [[given(T.LOG_GROUP, { kmsKeyId: UNKNOWN })]],
    breaks: [[[given(T.LOG_GROUP)], /kmsKeyId is not set/]],
  },
  "sns-encrypted": {
    holds: [[given(T.SNS_TOPIC, { kmsMasterKeyId: UNKNOWN })]],
    breaks: [[[given(T.SNS_TOPIC)], /kmsMasterKeyId is not set/]],
  },
  "canary-encrypted": {
    holds: [[given(T.CANARY, { artifactConfig: { s3Encryption: { encryptionMode: "SSE_KMS", kmsKeyArn: UNKNOWN } } })]],
    breaks: [
      [
        [given(T.CANARY, { artifactConfig: { s3Encryption: { encryptionMode: "SSE_KMS" } } })],
        /artifactConfig.s3Encryption.kmsKeyArn is not set/,
      ],
      [[given(T.CANARY)], /encryptionMode is not set/],
    ],
  },
};
