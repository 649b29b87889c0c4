import { mustBe, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { CANARY } from "../../framework/types";

export const canaryEncrypted = resourceRule({
  id: "canary-encrypted",
  title: "What a canary keeps is encrypted with a customer-managed key",
  severity: "medium",
  reason: "Its results hold addresses and answers of the service.",
  example: "artifactConfig.s3Encryption.kmsKeyArn is not set",
  remedy: "set artifactConfig.s3Encryption with encryptionMode SSE_KMS and kmsKeyArn",
  types: [CANARY],
  *check({ props }) {
    yield* mustBe(props.at("artifactConfig.s3Encryption.encryptionMode"), "SSE_KMS");
    yield* mustBeSet(props.at("artifactConfig.s3Encryption.kmsKeyArn"));
  },
});
