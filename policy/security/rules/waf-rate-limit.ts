import { LIMITS } from "../../../sizing/limits";
import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { WEB_ACL } from "../../framework/types";

/** AWS WAF's window where a rule names none, in seconds (AWS WAF API, `EvaluationWindowSec`). */
const DEFAULT_WINDOW_SECONDS = 300;

export const wafRateLimit = resourceRule({
  id: "waf-rate-limit",
  title: "Web ACLs block addresses that ask too often",
  severity: "medium",
  reason: "One client at full speed takes the connections of all others; nobody else on the way counts per address.",
  example: "no rate-based rule blocks",
  remedy:
    "add a rule with the action block and a rateBasedStatement whose limit per evaluationWindowSec is within the configured rate",
  config: {
    requestsPerMinute: {
      type: "number",
      description: "most requests of one address in a minute",
      default: LIMITS.apiRate.requestsPerSecond * 60,
      minimum: 1,
    },
  },
  types: [WEB_ACL],
  *check({ props }, { requestsPerMinute }) {
    const limits = props
      .at("rules")
      .list()
      .filter((rule) => rule.at("statement.rateBasedStatement").isSet && rule.at("action.block").isSet);
    if (limits.length === 0) {
      yield found("no rate-based rule blocks");
      return;
    }
    const statements = limits.map((rule) => rule.at("statement.rateBasedStatement"));
    const general = statements.filter((statement) => !statement.at("scopeDownStatement").isSet);
    // Where some rule counts every request, one for a single path says nothing of the others.
    const rates = (general.length > 0 ? general : statements).map((statement) => {
      const window = statement.at("evaluationWindowSec").number() ?? DEFAULT_WINDOW_SECONDS;
      return ((statement.at("limit").number() ?? Number.POSITIVE_INFINITY) * 60) / window;
    });
    const least = Math.min(...rates);
    if (least > requestsPerMinute) {
      yield found(`the tightest rate-based rule that blocks lets ${least} requests a minute through`);
    }
  },
});
