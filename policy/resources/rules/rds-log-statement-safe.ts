import { isPostgres, parameter } from "../../framework/database";
import { found, must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_PARAMETER_GROUP } from "../../framework/types";

export const rdsLogStatementSafe = resourceRule({
  id: "rds-log-statement-safe",
  title: "PostgreSQL logs slow statements, not all of them, and no password",
  severity: "medium",
  frameworks: ["CKV2_AWS_30"],
  reason:
    "log_statement writes CREATE ROLE and ALTER ROLE with their passwords from ddl on, and with all every value, which at a thousand requests a second is the greatest cost of the logs.",
  example: 'log_statement: parameters.0.value is "all"',
  remedy:
    "leave log_statement at none (pgaudit.log=ddl,role logs schema changes without passwords), log_duration to 0 and log_min_duration_statement to the threshold in ms; log everything only for an analysis, under a waiver",
  types: [RDS_PARAMETER_GROUP],
  *check(group) {
    if (!isPostgres(group)) {
      return;
    }
    const statement = parameter(group, "log_statement");
    if (statement !== undefined) {
      yield* must(statement, (v) => v.string() === "none", `log_statement: ${statement}`);
    }
    const duration = parameter(group, "log_duration");
    if (duration !== undefined) {
      yield* must(
        duration,
        (v) => v.number() === 0 || v.boolean() === false || v.string() === "off",
        "log_duration is on",
      );
    }
    const threshold = parameter(group, "log_min_duration_statement");
    if (threshold === undefined) {
      yield found("log_min_duration_statement is not set, so that slow statements leave no trace");
    } else {
      yield* must(threshold, (v) => (v.number() ?? -1) > 0, `log_min_duration_statement: ${threshold}`);
    }
  },
});
