import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { WEB_ACL } from "../../framework/types";

export const wafMetrics = resourceRule({
  id: "waf-metrics",
  title: "A web ACL and each of its rules are counted",
  severity: "medium",
  frameworks: ["WAF.12"],
  reason: "A rule that blocks customers, or nobody, is seen in its metric first.",
  example: "visibilityConfig.cloudwatchMetricsEnabled is false",
  remedy: "set visibilityConfig.cloudwatchMetricsEnabled: true on the web ACL and on each rule",
  types: [WEB_ACL],
  *check({ props }) {
    for (const counted of [props, ...props.at("rules").list()]) {
      yield* mustBe(counted.at("visibilityConfig.cloudwatchMetricsEnabled"), true);
    }
  },
});
