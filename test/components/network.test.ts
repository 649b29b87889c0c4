import assert from "node:assert/strict";
import * as aws from "@pulumi/aws";
import { Network, type NetworkArgs } from "../../components/network";
import type { AddressPlan } from "../../sizing/addresses";
import { type Graph, record } from "../support/record";
import { count, resource, sources, waitsFor } from "./graph";

const zone = (letter: string, third: number) => ({
  zone: `eu-west-1${letter}`,
  privateCidr: `10.0.${third}.0/24`,
  publicCidr: `10.1.${third}.0/24`,
  dataCidr: `10.2.${third}.0/24`,
});
const a = zone("a", 0);
const b = zone("b", 1);
const c = zone("c", 2);
const addresses = (...zones: AddressPlan["zones"]): AddressPlan => ({ vpcCidr: "10.0.0.0/8", zones, demand: [] });

const ARGS: NetworkArgs = {
  addresses: addresses(a, b, c),
  accountId: "123456789012",
  region: "eu-west-1",
  natGateways: "per-zone",
  clusterName: "pynomaly-test",
  logsKeyArn: "arn:logs",
  logRetentionDays: 365,
};
const network = (changes: Partial<NetworkArgs> = {}) =>
  record(() => {
    new Network("network", { ...ARGS, ...changes });
  });

const names = (graph: Graph, type: string) =>
  graph
    .byType(type)
    .map((found) => found.name)
    .sort();
const services = (graph: Graph, kind: string) =>
  graph
    .byType("aws:ec2/vpcEndpoint:VpcEndpoint")
    .filter((endpoint) => endpoint.inputs.vpcEndpointType === kind)
    .map((endpoint) => String(endpoint.inputs.serviceName).replace("com.amazonaws.eu-west-1.", ""))
    .sort();

const SUBNET = "aws:ec2/subnet:Subnet";
const ROUTE = "aws:ec2/route:Route";
const NAT = "aws:ec2/natGateway:NatGateway";

