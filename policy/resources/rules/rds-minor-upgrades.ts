import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsMinorUpgrades = resourceRule({
  id: "rds-minor-upgrades",
  title: "Minor versions of PostgreSQL install themselves in the maintenance window",
  severity: "medium",
  frameworks: ["RDS.13", "CKV_AWS_226"],
  reason: "They mend security and loss of data; one that waits for somebody waits for ever.",
  example: "autoMinorVersionUpgrade is false",
  remedy: "set autoMinorVersionUpgrade: true",
  types: [RDS_INSTANCE],
  *check({ props }) {
    // RDS's default is true.
    yield* must(props.at("autoMinorVersionUpgrade"), (v) => v.boolean() !== false);
  },
});
