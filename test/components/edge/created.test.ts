import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { count } from "../graph";
import { domain, edge, inputs } from "./fixture";

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

  it("says where the API is reached", () => {
    assert.equal(withDomain.outputs.url, "https://api.example.com");
    assert.equal(withCdn.outputs.url, "https://api.example.com");
    assert.equal(plain.outputs.url, "[unknown]");
  });
});
