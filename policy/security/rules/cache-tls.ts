import { must, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheTls = resourceRule({
  id: "cache-tls",
  title: "The cache refuses connections in clear text",
  severity: "high",
  frameworks: ["ElastiCache.5", "CKV_AWS_30", "cdk-nag AEC3"],
  reason: "Sessions and tokens pass through the cache; the mode preferred still takes clients without TLS.",
  example: "transitEncryptionEnabled is false",
  remedy: "set transitEncryptionEnabled: true and leave transitEncryptionMode at required",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    yield* mustBe(props.at("transitEncryptionEnabled"), true);
    yield* must(props.at("transitEncryptionMode"), (mode) => mode.string() !== "preferred");
  },
});
