import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

export const rdsCopyTags = resourceRule({
  id: "rds-copy-tags",
  title: "Snapshots carry the tags of their database",
  severity: "low",
  frameworks: ["RDS.17", "CKV2_AWS_60"],
  reason: "A snapshot outlives its database; without tags nobody knows whose it is, who pays, and whether it may go.",
  example: "copyTagsToSnapshot is not set",
  remedy: "set copyTagsToSnapshot: true",
  types: [RDS_INSTANCE],
  *check({ props }) {
    yield* mustBe(props.at("copyTagsToSnapshot"), true);
  },
});
