import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { WEB_ACL } from "../../framework/types";

export const wafRateLimit = resourceRule({
  id: "waf-rate-limit",
  title: "Web ACLs block addresses that ask too often",
  severity: "medium",
  reason: "One client at full speed takes the connections of all others; nobody else on the way counts per address.",
  remedy: "add a rule with a rateBasedStatement and the action block",
  types: [WEB_ACL],
  *check({ props }) {
    const limits = props
      .at("rules")
      .list()
      .filter((rule) => rule.at("statement.rateBasedStatement").isSet && rule.at("action.block").isSet);
    if (limits.length === 0) {
      yield found("no rate-based rule blocks");
    }
  },
});
