import { isPostgres, parameter } from "../../framework/database";
import { found, must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_PARAMETER_GROUP } from "../../framework/types";

export const rdsForceSsl = resourceRule({
  id: "rds-force-ssl",
  title: "PostgreSQL refuses connections in clear text",
  severity: "high",
  frameworks: ["RDS.38", "CKV2_AWS_69"],
  reason: "A client that forgets TLS sends passwords and rows for anybody on the path to read.",
  example: "rds.force_ssl is not 1",
  remedy: "set the parameter rds.force_ssl to 1",
  types: [RDS_PARAMETER_GROUP],
  *check(group) {
    if (!isPostgres(group)) {
      return;
    }
    const forced = parameter(group, "rds.force_ssl");
    if (forced === undefined) {
      yield found("rds.force_ssl is not set");
    } else {
      yield* must(forced, (v) => v.number() === 1, "rds.force_ssl is not 1");
    }
  },
});
