import { isApplication } from "../../framework/edge";
import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LOAD_BALANCERS } from "../../framework/types";

export const lbDropHeaders = resourceRule({
  id: "lb-drop-headers",
  title: "Load balancers drop malformed headers",
  severity: "medium",
  frameworks: ["ELB.4", "CKV_AWS_131"],
  reason: "Headers that two servers read differently are how requests are smuggled.",
  example: "dropInvalidHeaderFields is not set",
  remedy: "set dropInvalidHeaderFields: true",
  types: LOAD_BALANCERS,
  *mends(balancer) {
    if (isApplication(balancer)) {
      yield ["dropInvalidHeaderFields", true];
    }
  },
  *check(balancer) {
    if (isApplication(balancer)) {
      yield* mustBe(balancer.props.at("dropInvalidHeaderFields"), true);
    }
  },
});
