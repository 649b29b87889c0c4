import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheAuth = resourceRule({
  id: "cache-auth",
  title: "The cache asks its clients who they are",
  severity: "high",
  frameworks: ["ElastiCache.6", "CKV_AWS_31", "cdk-nag AEC6"],
  reason: "Without users, whatever runs in the network reads and flushes the cache.",
  example: "neither userGroupIds nor authToken is set",
  remedy: "set userGroupIds (or authToken, where users cannot be had)",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    if (!["userGroupIds", "authToken", "authTokenWo"].some((property) => props.at(property).isSet)) {
      yield found("neither userGroupIds nor authToken is set");
    }
  },
});
