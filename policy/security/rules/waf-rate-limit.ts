import { isIPv6 } from "node:net";
import { LIMITS } from "../../../sizing/limits";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { IP_SET, WEB_ACL } from "../../framework/types";
import type { Value } from "../../framework/value";

/** AWS WAF's window where a rule names none, in seconds (AWS WAF API, `EvaluationWindowSec`). */
const DEFAULT_WINDOW_SECONDS = 300;

const { ipv4, ipv6 } = LIMITS.uncountedPrefix;

export const wafRateLimit = stackRule({
  id: "waf-rate-limit",
  title: "Web ACLs block addresses that ask too often, all but a few named ones",
  severity: "medium",
  reason: "One client at full speed takes the connections of all others; nobody else on the way counts per address.",
  example: "no rate-based rule blocks",
  remedy: `add a rule with the action block and a rateBasedStatement whose limit per evaluationWindowSec is within the configured rate; leave out by IP sets of the stack none but named ranges, at most /${ipv4} of IPv4 and /${ipv6} of IPv6`,
  config: {
    requestsPerMinute: {
      type: "number",
      description: "most requests of one address in a minute",
      default: LIMITS.apiRate.requestsPerSecond * 60,
      minimum: 1,
    },
  },
  *check(stack, { requestsPerMinute }) {
    yield* each(stack.ofType(WEB_ACL), (acl) => judge(acl, requestsPerMinute));
  },
});

function* judge(acl: StackResource, requestsPerMinute: number): Generator<Finding> {
  const limits = acl.props
    .at("rules")
    .list()
    .filter((rule) => rule.at("statement.rateBasedStatement").isSet && rule.at("action.block").isSet)
    .map((rule) => rule.at("statement.rateBasedStatement"));
  if (limits.length === 0) {
    yield found("no rate-based rule blocks", acl);
    return;
  }
  const general = limits.filter((limit) => !limit.at("scopeDownStatement").isSet || leavesOut(limit));
  // Where some rule counts every request, one for a single path says nothing of the others.
  const judged = general.length > 0 ? general : limits;
  const least = Math.min(...judged.map(perMinute));
  if (least > requestsPerMinute) {
    yield found(`the tightest rate-based rule that blocks lets ${least} requests a minute through`, acl);
    return;
  }
  const tight = judged.filter((limit) => perMinute(limit) <= requestsPerMinute);
  if (tight.every(leavesOut)) yield* tooMany(acl);
}

function perMinute(limit: Value): number {
  const window = limit.at("evaluationWindowSec").number() ?? DEFAULT_WINDOW_SECONDS;
  return ((limit.at("limit").number() ?? Number.POSITIVE_INFINITY) * 60) / window;
}

/** Whether a limit counts all requests but those of some IP sets: `not`, or `and` of nothing else. */
function leavesOut(limit: Value): boolean {
  const scope = limit.at("scopeDownStatement");
  const parts = scope.at("andStatement.statements").list();
  const statements = parts.length > 0 ? parts : [scope];
  return statements.every((statement) => statement.at("notStatement.statement.ipSetReferenceStatement").isSet);
}

/** Ranges that are no few named addresses. */
function* tooMany(acl: StackResource): Generator<Finding> {
  const sets = acl.references("rules").filter(({ type }) => type === IP_SET);
  if (sets.length === 0) {
    yield found("the rate-based rule leaves out an IP set that is none of the stack's", acl);
  }
  for (const set of sets) {
    for (const range of set.props.at("addresses").strings()) {
      const [address = "", prefix] = range.split("/");
      if (Number(prefix) >= (isIPv6(address) ? ipv6 : ipv4)) continue;
      yield found(`the rate-based rule leaves out ${range} (${set.name})`, acl);
    }
  }
}
