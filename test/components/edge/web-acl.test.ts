import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { sources } from "../graph";
import { assertHas, base, domain, edge, inputs } from "./fixture";

describe("Edge", function () {
  this.timeout(30_000);
  let plain: Graph;
  let withCdn: Graph;
  before(async () => {
    plain = await edge();
    withCdn = await edge({ ...domain, cdn: true });
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
    it("leaves the addresses of a load test out of its rate, in a set for each family and scope", async () => {
      const loadTestAddresses = ["203.0.113.7/32", "2001:db8::/64", "198.51.100.0/24"];
      const graph = await edge({ ...domain, cdn: true, loadTestAddresses });
      const sets = graph.byType("aws:wafv2/ipSet:IpSet").map(({ name, inputs }) => [name, inputs]);
      const regional = { scope: "REGIONAL" };
      const global = { scope: "CLOUDFRONT", region: "us-east-1" };
      const ipv4 = { ipAddressVersion: "IPV4", addresses: ["203.0.113.7/32", "198.51.100.0/24"] };
      const ipv6 = { ipAddressVersion: "IPV6", addresses: ["2001:db8::/64"] };
      assert.deepEqual(Object.fromEntries(sets), {
        "edge-waf-load-test-ipv4": { ...regional, ...ipv4 },
        "edge-waf-load-test-ipv6": { ...regional, ...ipv6 },
        "edge-cdn-waf-load-test-ipv4": { ...global, ...ipv4 },
        "edge-cdn-waf-load-test-ipv6": { ...global, ...ipv6 },
      });
      for (const acl of ["edge-waf", "edge-cdn-waf"]) {
        assert.deepEqual(sources(graph.byName(acl), "rules"), [`${acl}-load-test-ipv4`, `${acl}-load-test-ipv6`]);
      }
      const one = await edge({ loadTestAddresses: ["203.0.113.7/32"] });
      assert.deepEqual(sources(one.byName("edge-waf"), "rules"), ["edge-waf-load-test-ipv4"]);
      assert.deepEqual(sources(plain.byName("edge-waf"), "rules"), []);
    });
  });
});
