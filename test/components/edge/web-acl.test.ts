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
  });
});
