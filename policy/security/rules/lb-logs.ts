import { mustBe, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LOAD_BALANCERS } from "../../framework/types";

export const lbLogs = resourceRule({
  id: "lb-logs",
  title: "Load balancers log every request",
  severity: "medium",
  frameworks: ["ELB.5", "CKV_AWS_91"],
  reason: "The access log is the only record of a request that never reached a pod.",
  example: "accessLogs.enabled is false",
  remedy: "set accessLogs with enabled: true and a bucket",
  types: LOAD_BALANCERS,
  *check({ props }) {
    yield* mustBe(props.at("accessLogs.enabled"), true);
    yield* mustBeSet(props.at("accessLogs.bucket"));
  },
});