describe("Network", () => {
  let graph: Graph;
  before(async () => {
    graph = await network();
  });

  it("makes exactly the resources of three zones", () => {
    assert.deepEqual(count(graph), {
      "aws:cloudwatch/logGroup:LogGroup": 1,
      "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": 1,
      "aws:ec2/eip:Eip": 3,
      "aws:ec2/flowLog:FlowLog": 1,
      "aws:ec2/internetGateway:InternetGateway": 1,
      [NAT]: 3,
      [ROUTE]: 4,
      "aws:ec2/routeTable:RouteTable": 5,
      "aws:ec2/routeTableAssociation:RouteTableAssociation": 9,
      "aws:ec2/securityGroup:SecurityGroup": 1,
      [SUBNET]: 9,
      "aws:ec2/vpc:Vpc": 1,
      "aws:ec2/vpcEndpoint:VpcEndpoint": services(graph, "Interface").length + 1,
      "aws:iam/role:Role": 1,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 1,
      "pynomaly:network:Network": 1,
    });
  });

  it("places each subnet in its zone with the plan's CIDR, without public addresses", () => {
    for (const { zone, publicCidr, privateCidr, dataCidr } of [a, b, c]) {
      for (const [tier, cidr] of Object.entries({ public: publicCidr, private: privateCidr, data: dataCidr })) {
        const { inputs } = resource(graph, SUBNET, `network-${tier}-${zone.at(-1)}`);
        assert.deepEqual([inputs.availabilityZone, inputs.cidrBlock], [zone, cidr]);
        assert.equal(inputs.mapPublicIpOnLaunch, false);
      }
    }
  });

  it("tags subnets with their EKS role", () => {
    const tags = (name: string) => resource(graph, SUBNET, name).inputs.tags as Record<string, string>;
    assert.equal(tags("network-public-a")["kubernetes.io/role/elb"], "1");
    assert.equal(tags("network-private-a")["kubernetes.io/role/internal-elb"], "1");
    assert.equal(tags("network-private-a")["kubernetes.io/cluster/pynomaly-test"], "shared");
    assert.deepEqual(tags("network-data-a"), { Name: "pynomaly-test-data-a" });
  });

  it("routes each private subnet through the gateway of its own zone, in a public subnet of that zone", () => {
    for (const letter of ["a", "b", "c"]) {
      const route = resource(graph, ROUTE, `network-private-${letter}`);
      assert.deepEqual(sources(route, "natGatewayId"), [`network-nat-${letter}`]);
      assert.deepEqual(sources(route, "routeTableId"), [`network-private-${letter}`]);
      const gateway = resource(graph, NAT, `network-nat-${letter}`);
      assert.deepEqual(sources(gateway, "subnetId"), [`network-public-${letter}`]);
      assert.ok(waitsFor(gateway).includes("network-internet"));
    }
  });

  it("associates every subnet with the table of its tier", () => {
    const table = (name: string) =>
      sources(resource(graph, "aws:ec2/routeTableAssociation:RouteTableAssociation", name), "routeTableId");
    assert.deepEqual(table("network-public-b"), ["network-public"]);
    assert.deepEqual(table("network-private-b"), ["network-private-b"]);
    assert.deepEqual(table("network-data-b"), ["network-data"]);
  });

  it("gives the data subnets no route out of the VPC", () => {
    const routed = graph.byType(ROUTE).flatMap((route) => sources(route, "routeTableId"));
    assert.deepEqual(routed.sort(), ["network-private-a", "network-private-b", "network-private-c", "network-public"]);
    const s3 = resource(graph, "aws:ec2/vpcEndpoint:VpcEndpoint", "network-endpoint-s3");
    assert.ok(!sources(s3, "routeTableIds").includes("network-data"));
  });

  it("sends all private subnets through one gateway when it is single", async () => {
    const single = await network({ natGateways: "single" });
    assert.deepEqual(names(single, NAT), ["network-nat-a"]);
    assert.deepEqual(sources(resource(single, ROUTE, "network-private-c"), "natGatewayId"), ["network-nat-a"]);
  });

  it("has no gateway and no private route out when there is none, and endpoints for nodes and controllers instead", async () => {
    const none = await network({ natGateways: "none" });
    assert.deepEqual(
      [names(none, NAT), names(none, "aws:ec2/eip:Eip"), names(none, ROUTE)],
      [[], [], ["network-public"]],
    );
    const added = services(none, "Interface").filter((service) => !services(graph, "Interface").includes(service));
    assert.deepEqual(added, ["autoscaling", "ec2", "eks", "elasticloadbalancing", "monitoring", "xray"]);
  });

  it("keeps every resource as it is when a zone is added", async () => {
    const two = await network({ addresses: addresses(a, b) });
    const lists = ["aws:ec2/vpcEndpoint:VpcEndpoint"];
    for (const before of two.resources.filter(({ type }) => !lists.includes(type))) {
      assert.deepEqual(resource(graph, before.type, before.name), before);
    }
  });

  it("offers S3 through a gateway, and images, credentials, logs and secrets through interfaces", () => {
    assert.deepEqual(services(graph, "Gateway"), ["s3"]);
    for (const service of ["ecr.api", "ecr.dkr", "eks-auth", "logs", "secretsmanager", "sts"]) {
      assert.ok(services(graph, "Interface").includes(service), service);
      const name = `network-endpoint-${service.replace(".", "-")}`;
      const endpoint = resource(graph, "aws:ec2/vpcEndpoint:VpcEndpoint", name);
      assert.equal(endpoint.inputs.privateDnsEnabled, true);
      assert.deepEqual(sources(endpoint, "securityGroupIds"), ["network-endpoints"]);
      assert.deepEqual(sources(endpoint, "subnetIds"), ["network-private-a", "network-private-b", "network-private-c"]);
    }
  });

  it("admits HTTPS from the VPC, and nothing else, to the endpoints", () => {
    const [rule] = graph.byType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    assert.equal(rule?.inputs.cidrIpv4, "10.0.0.0/8");
    assert.deepEqual([rule?.inputs.ipProtocol, rule?.inputs.fromPort, rule?.inputs.toPort], ["tcp", 443, 443]);
    assert.deepEqual(graph.byType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"), []);
  });

  it("offers as routes all that leads out of the subnets, for those who need it before they start", async () => {
    const client = "aws:ec2/networkInterface:NetworkInterface";
    const used = await record(() => {
      const { routes } = new Network("network", ARGS);
      new aws.ec2.NetworkInterface("client", { subnetId: "subnet-1" }, { dependsOn: routes });
    });
    const leads = [ROUTE, "aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ec2/vpcEndpoint:VpcEndpoint"];
    const expected = [...leads, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"].flatMap((type) =>
      used.byType(type).map(({ urn }) => urn),
    );
    assert.deepEqual(resource(used, client, "client").options.dependsOn.toSorted(), expected.toSorted());
  });

  it("locks the default security group", () => {
    const { inputs } = resource(graph, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network-default");
    assert.deepEqual([inputs.ingress, inputs.egress], [[], []]);
  });

  it("records all flows in an encrypted log group that only the flow log's role writes to", () => {
    const group = resource(graph, "aws:cloudwatch/logGroup:LogGroup", "network-flow-logs");
    assert.deepEqual(group.inputs, {
      name: "/pynomaly-test/vpc-flow-logs",
      retentionInDays: 365,
      kmsKeyId: "arn:logs",
    });
    const flowLog = resource(graph, "aws:ec2/flowLog:FlowLog", "network-flow-logs");
    assert.equal(flowLog.inputs.trafficType, "ALL");
    const rolePolicy = resource(graph, "aws:iam/rolePolicy:RolePolicy", "network-flow-logs");
    assert.ok(flowLog.options.dependsOn.includes(rolePolicy.urn));
    const policy = JSON.parse(String(rolePolicy.inputs.policy));
    const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/pynomaly-test/vpc-flow-logs";
    assert.deepEqual(policy.Statement[0].Resource, [arn, `${arn}:*`]);
    const trust = JSON.parse(String(resource(graph, "aws:iam/role:Role", "network-flow-logs").inputs.assumeRolePolicy));
    assert.deepEqual(trust.Statement[0].Condition.StringEquals, { "aws:SourceAccount": "123456789012" });
  });
});
