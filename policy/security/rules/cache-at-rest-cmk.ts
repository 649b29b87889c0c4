import { mustBe, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheAtRestCmk = resourceRule({
  id: "cache-at-rest-cmk",
  title: "The cache's disks and snapshots are encrypted with a customer-managed key",
  severity: "high",
  frameworks: ["ElastiCache.4", "CKV_AWS_29", "CKV_AWS_191", "cdk-nag AEC3"],
  reason: "Snapshots hold what the cache held; only a key of your own can be revoked and audited.",
  example: "atRestEncryptionEnabled is not set",
  remedy: "set atRestEncryptionEnabled: true and kmsKeyId to a key of the stack",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    yield* mustBe(props.at("atRestEncryptionEnabled"), true);
    yield* mustBeSet(props.at("kmsKeyId"));
  },
});
