import { isReplica } from "../../framework/database";
import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

const GUESSED = ["admin", "administrator", "master", "postgres", "root", "user"];

export const rdsCustomAdmin = resourceRule({
  id: "rds-custom-admin",
  title: "The administrator of a database has a name that is not guessed",
  severity: "low",
  frameworks: ["RDS.25"],
  reason: "Half of a login is known where the user is called postgres or admin.",
  example: 'username is "postgres"',
  remedy: "set username to a name of your own; a change replaces the database",
  types: [RDS_INSTANCE],
  *check(resource) {
    // A replica has its source's users.
    if (!isReplica(resource)) {
      yield* must(resource.props.at("username"), (v) => v.isSet && !GUESSED.includes(v.string() ?? ""));
    }
  },
});
