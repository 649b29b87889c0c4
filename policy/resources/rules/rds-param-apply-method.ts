import { postgresCatalogue } from "../../../sizing/postgres";
import { isPostgres } from "../../framework/database";
import { each, found, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_PARAMETER_GROUP } from "../../framework/types";

export const rdsParamApplyMethod = resourceRule({
  id: "rds-param-apply-method",
  title: "PostgreSQL parameters are ones that RDS lets one set, and static ones wait for a reboot",
  severity: "high",
  reason:
    "RDS refuses parameters of its own and static parameters applied at once, in the middle of a deployment; a misspelt name shows only there.",
  example: 'parameters.0.applyMethod is "immediate"',
  remedy:
    "remove what RDS refuses, set applyMethod to pending-reboot for static parameters and immediate for dynamic ones; add a new name to sizing/postgres-catalogue.ts",
  types: [RDS_PARAMETER_GROUP],
  *check(group) {
    if (!isPostgres(group)) {
      return;
    }
    yield* each(group.props.at("parameters").list(), function* (parameter) {
      const name = parameter.at("name").string();
      const entry = postgresCatalogue.find((known) => known.name === name);
      if (entry === undefined) {
        yield found(`${parameter.at("name")}, which the parameter catalogue does not know`);
      } else if ("refused" in entry) {
        yield found(`${parameter.at("name")}, which RDS refuses: ${entry.refused}`);
      } else if (entry.change === "static") {
        yield* mustBe(parameter.at("applyMethod"), "pending-reboot");
      } else if (parameter.at("value").string() !== entry.rdsDefault) {
        // RDS's default is immediate. With the value that RDS gives it anyway, either does.
        if ((parameter.at("applyMethod").string() ?? "immediate") !== "immediate") {
          yield found(`${parameter.at("applyMethod")} for ${entry.name}, which is dynamic`);
        }
      }
    });
  },
});
