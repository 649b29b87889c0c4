import { isReplica } from "../../framework/database";
import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsDeletionProtection = resourceRule({
  id: "rds-deletion-protection",
  title: "AWS refuses to delete a database that takes writes",
  severity: "high",
  frameworks: ["RDS.8", "CKV_AWS_293", "cdk-nag RDS10"],
  reason: "Pulumi's protection ends at Pulumi; this one holds in the console and for every other tool too.",
  example: "deletionProtection is false",
  remedy: "set deletionProtection: true; read replicas are exempt, since they are made from the writer again",
  types: [RDS_INSTANCE],
  *mends(instance) {
    if (!isReplica(instance)) {
      yield ["deletionProtection", true];
    }
  },
  *check(instance) {
    if (!isReplica(instance)) {
      yield* mustBe(instance.props.at("deletionProtection"), true);
    }
  },
});
