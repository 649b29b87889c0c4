import { isReplica } from "../../framework/database";
import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsMultiAz = resourceRule({
  id: "rds-multi-az",
  title: "A database that takes writes has a standby in another zone",
  severity: "medium",
  frameworks: ["RDS.5", "CKV_AWS_157", "cdk-nag RDS3"],
  reason: "Without a standby, a failed zone or a patch takes writes down for as long as a restore lasts.",
  example: "multiAz is false",
  remedy: "set multiAz: true; read replicas are exempt, since another one takes over for them",
  types: [RDS_INSTANCE],
  *check(instance) {
    if (!isReplica(instance)) {
      yield* mustBe(instance.props.at("multiAz"), true);
    }
  },
});
