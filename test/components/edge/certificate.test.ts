import assert from "node:assert/strict";
import { webAclRules } from "../../../components/edge/web-acl-rules";
import type { Graph } from "../../support/record";
import { sources } from "../graph";
import { assertHas, domain, edge, inputs } from "./fixture";

describe("Edge", function () {
  this.timeout(30_000);
  let withDomain: Graph;
  let withCdn: Graph;
  before(async () => {
    withDomain = await edge(domain);
    withCdn = await edge({ ...domain, cdn: true });
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
});
