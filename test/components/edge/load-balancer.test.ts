import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { Edge } from "../../../components/edge";
import { type Graph, record } from "../../support/record";
import { waitsFor } from "../graph";
import { assertHas, base, domain, edge, inputs } from "./fixture";

describe("Edge", function () {
  this.timeout(30_000);
  let plain: Graph;
  let withDomain: Graph;
  before(async () => {
    plain = await edge();
    withDomain = await edge(domain);
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

  describe("load balancer", () => {
    it("is public, strict and protected, and logs", () => {
      const bucket = "pynomaly-test-logs-123456789012-eu-west-1";
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
});
