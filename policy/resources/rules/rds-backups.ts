import { isReplica } from "../../framework/database";
import { mustBeSet, mustReach } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

/** Days that AWS FSBP RDS.11 asks for. */
const LEAST_DAYS = 7;

/** Longest retention that RDS has, in days. */
const MOST_DAYS = 35;

export const rdsBackups = resourceRule({
  id: "rds-backups",
  title: "A database that takes writes keeps its backups for long enough, taken in a chosen window",
  severity: "high",
  frameworks: ["RDS.11", "CKV_AWS_133"],
  reason: "A mistake found on Monday must be mendable from before Friday; without a window AWS picks the hour.",
  example: "backupRetentionPeriod is 6",
  remedy:
    "set backupRetentionPeriod to the configured days or more, and backupWindow to the quietest hour; read replicas are exempt",
  config: {
    days: {
      type: "integer",
      description: "least backupRetentionPeriod, in days",
      default: LEAST_DAYS,
      minimum: 1,
      maximum: MOST_DAYS,
    },
  },
  types: [RDS_INSTANCE],
  *check(instance, { days }) {
    if (!isReplica(instance)) {
      yield* mustReach(instance.props.at("backupRetentionPeriod"), days);
      yield* mustBeSet(instance.props.at("backupWindow"));
    }
  },
});
