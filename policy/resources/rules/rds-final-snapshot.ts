import { isReplica } from "../../framework/database";
import { must, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsFinalSnapshot = resourceRule({
  id: "rds-final-snapshot",
  title: "A database that takes writes leaves a snapshot when it is deleted",
  severity: "high",
  reason: "Automated backups go with the instance; the final snapshot is what a mistaken deletion is mended from.",
  example: "skipFinalSnapshot is true",
  remedy: "set finalSnapshotIdentifier and leave skipFinalSnapshot unset or false; read replicas are exempt",
  types: [RDS_INSTANCE],
  *check(instance) {
    if (!isReplica(instance)) {
      yield* must(instance.props.at("skipFinalSnapshot"), (skip) => skip.boolean() !== true);
      yield* mustBeSet(instance.props.at("finalSnapshotIdentifier"));
    }
  },
});
