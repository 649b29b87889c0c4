import { mustBe, mustBeSet, mustReach } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

/** Days of history that the advanced mode of Database Insights requires (Amazon RDS User Guide, "Database Insights"). */
const ADVANCED_DAYS = 465;

export const rdsInsights = resourceRule({
  id: "rds-insights",
  title: "The database's load is recorded by statement and by wait, encrypted with a customer-managed key",
  severity: "low",
  frameworks: ["CKV_AWS_353", "CKV_AWS_354"],
  reason: "The target for queries can be met only by somebody who sees which statement waits for what.",
  example: "performanceInsightsEnabled is false",
  remedy: `set performanceInsightsEnabled: true and performanceInsightsKmsKeyId; the advanced mode also wants performanceInsightsRetentionPeriod ${ADVANCED_DAYS}`,
  types: [RDS_INSTANCE],
  *check({ props }) {
    yield* mustBe(props.at("performanceInsightsEnabled"), true);
    yield* mustBeSet(props.at("performanceInsightsKmsKeyId"));
    if (props.at("databaseInsightsMode").string() === "advanced") {
      yield* mustReach(props.at("performanceInsightsRetentionPeriod"), ADVANCED_DAYS);
    }
  },
});
