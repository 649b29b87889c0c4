import { found, mustBe, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { ECR_REPOSITORY } from "../../framework/types";

export const ecrCmk = resourceRule({
  id: "ecr-cmk",
  title: "Images are encrypted with a customer-managed key",
  severity: "medium",
  frameworks: ["ECR.5", "CKV_AWS_136"],
  reason: "The code is in the image; only a key of your own can be revoked and audited.",
  example: "encryptionConfigurations is not set",
  remedy: "set encryptionConfigurations with encryptionType KMS and kmsKey",
  types: [ECR_REPOSITORY],
  *check({ props }) {
    const [encryption] = props.at("encryptionConfigurations").list();
    if (encryption === undefined) {
      yield found("encryptionConfigurations is not set");
      return;
    }
    yield* mustBe(encryption.at("encryptionType"), "KMS");
    yield* mustBeSet(encryption.at("kmsKey"));
  },
});
