import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { assertHas, domain, edge, inputs } from "./fixture";

describe("Edge", function () {
  this.timeout(30_000);
  let plain: Graph;
  let withCdn: Graph;
  before(async () => {
    plain = await edge();
    withCdn = await edge({ ...domain, cdn: true });
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
});
