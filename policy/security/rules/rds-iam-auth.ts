import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsIamAuth = resourceRule({
  id: "rds-iam-auth",
  title: "Databases admit people by IAM",
  severity: "medium",
  frameworks: ["RDS.10", "CKV_AWS_161"],
  reason: "A password for a person outlives the person; a token of IAM ends after fifteen minutes.",
  example: "iamDatabaseAuthenticationEnabled is not set",
  remedy: "set iamDatabaseAuthenticationEnabled: true",
  types: [RDS_INSTANCE],
  *check({ props }) {
    yield* mustBe(props.at("iamDatabaseAuthenticationEnabled"), true);
  },
});
