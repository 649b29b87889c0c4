import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { WEB_ACL } from "../../framework/types";

const GROUP = "AWSManagedRulesKnownBadInputsRuleSet";

export const wafKnownBadInputs = resourceRule({
  id: "waf-known-bad-inputs",
  title: "Web ACLs refuse what is known to be an attack",
  severity: "medium",
  frameworks: ["CKV_AWS_192"],
  reason: "Log4Shell and its like are tried on every address of the internet, all the time.",
  example: "no rule uses AWSManagedRulesKnownBadInputsRuleSet",
  remedy: "add a rule with the managed group AWSManagedRulesKnownBadInputsRuleSet of AWS, without overrideAction count",
  types: [WEB_ACL],
  *check({ props }) {
    const refuses = props
      .at("rules")
      .list()
      .some((rule) => {
        const group = rule.at("statement.managedRuleGroupStatement.name");
        return group.string() === GROUP && !rule.at("overrideAction.count").isSet;
      });
    if (!refuses) {
      yield found(`no rule uses ${GROUP}`);
    }
  },
});
