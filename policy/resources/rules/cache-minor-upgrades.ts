import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheMinorUpgrades = resourceRule({
  id: "cache-minor-upgrades",
  title: "Minor versions of the cache engine install themselves in the maintenance window",
  severity: "medium",
  frameworks: ["ElastiCache.2"],
  reason: "They mend security; one that waits for somebody waits for ever.",
  example: "autoMinorVersionUpgrade is false",
  remedy: "set autoMinorVersionUpgrade: true",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    // ElastiCache's default is true.
    yield* must(props.at("autoMinorVersionUpgrade"), (v) => v.boolean() !== false);
  },
});
