import assert from "node:assert/strict";
import fc from "fast-check";
import { numberAbove } from "../../../components/edge/number-pattern";
import { webAclRules } from "../../../components/edge/web-acl-rules";
import { assertHas } from "./fixture";

describe("Edge", () => {
  describe("guide, section Nginx: limits and denials", () => {
    const rule = (name: string, header?: string) => {
      const found = webAclRules(header).find((candidate) => candidate.name === name);
      assert.ok(found, name);
      return found as unknown as { statement: unknown; action?: unknown; priority: number };
    };
    const regex = (name: string): string =>
      (rule(name).statement as { regexMatchStatement?: { regexString: string } }).regexMatchStatement?.regexString ??
      "";

    it("limit_req zone=api_limit rate=10r/s burst=20: 600 requests in 60 s of one address, on every path", () =>
      assert.deepEqual(rule("api-rate").statement, {
        rateBasedStatement: { aggregateKeyType: "IP", limit: 600, evaluationWindowSec: 60 },
      }));
    it("limit_req zone=auth_limit rate=5r/s burst=5: 300 requests in 60 s, under /api/v1/auth", () => {
      const { rateBasedStatement: rate } = rule("auth-rate").statement as {
        rateBasedStatement: Record<string, unknown>;
      };
      assertHas(rate, { aggregateKeyType: "IP", limit: 300, evaluationWindowSec: 60 });
      const scope = rate.scopeDownStatement as { byteMatchStatement: Record<string, unknown> };
      assertHas(scope.byteMatchStatement, { positionalConstraint: "STARTS_WITH", searchString: "/api/v1/auth" });
    });
    it("requests above a rate are told so: 429", () => {
      for (const name of ["api-rate", "auth-rate"]) {
        assert.deepEqual(rule(name).action, { block: { customResponse: { responseCode: 429 } } });
      }
    });
    it("behind CloudFront, clients are told apart by the address that CloudFront writes", () => {
      const { rateBasedStatement: rate } = rule("api-rate", "x-viewer-address").statement as {
        rateBasedStatement: Record<string, unknown>;
      };
      assertHas(rate, {
        aggregateKeyType: "FORWARDED_IP",
        forwardedIpConfig: { headerName: "x-viewer-address", fallbackBehavior: "MATCH" },
      });
    });
    describe("addresses that the rate for every path does not count", () => {
      const counted = (sets: readonly string[], header?: string) =>
        webAclRules(header, sets).map(({ name, statement }) => [
          name,
          (statement as { rateBasedStatement?: { scopeDownStatement?: unknown } }).rateBasedStatement
            ?.scopeDownStatement,
        ]);
      const outside = (arn: string, more = {}) => ({
        notStatement: { statement: { ipSetReferenceStatement: { arn, ...more } } },
      });

      it("are those of the sets, one by itself or none of several; no other rule differs", () => {
        const rest = (sets: readonly string[]) =>
          webAclRules(undefined, sets).filter(({ name }) => name !== "api-rate");
        assert.deepEqual(rest(["set-4", "set-6"]), rest([]));
        assert.deepEqual(Object.fromEntries(counted([]))["api-rate"], undefined);
        assert.deepEqual(Object.fromEntries(counted(["set-4"]))["api-rate"], outside("set-4"));
        assert.deepEqual(Object.fromEntries(counted(["set-4", "set-6"]))["api-rate"], {
          andStatement: { statements: [outside("set-4"), outside("set-6")] },
        });
      });
      it("are read behind CloudFront where CloudFront writes them; without a valid one, a client is counted", () => {
        const ipSetForwardedIpConfig = {
          headerName: "x-viewer-address",
          position: "FIRST",
          fallbackBehavior: "NO_MATCH",
        };
        assert.deepEqual(
          Object.fromEntries(counted(["set-4"], "x-viewer-address"))["api-rate"],
          outside("set-4", { ipSetForwardedIpConfig }),
        );
      });
    });
    it("client_max_body_size 100M: Content-Length above 104857600 is refused with 413", () => {
      const pattern = new RegExp(regex("body-too-large"));
      assert.equal(pattern.test("104857600"), false);
      assert.equal(pattern.test("104857601"), true);
      assert.deepEqual(rule("body-too-large").action, { block: { customResponse: { responseCode: 413 } } });
    });
    it("client_max_body_size 100M: the managed body-size rule only counts, and blocks outside /api/", () => {
      const core = rule("core").statement as {
        managedRuleGroupStatement?: { ruleActionOverrides: unknown };
      };
      assert.deepEqual(core.managedRuleGroupStatement?.ruleActionOverrides, [
        { name: "SizeRestrictions_BODY", actionToUse: { count: {} } },
      ]);
      const elsewhere = JSON.stringify(rule("large-body-elsewhere").statement);
      assert.match(elsewhere, /core-rule-set:SizeRestrictions_Body/);
      assert.match(elsewhere, /"notStatement":.*"searchString":"\/api\/"/);
      assert.ok(rule("large-body-elsewhere").priority > rule("core").priority, "the label is put on before it is read");
    });
    it("location ~ /\\. { deny all; }, but /.well-known", () => {
      const { andStatement } = rule("hidden-files").statement as {
        andStatement: {
          statements: [
            { regexMatchStatement: { regexString: string } },
            { notStatement: { statement: { regexMatchStatement: { regexString: string } } } },
          ];
        };
      };
      const [hidden, unless] = andStatement.statements;
      const denied = (path: string) =>
        new RegExp(hidden.regexMatchStatement.regexString).test(path) &&
        !new RegExp(unless.notStatement.statement.regexMatchStatement.regexString).test(path);
      for (const path of ["/.git/config", "/static/.env", "/.well-known/.git", "/.well-knownish/x", "/.well-known"]) {
        assert.equal(denied(path), true, path);
      }
      for (const path of ["/", "/api/v1/anomalies", "/static/app.js", "/.well-known/security.txt"]) {
        assert.equal(denied(path), false, path);
      }
    });
    it("location ~* \\.(php|pl|py|jsp|asp|sh|cgi)$ { deny all; }", () => {
      const pattern = new RegExp(regex("scripts"));
      for (const ending of ["php", "pl", "py", "jsp", "asp", "sh", "cgi"]) {
        assert.equal(pattern.test(`/static/x.${ending}`), true, ending);
      }
      for (const path of ["/static/app.js", "/api/data.json", "/static/php"]) {
        assert.equal(pattern.test(path), false, path);
      }
    });
    it("paths are matched as a web server would see them: decoded, without detours; endings in any case", () => {
      for (const name of ["hidden-files", "scripts", "auth-rate", "large-body-elsewhere"]) {
        const types = [...JSON.stringify(rule(name).statement).matchAll(/"type":"(\w+)"/g)].map(([, type]) => type);
        assert.deepEqual(types.slice(0, 2), ["URL_DECODE", "NORMALIZE_PATH"], name);
      }
      assert.match(JSON.stringify(rule("scripts").statement), /"type":"LOWERCASE"/);
    });
    it("rules have a name, a priority and a metric of their own", () => {
      const rules = webAclRules();
      assert.deepEqual(
        rules.map(({ priority }) => priority),
        rules.map((_, index) => index),
      );
      assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
      for (const { name, visibilityConfig } of rules) {
        assert.deepEqual(visibilityConfig, {
          cloudwatchMetricsEnabled: true,
          metricName: name,
          sampledRequestsEnabled: true,
        });
      }
    });
    it("managed rule sets", () => {
      const sets = webAclRules().flatMap((candidate) => {
        const { managedRuleGroupStatement } = candidate.statement as {
          managedRuleGroupStatement?: { name: string };
        };
        return managedRuleGroupStatement === undefined ? [] : [managedRuleGroupStatement.name];
      });
      assert.deepEqual(sets, [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesCommonRuleSet",
      ]);
    });
  });

  describe("numberAbove", () => {
    it("matches exactly the whole numbers above the limit, with or without leading zeros", () => {
      fc.assert(
        fc.property(fc.nat({ max: 2 ** 40 }), fc.nat({ max: 2 ** 40 }), fc.nat({ max: 3 }), (limit, value, zeros) => {
          assert.equal(new RegExp(numberAbove(limit)).test("0".repeat(zeros) + value), value > limit);
        }),
      );
    });
    it("is exact at the limit", () => {
      fc.assert(
        fc.property(fc.nat({ max: 2 ** 40 }), (limit) => {
          const pattern = new RegExp(numberAbove(limit));
          assert.equal(pattern.test(String(limit)), false);
          assert.equal(pattern.test(String(limit + 1)), true);
        }),
      );
    });
    it("is short enough for AWS WAF: 512 characters", () =>
      assert.ok(numberAbove(10 ** 14).length <= 512 && numberAbove(111_111_111_111_111).length <= 512));
    it("refuses what is not a whole number", () => {
      for (const limit of [-1, 1.5, Number.NaN, 10 ** 16]) assert.throws(() => numberAbove(limit), RangeError);
    });
  });
});
