import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import fc from "fast-check";
import { Edge, type EdgeArgs } from "../../components/edge";
import { addressFunction, cacheControlFunction } from "../../components/edge/cdn-functions";
import { numberAbove } from "../../components/edge/number-pattern";
import { webAclRules } from "../../components/edge/web-acl-rules";
import { timeline } from "../../sizing/timeline";
import { type Graph, record } from "../support/record";
import { count, sources, waitsFor } from "./graph";

const base: EdgeArgs = {
  accountId: "123456789012",
  region: "eu-west-1",
  vpcId: "vpc-1",
  subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  routes: [],
  backend: { securityGroupId: "sg-pods", port: 8000, healthPath: "/ready" },
  ingressCidrs: ["0.0.0.0/0"],
  timeline,
  cdn: false,
  logsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/logs",
  logRetentionDays: 90,
  protect: true,
};
const domain = { domainName: "api.example.com", hostedZoneId: "Z1" };

const edge = (extra: Partial<EdgeArgs> = {}): Promise<Graph> =>
  record(
    () => {
      const { url } = new Edge("edge", { ...base, ...extra });
      return { url };
    },
    { project: "pynomaly", stack: "test" },
  );

const inputs = (graph: Graph, name: string): Record<string, unknown> => graph.byName(name).inputs;

/** The part of `actual` whose keys `expected` has equals it. */
function assertHas(actual: Record<string, unknown>, expected: Record<string, unknown>): void {
  const part = Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]]));
  assert.deepEqual(part, expected);
}

const PLAIN = {
  "pynomaly:edge:Edge": 1,
  "aws:s3/bucket:Bucket": 1,
  "aws:s3/bucketPolicy:BucketPolicy": 1,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": 1,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": 1,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": 1,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": 1,
  "aws:ec2/securityGroup:SecurityGroup": 1,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 2,
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 1,
  "aws:lb/loadBalancer:LoadBalancer": 1,
  "aws:lb/targetGroup:TargetGroup": 1,
  "aws:lb/listener:Listener": 1,
  "aws:wafv2/webAcl:WebAcl": 1,
  "aws:wafv2/webAclAssociation:WebAclAssociation": 1,
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": 1,
  "aws:cloudwatch/logGroup:LogGroup": 1,
};
const WITH_DOMAIN = {
  ...PLAIN,
  "aws:lb/listener:Listener": 2,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 3,
  "aws:acm/certificate:Certificate": 1,
  "aws:acm/certificateValidation:CertificateValidation": 1,
  "aws:route53/record:Record": 2,
};
const WITH_CDN = {
  ...WITH_DOMAIN,
  "aws:acm/certificate:Certificate": 2,
  "aws:acm/certificateValidation:CertificateValidation": 2,
  "aws:route53/record:Record": 3,
  "aws:wafv2/webAcl:WebAcl": 2,
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": 2,
  "aws:cloudwatch/logGroup:LogGroup": 2,
  "aws:kms/key:Key": 1,
  "aws:lb/listenerRule:ListenerRule": 1,
  "aws:cloudfront/distribution:Distribution": 1,
  "aws:cloudfront/function:Function": 3,
  "aws:cloudfront/cachePolicy:CachePolicy": 2,
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": 1,
  "aws:cloudwatch/logDeliverySource:LogDeliverySource": 1,
  "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": 1,
  "aws:cloudwatch/logDelivery:LogDelivery": 1,
  "random:index/randomPassword:RandomPassword": 1,
};

