import { mustReach } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheBackups = resourceRule({
  id: "cache-backups",
  title: "Caches are kept as snapshots",
  severity: "medium",
  frameworks: ["ElastiCache.1"],
  reason:
    "A cache that is lost whole, by a wrong command or a failed upgrade, is otherwise filled from a database that was sized to be shielded by it.",
  example: "snapshotRetentionLimit is 0",
  remedy: "set snapshotRetentionLimit to 1 day or more, and snapshotWindow",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    yield* mustReach(props.at("snapshotRetentionLimit"), 1);
  },
});
