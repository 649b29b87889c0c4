import { mustBeSet, mustReach } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsEnhancedMonitoring = resourceRule({
  id: "rds-enhanced-monitoring",
  title: "Instances report their operating system, every minute or more often",
  severity: "low",
  frameworks: ["RDS.6", "CKV_AWS_118"],
  reason:
    "CloudWatch sees the instance from outside; which process takes memory or waits for the disk, only the instance knows.",
  example: "monitoringInterval is 0",
  remedy: "set monitoringInterval to 60 or less, and monitoringRoleArn",
  types: [RDS_INSTANCE],
  *check({ props }) {
    yield* mustReach(props.at("monitoringInterval"), 1);
    yield* mustBeSet(props.at("monitoringRoleArn"));
  },
});
