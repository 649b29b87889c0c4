import { found, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EKS_CLUSTER } from "../../framework/types";

export const eksSecretsCmk = resourceRule({
  id: "eks-secrets-cmk",
  title: "Kubernetes secrets are encrypted with a customer-managed key",
  severity: "medium",
  frameworks: ["EKS.3", "CKV_AWS_58"],
  reason: "Only a key of your own shows who decrypted a secret, and can be taken away.",
  example: "encryptionConfig does not cover secrets",
  remedy: "set encryptionConfig with provider.keyArn and the resource secrets",
  types: [EKS_CLUSTER],
  *check({ props }) {
    const encryption = props.at("encryptionConfig");
    if (!encryption.at("resources").strings().includes("secrets")) {
      yield found("encryptionConfig does not cover secrets");
    } else {
      yield* mustBeSet(encryption.at("provider.keyArn"));
    }
  },
});
