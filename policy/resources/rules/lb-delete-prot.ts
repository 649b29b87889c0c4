import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LOAD_BALANCERS } from "../../framework/types";

export const lbDeleteProt = resourceRule({
  id: "lb-delete-prot",
  title: "AWS refuses to delete a load balancer",
  severity: "medium",
  frameworks: ["ELB.6", "CKV_AWS_150"],
  reason: "A deleted load balancer takes its name along: every client is cut off until DNS has been changed.",
  example: "enableDeletionProtection is not set",
  remedy: "set enableDeletionProtection: true",
  types: LOAD_BALANCERS,
  *check({ props }) {
    yield* mustBe(props.at("enableDeletionProtection"), true);
  },
});
