import { must, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { KMS_KEY } from "../../framework/types";
import type { Value } from "../../framework/value";

const isSymmetric = (key: Value): boolean =>
  (key.at("customerMasterKeySpec").string() ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT";

export const kmsRotation = resourceRule({
  id: "kms-rotation",
  title: "Keys are rotated every year",
  severity: "medium",
  frameworks: ["KMS.4", "CKV_AWS_7", "cdk-nag KMS5"],
  reason: "Rotation bounds how much one key's material ever protects, and costs nothing to use.",
  example: "enableKeyRotation is not set",
  remedy: "set enableKeyRotation: true; asymmetric keys are exempt, as AWS cannot rotate them",
  types: [KMS_KEY],
  // AWS rotates no key whose material lies in a store of somebody else.
  *mends({ props }) {
    if (isSymmetric(props) && !props.at("customKeyStoreId").isSet) {
      yield ["enableKeyRotation", true];
    }
  },
  *check({ props }) {
    if (isSymmetric(props)) {
      yield* mustBe(props.at("enableKeyRotation"), true);
      yield* must(props.at("isEnabled"), (enabled) => enabled.boolean() !== false);
    }
  },
});
