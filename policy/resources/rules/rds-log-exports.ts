import { each, found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

const LOGS = ["postgresql", "upgrade"];

export const rdsLogExports = resourceRule({
  id: "rds-log-exports",
  title: "PostgreSQL's logs leave the instance",
  severity: "medium",
  frameworks: ["RDS.9", "RDS.36", "CKV_AWS_129"],
  reason: "Logs on the instance last for days at most and are gone with it.",
  example: "enabledCloudwatchLogsExports lacks upgrade",
  remedy: `set enabledCloudwatchLogsExports to ${LOGS.join(" and ")}`,
  types: [RDS_INSTANCE],
  *check({ props }) {
    // A replica doesn't repeat its engine.
    if (!(props.at("engine").string() ?? "postgres").startsWith("postgres")) {
      return;
    }
    const exports = props.at("enabledCloudwatchLogsExports").strings();
    yield* each(LOGS, function* (log) {
      if (!exports.includes(log)) {
        yield found(`enabledCloudwatchLogsExports lacks ${log}`);
      }
    });
  },
});
