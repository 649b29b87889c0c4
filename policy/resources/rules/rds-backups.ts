import { isReplica } from "../../framework/database";
import { mustBeSet, mustReach } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

/** Days that AWS FSBP RDS.11 asks for. */
const LEAST_DAYS = 7;

export const rdsBackups = resourceRule({
  id: "rds-backups",
  title: `A database that takes writes keeps ${LEAST_DAYS} days of backups or more, taken in a chosen window`,
  severity: "high",
  frameworks: ["RDS.11", "CKV_AWS_133"],
  reason: "A mistake found on Monday must be mendable from before Friday; without a window AWS picks the hour.",
  remedy: `set backupRetentionPeriod to ${LEAST_DAYS} or more and backupWindow to the quietest hour; read replicas are exempt`,
  types: [RDS_INSTANCE],
  *check(instance) {
    if (!isReplica(instance)) {
      yield* mustReach(instance.props.at("backupRetentionPeriod"), LEAST_DAYS);
      yield* mustBeSet(instance.props.at("backupWindow"));
    }
  },
});
