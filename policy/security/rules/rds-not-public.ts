import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsNotPublic = resourceRule({
  id: "rds-not-public",
  title: "Databases have no public address",
  severity: "critical",
  frameworks: ["RDS.2", "CKV_AWS_17"],
  reason: "A public address leaves one password between the internet and the data.",
  example: "publiclyAccessible is true",
  remedy: "set publiclyAccessible: false",
  types: [RDS_INSTANCE],
  *check({ props }) {
    yield* must(props.at("publiclyAccessible"), (accessible) => accessible.boolean() !== true);
  },
});
