import { isReplica } from "../../framework/database";
import { mustBe, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsEncryptedCmk = resourceRule({
  id: "rds-encrypted-cmk",
  title: "Database storage is encrypted with a customer-managed key",
  severity: "high",
  frameworks: ["RDS.3", "CKV_AWS_16", "cdk-nag RDS2"],
  reason: "Snapshots inherit the key; only one of your own can be revoked, audited and shared on your terms.",
  example: "storageEncrypted is false",
  remedy: "set storageEncrypted: true and kmsKeyId to a key of the stack; a read replica inherits both from its source",
  types: [RDS_INSTANCE],
  *check(instance) {
    if (!isReplica(instance)) {
      yield* mustBe(instance.props.at("storageEncrypted"), true);
      yield* mustBeSet(instance.props.at("kmsKeyId"));
    }
  },
});
