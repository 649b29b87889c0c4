import { postgresCatalogue } from "../../../sizing/postgres";
import { isPostgres, parameterGroupOf } from "../../framework/database";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { RDS_INSTANCE } from "../../framework/types";

export const staticParameters = stackRule({
  id: "static-parameters",
  title: "A database with static parameters is changed in its own maintenance window",
  severity: "low",
  reason:
    "A changed static parameter waits for a reboot, and a change that is applied at once brings that reboot about in the middle of the day.",
  example: "applyImmediately is true with static parameters: max_connections",
  remedy: "leave applyImmediately at false, set maintenanceWindow to the quietest hour, and plan the reboot for it",
  *check(stack) {
    yield* each(stack.ofType(RDS_INSTANCE), plan);
  },
});

function* plan(instance: StackResource): Generator<Finding> {
  const names = staticOnes(parameterGroupOf(instance));
  if (names.length === 0) {
    return;
  }
  const { props } = instance;
  const why = `with static parameters: ${names.join(", ")}`;
  if (props.at("applyImmediately").boolean() === true) {
    yield found(`${props.at("applyImmediately")} ${why}`, instance);
  }
  if (!props.at("maintenanceWindow").isSet) {
    yield found(`${props.at("maintenanceWindow")} ${why}`, instance);
  }
}

/** Names of the static parameters that a group sets. */
function staticOnes(group: StackResource | undefined): string[] {
  if (group === undefined || !isPostgres(group)) {
    return [];
  }
  const isStatic = new Set(
    postgresCatalogue.flatMap((entry) => (!("refused" in entry) && entry.change === "static" ? [entry.name] : [])),
  );
  return group.props
    .at("parameters")
    .list()
    .flatMap((parameter) => parameter.at("name").strings())
    .filter((name) => isStatic.has(name));
}
