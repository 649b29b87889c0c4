import type { types } from "@pulumi/aws";
import type { Input } from "@pulumi/pulumi";
import { LIMITS, type RateLimit } from "../../sizing/limits";
import { numberAbove } from "./number-pattern";

type Rule = types.input.wafv2.WebAclRule;
type Statement = types.input.wafv2.WebAclRuleStatement;

/** HTTP status codes of refusals, where 403 would mislead the client. */
const STATUS = Object.freeze({ contentTooLarge: 413, tooManyRequests: 429 });

/** Paths that take large bodies: every route of the API, from ingestion to batches of predictions. */
const UPLOAD_PATH_PREFIX = "/api/";

/** Label that the core rule set gives to a body above what WAF inspects (8 KB at a load balancer). */
const LARGE_BODY_LABEL = "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body";

/** What a web server sees of a path: decoded, and without detours. */
const asServed = [
  { priority: 0, type: "URL_DECODE" },
  { priority: 1, type: "NORMALIZE_PATH" },
];
const verbatim = [{ priority: 0, type: "NONE" }];

const pathStartsWith = (prefix: string) => ({
  byteMatchStatement: {
    fieldToMatch: { uriPath: {} },
    positionalConstraint: "STARTS_WITH",
    searchString: prefix,
    textTransformations: asServed,
  },
});

const pathMatches = (regexString: string): Statement => ({
  regexMatchStatement: {
    fieldToMatch: { uriPath: {} },
    regexString,
    textTransformations: [...asServed, { priority: 2, type: "LOWERCASE" }],
  },
});

const not = (statement: Statement): Statement => ({ notStatement: { statement } });
const all = (...statements: Statement[]): Statement => ({ andStatement: { statements } });

/** Guide, Nginx: `location ~ /\. { deny all; }`. `/.well-known` (RFC 8615) is meant to be public. */
const hiddenFiles = all(pathMatches("/\\."), not(pathMatches("^/\\.well-known(/[^./][^/]*)+$")));

/** Guide, Nginx: `location ~* \.(php|pl|py|jsp|asp|sh|cgi)$ { deny all; }`, on every path instead of /static alone. */
const scripts = pathMatches("\\.(php|pl|py|jsp|asp|sh|cgi)$");

/** Guide, Nginx: `client_max_body_size 100M`. A body of unannounced length is cut off by the service itself. */
const bodyTooLarge: Statement = {
  regexMatchStatement: {
    fieldToMatch: { singleHeader: { name: "content-length" } },
    regexString: numberAbove(LIMITS.maxBodyBytes),
    textTransformations: verbatim,
  },
};

/** A body above what WAF inspects, where no upload belongs. */
const largeBodyElsewhere = all(
  { labelMatchStatement: { scope: "LABEL", key: LARGE_BODY_LABEL } },
  not(pathStartsWith(UPLOAD_PATH_PREFIX)),
);

/**
 * Guide, Nginx: `limit_req`. nginx admits `rate` × 60 + `burst` requests in a minute, and `burst` at once; WAF's
 * window of a minute lets a client spend all of `rate` × 60 at once, which is more than the burst, so that none is added.
 */
const aboveRate = (
  limit: RateLimit,
  clientAddressHeader: string | undefined,
  scopeDownStatement?: Statement,
): Statement => ({
  rateBasedStatement: {
    limit: limit.requestsPerWindow,
    evaluationWindowSec: LIMITS.rateWindowSeconds,
    ...(clientAddressHeader === undefined
      ? { aggregateKeyType: "IP" }
      : {
          aggregateKeyType: "FORWARDED_IP",
          // Only who goes round CloudFront lacks a valid address there.
          forwardedIpConfig: { headerName: clientAddressHeader, fallbackBehavior: "MATCH" },
        }),
    ...(scopeDownStatement && { scopeDownStatement }),
  },
});

/** A client whose address is in none of some IP sets; undefined without sets, which any client is. */
function outside(setArns: readonly Input<string>[], clientAddressHeader: string | undefined): Statement | undefined {
  const [first, ...others] = setArns.map((arn) =>
    not({
      ipSetReferenceStatement: {
        arn,
        ...(clientAddressHeader !== undefined && {
          // Who has no valid address there is counted.
          ipSetForwardedIpConfig: {
            headerName: clientAddressHeader,
            position: "FIRST",
            fallbackBehavior: "NO_MATCH",
          },
        }),
      },
    }),
  );
  // AWS takes no "and" of a single statement.
  return first === undefined || others.length === 0 ? first : all(first, ...others);
}

type Unordered = Omit<Rule, "priority" | "visibilityConfig"> & { readonly name: string };

const block = (name: string, statement: Statement, responseCode?: number): Unordered => ({
  name,
  statement,
  action: { block: responseCode === undefined ? {} : { customResponse: { responseCode } } },
});

const managed = (name: string, ruleSet: string, counted: readonly string[] = []): Unordered => ({
  name,
  statement: {
    managedRuleGroupStatement: {
      vendorName: "AWS",
      name: ruleSet,
      ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  overrideAction: { none: {} },
});

/**
 * The rules of a web ACL in order of priority: what is cheap to tell first, the rate limits before the rule sets that
 * look into the request, and the large bodies last because their label is put on by the core rule set.
 *
 * @param clientAddressHeader - header by which the rate rules tell clients apart; their connection's address if absent
 * @param uncountedSetArns - IP sets of the clients that the rate for every path does not count. That for sessions does: a load test
 * opens one, and who guesses keys opens many
 */
export function webAclRules(clientAddressHeader?: string, uncountedSetArns: readonly Input<string>[] = []): Rule[] {
  const { apiRate, authRate } = LIMITS;
  const counted = outside(uncountedSetArns, clientAddressHeader);
  return [
    block("hidden-files", hiddenFiles),
    block("scripts", scripts),
    block("body-too-large", bodyTooLarge, STATUS.contentTooLarge),
    managed("ip-reputation", "AWSManagedRulesAmazonIpReputationList"),
    block(
      "auth-rate",
      aboveRate(authRate, clientAddressHeader, pathStartsWith(authRate.pathPrefix)),
      STATUS.tooManyRequests,
    ),
    block("api-rate", aboveRate(apiRate, clientAddressHeader, counted), STATUS.tooManyRequests),
    managed("known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"),
    managed("sql-injection", "AWSManagedRulesSQLiRuleSet"),
    managed("core", "AWSManagedRulesCommonRuleSet", ["SizeRestrictions_BODY"]),
    block("large-body-elsewhere", largeBodyElsewhere, STATUS.contentTooLarge),
  ].map((rule, priority) => ({
    ...rule,
    priority,
    visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: rule.name, sampledRequestsEnabled: true },
  }));
}
