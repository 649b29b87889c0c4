import assert from "node:assert/strict";
import { addressFunction, cacheControlFunction } from "../../../components/edge/cdn-functions";
import { timeline } from "../../../sizing/timeline";
import type { Graph } from "../../support/record";
import { sources, waitsFor } from "../graph";
import { assertHas, domain, edge, inputs } from "./fixture";

describe("Edge", function () {
  this.timeout(30_000);
  let withCdn: Graph;
  before(async () => {
    withCdn = await edge({ ...domain, cdn: true });
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
});

/** The function that a CloudFront function's source defines. */
function compile<T>(source: string): (event: unknown) => T {
  return new Function(`${source}\nreturn handler;`)() as (event: unknown) => T;
}
