import { found, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheFailover = resourceRule({
  id: "cache-failover",
  title: "The cache fails over to a replica in another zone by itself",
  severity: "medium",
  frameworks: ["ElastiCache.3", "CKV2_AWS_50", "cdk-nag AEC4"],
  reason: "A cold cache sends every request to the database at once.",
  example: "automaticFailoverEnabled is false",
  remedy: "set automaticFailoverEnabled and multiAzEnabled to true and give each shard a replica",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    yield* mustBe(props.at("automaticFailoverEnabled"), true);
    yield* mustBe(props.at("multiAzEnabled"), true);
    const replicas = props.at("replicasPerNodeGroup").number() ?? (props.at("numCacheClusters").number() ?? 1) - 1;
    if (replicas < 1) {
      yield found("the replication group has no replica (numCacheClusters, replicasPerNodeGroup)");
    }
  },
});