describe("Edge", function () {
  this.timeout(30_000);
  let plain: Graph;
  let withDomain: Graph;
  let withCdn: Graph;
  before(async () => {
    plain = await edge();
    withDomain = await edge(domain);
    withCdn = await edge({ ...domain, cdn: true });
  });

  describe("what is created", () => {
    it("without a domain", () => assert.deepEqual(count(plain), PLAIN));
    it("with a domain", () => assert.deepEqual(count(withDomain), WITH_DOMAIN));
    it("with CloudFront", () => assert.deepEqual(count(withCdn), WITH_CDN));
    it("with CloudFront in a stack of CloudFront's own region: no second certificate and key", async () => {
      const graph = await edge({ ...domain, cdn: true, region: "us-east-1" });
      const { "aws:kms/key:Key": _key, ...rest } = WITH_CDN;
      assert.deepEqual(count(graph), {
        ...rest,
        "aws:acm/certificate:Certificate": 1,
        "aws:acm/certificateValidation:CertificateValidation": 1,
      });
    });
    it("with a given certificate and no zone: neither certificate nor records", async () => {
      const graph = await edge({
        domainName: "api.example.com",
        certificateArn: "arn:aws:acm:eu-west-1:1:certificate/1",
      });
      assert.equal(graph.byType("aws:acm/certificate:Certificate").length, 0);
      assert.equal(graph.byType("aws:route53/record:Record").length, 0);
      assert.equal(inputs(graph, "edge-lb-https").certificateArn, "arn:aws:acm:eu-west-1:1:certificate/1");
    });
    it("everything under the component, and no invoke", () => {
      for (const graph of [plain, withDomain, withCdn]) {
        const root = graph.byName("edge").urn;
        const strays = graph.resources.filter(({ urn, parent }) => urn !== root && parent !== root);
        assert.deepEqual(strays, []);
        assert.deepEqual(graph.invokes, []);
      }
    });
    it("refuses what cannot work, naming the argument", async () => {
      await assert.rejects(edge({ cdn: true }), /domainName|CloudFront is used only under a domain name/);
      await assert.rejects(edge({ domainName: "api.example.com" }), /hosted zone|hostedZoneId/);
      await assert.rejects(
        edge({ domainName: "api.example.com", certificateArn: "arn:c", cdn: true }),
        /CloudFront needs a certificate in us-east-1/,
      );
    });
  });

  describe("guide, section Nginx: upstream", () => {
    it("least_conn", () =>
      assert.equal(inputs(plain, "edge-lb-targets").loadBalancingAlgorithmType, "least_outstanding_requests"));
    it("server …:8000, to the pods themselves", () =>
      assertHas(inputs(plain, "edge-lb-targets"), { port: 8000, targetType: "ip", protocol: "HTTP" }));
    it("max_fails=3 fail_timeout=30s: three failed checks, 30 s of them", () => {
      const check = inputs(plain, "edge-lb-targets").healthCheck as { interval: number; unhealthyThreshold: number };
      assert.equal(check.unhealthyThreshold, 3);
      assert.equal(check.interval * check.unhealthyThreshold, 30);
    });
    it("location /health: the check goes to the pod's readiness", () => {
      const check = inputs(plain, "edge-lb-targets").healthCheck as Record<string, unknown>;
      assertHas(check, { path: "/ready", port: "traffic-port", matcher: "200", timeout: 5 });
    });
    it("keepalive_timeout 60s", () => assert.equal(inputs(plain, "edge-lb").idleTimeout, 60));
    it("requests of proxy_read_timeout 30s end before a target leaves", () =>
      assert.equal(inputs(plain, "edge-lb-targets").deregistrationDelay, 30));
  });

  describe("guide, section Nginx: server", () => {
    it("listen 443 ssl http2, ssl_protocols TLSv1.2 TLSv1.3", () => {
      assertHas(inputs(withDomain, "edge-lb-https"), {
        port: 443,
        protocol: "HTTPS",
        sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
      });
      assert.equal(inputs(withDomain, "edge-lb").enableHttp2, true);
    });
    it("listen 80: redirects where there is a certificate, forwards where there is none", () => {
      assert.deepEqual(inputs(withDomain, "edge-lb-http").defaultActions, [
        { type: "redirect", redirect: { protocol: "HTTPS", port: "443", statusCode: "HTTP_301" } },
      ]);
      assertHas(inputs(plain, "edge-lb-http"), { port: 80, protocol: "HTTP" });
      assert.deepEqual(inputs(plain, "edge-lb-http").defaultActions, [
        { type: "forward", targetGroupArn: "[unknown]" },
      ]);
    });
    it("add_header: Strict-Transport-Security, X-Frame-Options, X-Content-Type-Options; no server banner", () =>
      assertHas(inputs(withDomain, "edge-lb-https"), {
        routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000; includeSubDomains",
        routingHttpResponseXFrameOptionsHeaderValue: "SAMEORIGIN",
        routingHttpResponseXContentTypeOptionsHeaderValue: "nosniff",
        routingHttpResponseServerEnabled: false,
      }));
    it("X-XSS-Protection gave way to a content security policy that allows no foreign script or frame", () => {
      const policy = String(inputs(withDomain, "edge-lb-https").routingHttpResponseContentSecurityPolicyHeaderValue);
      for (const part of ["default-src 'self'", "object-src 'none'", "frame-ancestors 'self'"]) {
        assert.ok(policy.split("; ").includes(part), part);
      }
      assert.doesNotMatch(policy, /script-src|unsafe-eval/);
    });
    it("HSTS is not promised over plain HTTP", () =>
      assert.equal("routingHttpResponseStrictTransportSecurityHeaderValue" in inputs(plain, "edge-lb-http"), false));
    it("proxy_set_header Host, X-Forwarded-For: kept, and appended to", () =>
      assertHas(inputs(plain, "edge-lb"), { preserveHostHeader: true, xffHeaderProcessingMode: "append" }));
  });

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

  describe("guide, section Nginx: caching, with CloudFront", () => {
    const behaviors = () =>
      inputs(withCdn, "edge-cdn").orderedCacheBehaviors as { pathPattern: string; compress: boolean }[];
    it("location /static and location ~* \\.(json|xml)$ in /api", () =>
      assert.deepEqual(
        behaviors().map(({ pathPattern }) => pathPattern),
        ["/static/*", "/api/*.json", "/api/*.xml"],
      ));
    it("expires 1y of /static", () =>
      assertHas(inputs(withCdn, "edge-cdn-static-policy"), { defaultTtl: 31_536_000, maxTtl: 31_536_000, minTtl: 0 }));
    it("expires 5m of /api", () =>
      assertHas(inputs(withCdn, "edge-cdn-api-policy"), { defaultTtl: 300, maxTtl: 300, minTtl: 0 }));
    it('Cache-Control "public, immutable" and "public, no-transform"', () => {
      assert.match(String(inputs(withCdn, "edge-cdn-static-cache").code), /"public, max-age=31536000, immutable"/);
      assert.match(String(inputs(withCdn, "edge-cdn-api-cache").code), /"public, max-age=300, no-transform"/);
    });
    it("gzip on", () => assert.ok(behaviors().every(({ compress }) => compress)));
    it("an answer to one caller is never another's", () => {
      const key = inputs(withCdn, "edge-cdn-api-policy").parametersInCacheKeyAndForwardedToOrigin as Record<
        string,
        unknown
      >;
      assertHas(key, {
        cookiesConfig: { cookieBehavior: "all" },
        headersConfig: { headerBehavior: "whitelist", headers: { items: ["Authorization", "X-Api-Key"] } },
        queryStringsConfig: { queryStringBehavior: "all" },
      });
    });
  });

  describe("load balancer", () => {
    it("is public, strict and protected, and logs", () => {
      const bucket = "pynomaly-test-edge-logs-123456789012-eu-west-1";
      assertHas(inputs(plain, "edge-lb"), {
        internal: false,
        dropInvalidHeaderFields: true,
        desyncMitigationMode: "strictest",
        enableDeletionProtection: true,
        enableWafFailOpen: false,
        subnets: ["subnet-a", "subnet-b", "subnet-c"],
        accessLogs: { enabled: true, bucket, prefix: "access" },
        connectionLogs: { enabled: true, bucket, prefix: "connection" },
      });
    });
    it("waits for the bucket's policy", () =>
      assert.ok(waitsFor(plain.byName("edge-lb")).includes("edge-logs-policy")));
    it("comes after its subnets' way to the internet, and goes before it", async () => {
      const graph = await record(() => {
        new Edge("edge", { ...base, routes: [new aws.ec2.Route("route", { routeTableId: "rtb-1" })] });
      });
      assert.ok(waitsFor(graph.byName("edge-lb")).includes("route"));
    });
    it("is reached from the given ranges and reaches the pods' port alone", async () => {
      const graph = await edge({ ...domain, ingressCidrs: ["192.0.2.0/24", "198.51.100.0/24"] });
      const rules = graph.byType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").map((r) => r.inputs);
      const open = rules.filter((r) => r.cidrIpv4 !== undefined).map((r) => `${r.cidrIpv4}:${r.fromPort}-${r.toPort}`);
      assert.deepEqual(open.sort(), [
        "192.0.2.0/24:443-443",
        "192.0.2.0/24:80-80",
        "198.51.100.0/24:443-443",
        "198.51.100.0/24:80-80",
      ]);
      assertHas(inputs(graph, "edge-lb-backend-in"), { securityGroupId: "sg-pods", fromPort: 8000, toPort: 8000 });
      assertHas(inputs(graph, "edge-lb-to-backend"), {
        referencedSecurityGroupId: "sg-pods",
        fromPort: 8000,
        toPort: 8000,
      });
      assert.equal(graph.byType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule").length, 1);
    });
  });

  describe("access logs", () => {
    const statements = (graph: Graph) =>
      (JSON.parse(String(inputs(graph, "edge-logs-policy").policy)) as { Statement: Record<string, unknown>[] })
        .Statement;
    it("bucket: private, encrypted, expiring, owned, protected", () => {
      assert.equal(plain.byName("edge-logs").options.protect, true);
      assert.equal(inputs(plain, "edge-logs").forceDestroy, false);
      assertHas(inputs(plain, "edge-logs-public-access"), {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      assert.deepEqual(inputs(plain, "edge-logs-encryption").rules, [
        { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
      ]);
      assert.deepEqual(inputs(plain, "edge-logs-ownership").rule, { objectOwnership: "BucketOwnerEnforced" });
      const [rule] = inputs(plain, "edge-logs-lifecycle").rules as { expiration: unknown }[];
      assert.deepEqual(rule?.expiration, { days: 90 });
    });
    it("policy: TLS only, and the load balancers of this account and region may write", () => {
      const [tls, balancer, ...others] = statements(plain);
      assertHas(tls ?? {}, { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
      assertHas(balancer ?? {}, {
        Effect: "Allow",
        Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
        Action: "s3:PutObject",
        Condition: {
          ArnLike: { "aws:SourceArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/*" },
        },
      });
      assert.deepEqual(others, []);
    });
    it("policy: with CloudFront, its log delivery may write too", () =>
      assert.deepEqual(
        statements(withCdn).map(({ Sid }) => Sid),
        ["TlsOnly", "LoadBalancerLogs", "CdnLogs"],
      ));
    it("can be destroyed with the stack where nothing is protected", async () => {
      const graph = await edge({ protect: false });
      assert.equal(inputs(graph, "edge-logs").forceDestroy, true);
      assert.notEqual(graph.byName("edge-logs").options.protect, true);
      assert.equal(inputs(graph, "edge-lb").enableDeletionProtection, false);
    });
  });

  describe("web ACL", () => {
    it("guards the load balancer and logs what it blocked, encrypted, kept, without credentials", () => {
      assertHas(inputs(plain, "edge-waf"), { scope: "REGIONAL", defaultAction: { allow: {} } });
      assertHas(inputs(plain, "edge-waf-log"), {
        name: "aws-waf-logs-pynomaly-test-edge-waf",
        retentionInDays: 90,
        kmsKeyId: base.logsKeyArn,
      });
      const logging = inputs(plain, "edge-waf-logging");
      assert.deepEqual(logging.redactedFields, [
        { singleHeader: { name: "authorization" } },
        { singleHeader: { name: "cookie" } },
        { singleHeader: { name: "x-api-key" } },
      ]);
      assert.deepEqual(logging.loggingFilter, {
        defaultBehavior: "DROP",
        filters: [
          { behavior: "KEEP", requirement: "MEETS_ANY", conditions: [{ actionCondition: { action: "BLOCK" } }] },
        ],
      });
      const association = plain.byName("edge-waf-on-lb");
      assert.deepEqual(sources(association, "resourceArn"), ["edge-lb"]);
      assert.deepEqual(sources(association, "webAclArn"), ["edge-waf"]);
    });
    it("at CloudFront: a second one, in CloudFront's region with a key of that region", () => {
      assertHas(inputs(withCdn, "edge-cdn-waf"), { scope: "CLOUDFRONT", region: "us-east-1" });
      assert.deepEqual(sources(withCdn.byName("edge-cdn"), "webAclId"), ["edge-cdn-waf"]);
      assertHas(inputs(withCdn, "edge-cdn-waf-log"), { region: "us-east-1", kmsKeyId: "[unknown]" });
      assertHas(inputs(withCdn, "edge-cdn-logs-key"), { region: "us-east-1", enableKeyRotation: true });
    });
  });

  it("says where the API is reached", () => {
    assert.equal(withDomain.outputs.url, "https://api.example.com");
    assert.equal(withCdn.outputs.url, "https://api.example.com");
    assert.equal(plain.outputs.url, "[unknown]");
  });

  describe("certificate and DNS", () => {
    it("is validated in the zone and awaited by the listener", () => {
      assertHas(inputs(withDomain, "edge-certificate-eu-west-1"), {
        domainName: "api.example.com",
        validationMethod: "DNS",
      });
      assert.deepEqual(sources(withDomain.byName("edge-lb-https"), "certificateArn"), [
        "edge-certificate-eu-west-1-issued",
      ]);
    });
    it("behind CloudFront, the load balancer's counts clients by CloudFront's header, and CloudFront's by connection", () => {
      assert.deepEqual(inputs(withCdn, "edge-waf").rules, JSON.parse(JSON.stringify(webAclRules("x-viewer-address"))));
      assert.deepEqual(inputs(withCdn, "edge-cdn-waf").rules, JSON.parse(JSON.stringify(webAclRules())));
    });
    it("the validation record is the one that the certificate asks for", () => {
      const validation = withDomain.byName("edge-certificate-validation");
      for (const input of ["name", "type", "records"]) {
        assert.deepEqual(sources(validation, input), ["edge-certificate-eu-west-1"], input);
      }
    });
    it("one validation record serves both regions", () => {
      const records = withCdn.byType("aws:route53/record:Record").map(({ name }) => name);
      assert.deepEqual(records.sort(), ["edge-certificate-validation", "edge-dns-a", "edge-dns-aaaa"]);
    });
    it("the name points at the load balancer, or at CloudFront over IPv4 and IPv6", () => {
      assert.deepEqual(sources(withDomain.byName("edge-dns-a"), "aliases"), ["edge-lb"]);
      for (const name of ["edge-dns-a", "edge-dns-aaaa"]) {
        assert.deepEqual(sources(withCdn.byName(name), "aliases"), ["edge-cdn"]);
        assert.match(JSON.stringify(inputs(withCdn, name).aliases), /"evaluateTargetHealth":false/);
      }
      assert.match(JSON.stringify(inputs(withDomain, "edge-dns-a").aliases), /"evaluateTargetHealth":true/);
    });
  });

  describe("CloudFront", () => {
    it("speaks TLS 1.2 at least, to viewers and to the load balancer", () => {
      assertHas(inputs(withCdn, "edge-cdn").viewerCertificate as Record<string, unknown>, {
        minimumProtocolVersion: "TLSv1.2_2021",
        sslSupportMethod: "sni-only",
      });
      const [origin] = inputs(withCdn, "edge-cdn").origins as { customOriginConfig: Record<string, unknown> }[];
      assertHas(origin?.customOriginConfig ?? {}, {
        originProtocolPolicy: "https-only",
        originSslProtocols: ["TLSv1.2"],
      });
    });
    it("caches nothing else, and tells the load balancer the client's address on every path", () => {
      const { defaultCacheBehavior, orderedCacheBehaviors } = inputs(withCdn, "edge-cdn") as {
        defaultCacheBehavior: Record<string, unknown>;
        orderedCacheBehaviors: Record<string, unknown>[];
      };
      assert.equal(defaultCacheBehavior.cachePolicyId, "4135ea2d-6df8-44a3-9df3-4b5a84be39ad");
      for (const behavior of [defaultCacheBehavior, ...orderedCacheBehaviors]) {
        assertHas(behavior, {
          originRequestPolicyId: "216adef6-5c7f-47e4-b989-5492eafa07d3",
          viewerProtocolPolicy: "redirect-to-https",
        });
        const [first] = behavior.functionAssociations as { eventType: string }[];
        assert.equal(first?.eventType, "viewer-request");
      }
    });
    it("adds the security headers to what it answers by itself", () =>
      assert.deepEqual(inputs(withCdn, "edge-cdn-headers").securityHeadersConfig, {
        strictTransportSecurity: { accessControlMaxAgeSec: 31_536_000, includeSubdomains: true, override: true },
        frameOptions: { frameOption: "SAMEORIGIN", override: true },
        contentTypeOptions: { override: true },
        contentSecurityPolicy: {
          contentSecurityPolicy: inputs(withCdn, "edge-lb-https").routingHttpResponseContentSecurityPolicyHeaderValue,
          override: true,
        },
      }));
    it("delivers its access logs to the bucket", () => {
      assertHas(inputs(withCdn, "edge-cdn-log-source"), { logType: "ACCESS_LOGS", region: "us-east-1" });
      assert.deepEqual(sources(withCdn.byName("edge-cdn-log-source"), "resourceArn"), ["edge-cdn"]);
      assert.ok(waitsFor(withCdn.byName("edge-cdn-log-delivery")).includes("edge-logs-policy"));
    });
    it("waits longer for the load balancer than a request may take", () => {
      const [origin] = inputs(withCdn, "edge-cdn").origins as { customOriginConfig: { originReadTimeout: number } }[];
      assert.ok((origin?.customOriginConfig.originReadTimeout ?? 0) > timeline.requestTimeoutSeconds);
    });
    it("is the only way in: the load balancer answers 403 without the proof", () => {
      const [action] = inputs(withCdn, "edge-lb-https").defaultActions as Record<string, unknown>[];
      assertHas(action ?? {}, { type: "fixed-response" });
      assert.deepEqual(sources(withCdn.byName("edge-lb-from-cdn"), "conditions"), ["edge-origin-proof"]);
      assert.ok(sources(withCdn.byName("edge-cdn"), "origins").includes("edge-origin-proof"));
    });
    it("tells the client's address, whatever the client says", () => {
      const handler = compile<{ headers: Record<string, { value: string }> }>(addressFunction());
      const request = { headers: { "x-viewer-address": { value: "203.0.113.9" } } };
      const passed = handler({ request, viewer: { ip: "198.51.100.7" } });
      assert.deepEqual(passed.headers["x-viewer-address"], { value: "198.51.100.7" });
    });
    it("says how long clients may keep an answer, unless the service does", () => {
      const handler = compile<{ headers: Record<string, { value: string }> }>(cacheControlFunction("public"));
      assert.deepEqual(handler({ response: { headers: {} } }).headers, { "cache-control": { value: "public" } });
      const own = { "cache-control": { value: "no-store" } };
      assert.deepEqual(handler({ response: { headers: own } }).headers, { "cache-control": { value: "no-store" } });
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

/** The function that a CloudFront function's source defines. */
function compile<T>(source: string): (event: unknown) => T {
  return new Function(`${source}\nreturn handler;`)() as (event: unknown) => T;
}
