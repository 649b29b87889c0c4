import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AddressPlan } from "../sizing/addresses";
import { interfaceEndpoints } from "./network/endpoints";
import { flowLogs } from "./network/flow-logs";
import { zoneLetter } from "./zone";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  /** CIDR of the VPC and of three subnets in each zone. A changed CIDR replaces its subnet and all that is in it. */
  readonly addresses: AddressPlan;
  readonly accountId: string;
  readonly region: string;
  /**
   * Ways out of the private subnets. `per-zone` survives the loss of a zone and costs a gateway in each; `single` is
   * cheaper and hangs on one zone. With `none` nothing leaves the VPC: endpoints for the APIs that nodes and controllers
   * call are added, and every image has to come from ECR (a pull-through cache for public registries).
   */
  readonly natGateways: "per-zone" | "single" | "none";
  /** Name of the EKS cluster, for the subnet tags and as the prefix of names shown in the console. */
  readonly clusterName: string;
  readonly logsKeyArn: pulumi.Input<string>;
  /** Days that flow logs are kept. */
  readonly logRetentionDays: number;
}

/**
 * A VPC with three subnets in every zone: `public` for load balancers and NAT gateways, `private` for nodes and
 * endpoints, `data` for the database and the cache, without a route to anywhere outside the VPC. Resources are named
 * after the zone's letter, so that an added zone changes no other.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** In the order of the address plan's zones, as are the other two. */
  readonly publicSubnetIds: pulumi.Output<string>[];
  readonly privateSubnetIds: pulumi.Output<string>[];
  readonly dataSubnetIds: pulumi.Output<string>[];
  /**
   * What leads out of the subnets: routes, the gateways behind them, endpoints. Whatever starts in a subnet and calls AWS
   * at once, or needs the internet gateway to be there, depends on these; a subnet's id alone does not wait for them.
   */
  readonly routes: pulumi.Resource[];
  /** Group of the interface endpoints; a client in the VPC also needs an egress rule to it on port 443. */
  readonly endpointsSecurityGroupId: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:network:Network", name, {}, opts);
    const child = { parent: this };
    const { vpcCidr } = args.addresses;
    const tags = (suffix: string) => ({ Name: `${args.clusterName}-${suffix}` });
    const clusterTag = { [`kubernetes.io/cluster/${args.clusterName}`]: "shared" };

    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: vpcCidr, enableDnsHostnames: true, enableDnsSupport: true, tags: tags("vpc") },
      child,
    );
    const vpcId = vpc.id;
    new aws.ec2.DefaultSecurityGroup(
      `${name}-default`,
      { vpcId, ingress: [], egress: [], tags: tags("default-unused") },
      child,
    );
    const internet = new aws.ec2.InternetGateway(`${name}-internet`, { vpcId, tags: tags("internet") }, child);

    const routeTable = (suffix: string) =>
      new aws.ec2.RouteTable(`${name}-${suffix}`, { vpcId, tags: tags(suffix) }, child);
    const routes: pulumi.Resource[] = [];
    const defaultRoute = (suffix: string, to: Pick<aws.ec2.RouteArgs, "routeTableId" | "gatewayId" | "natGatewayId">) =>
      routes.push(new aws.ec2.Route(`${name}-${suffix}`, { destinationCidrBlock: "0.0.0.0/0", ...to }, child));
    const subnet = (
      suffix: string,
      place: { zone: string; cidr: string; routes: aws.ec2.RouteTable },
      roleTags: Record<string, string>,
    ) => {
      const created = new aws.ec2.Subnet(
        `${name}-${suffix}`,
        {
          vpcId,
          availabilityZone: place.zone,
          cidrBlock: place.cidr,
          mapPublicIpOnLaunch: false,
          tags: { ...tags(suffix), ...roleTags },
        },
        child,
      );
      routes.push(
        new aws.ec2.RouteTableAssociation(
          `${name}-${suffix}`,
          { subnetId: created.id, routeTableId: place.routes.id },
          child,
        ),
      );
      return created.id;
    };

    const publicRoutes = routeTable("public");
    defaultRoute("public", { routeTableId: publicRoutes.id, gatewayId: internet.id });
    const dataRoutes = routeTable("data");

    const zones = args.addresses.zones.map(({ zone, publicCidr, privateCidr, dataCidr }) => {
      const letter = zoneLetter(zone);
      const privateRoutes = routeTable(`private-${letter}`);
      return {
        letter,
        privateRoutes,
        public: subnet(
          `public-${letter}`,
          { zone, cidr: publicCidr, routes: publicRoutes },
          { "kubernetes.io/role/elb": "1", ...clusterTag },
        ),
        private: subnet(
          `private-${letter}`,
          { zone, cidr: privateCidr, routes: privateRoutes },
          { "kubernetes.io/role/internal-elb": "1", ...clusterTag },
        ),
        data: subnet(`data-${letter}`, { zone, cidr: dataCidr, routes: dataRoutes }, {}),
      };
    });
    const privateSubnetIds = zones.map((zone) => zone.private);

    const gatewayCount = { "per-zone": zones.length, single: 1, none: 0 }[args.natGateways];
    const natGateways = zones.slice(0, gatewayCount).map((zone) => {
      const suffix = `nat-${zone.letter}`;
      const address = new aws.ec2.Eip(`${name}-${suffix}`, { domain: "vpc", tags: tags(suffix) }, child);
      return new aws.ec2.NatGateway(
        `${name}-${suffix}`,
        { allocationId: address.id, subnetId: zone.public, tags: tags(suffix) },
        { ...child, dependsOn: internet },
      );
    });
    for (const [index, zone] of zones.entries()) {
      const gateway = natGateways[index] ?? natGateways[0];
      if (gateway) {
        defaultRoute(`private-${zone.letter}`, { routeTableId: zone.privateRoutes.id, natGatewayId: gateway.id });
      }
    }

    const s3 = new aws.ec2.VpcEndpoint(
      `${name}-endpoint-s3`,
      {
        vpcId,
        serviceName: `com.amazonaws.${args.region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds: zones.map((zone) => zone.privateRoutes.id),
        tags: tags("s3"),
      },
      child,
    );
    const endpoints = interfaceEndpoints(
      name,
      { vpcId, vpcCidr, region: args.region, subnetIds: privateSubnetIds, internet: gatewayCount > 0, tags },
      child,
    );
    flowLogs(`${name}-flow-logs`, { vpcId, ...args }, child);

    this.vpcId = vpcId;
    this.publicSubnetIds = zones.map((zone) => zone.public);
    this.privateSubnetIds = privateSubnetIds;
    this.dataSubnetIds = zones.map((zone) => zone.data);
    this.routes = [...routes, s3, ...endpoints.ready];
    this.endpointsSecurityGroupId = endpoints.securityGroup.id;
    this.registerOutputs({
      vpcId: this.vpcId,
      publicSubnetIds: this.publicSubnetIds,
      privateSubnetIds: this.privateSubnetIds,
      dataSubnetIds: this.dataSubnetIds,
      endpointsSecurityGroupId: this.endpointsSecurityGroupId,
    });
  }
}
