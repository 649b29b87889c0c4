import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import type { Given } from "../../engine";
import { given } from "../../given";

const VPC = given(T.VPC, {}, { name: "vpc" });
const inVpc = (type: string, props: Record<string, unknown> = {}): Given[] => [
  VPC,
  given(type, props, { refs: { vpcId: ["vpc"] } }),
];

/** A load balancer, its security group and one ingress rule in each of AWS's forms. */
const GROUP = given(T.SECURITY_GROUP, {}, { name: "front" });
const BALANCER = given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { securityGroups: ["front"] } });
const WEB = { fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" };
const ingress = (props: Record<string, unknown>, type: string = T.INGRESS_RULE): Given =>
  given(type, props, { refs: { securityGroupId: ["front"] } });
const inline = (props: Record<string, unknown>): Given =>
  given(T.SECURITY_GROUP, { ingress: [props] }, { name: "front" });

/** What the rules about networks and what security groups open accept and refuse. */
export const networkCases: CaseTable = {
  "net-flow-logs": {
    holds: [inVpc(T.FLOW_LOG)],
    breaks: [
      [[VPC], /no flow log refers to the VPC/],
      [[VPC, given(T.FLOW_LOG, {})], /no flow log refers to the VPC/],
    ],
  },
  "net-default-sg": {
    holds: [inVpc(T.DEFAULT_SECURITY_GROUP), inVpc(T.DEFAULT_SECURITY_GROUP, { ingress: [], egress: [] })],
    breaks: [
      [[VPC], /as AWS made it/],
      [inVpc(T.DEFAULT_SECURITY_GROUP, { egress: [{ protocol: "-1" }] }), /has egress rules/],
    ],
  },
  "net-no-auto-public-ip": {
    holds: [[given(T.SUBNET)], [given(T.SUBNET, { mapPublicIpOnLaunch: false })]],
    breaks: [[[given(T.SUBNET, { mapPublicIpOnLaunch: true })], /mapPublicIpOnLaunch is true/]],
  },
  "sg-no-world-ingress": {
    holds: [
      [GROUP, BALANCER, ingress(WEB)],
      [BALANCER, inline({ fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"], ipv6CidrBlocks: ["::/0"] })],
      [GROUP, ingress({ fromPort: 5432, toPort: 5432, cidrIpv4: "10.0.0.0/16" })],
      [GROUP, ingress({ type: "egress", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }, T.SECURITY_GROUP_RULE)],
    ],
    breaks: [
      [[GROUP, ingress(WEB)], /ports 443 to 443 open to the internet, and not on a load balancer/],
      [[GROUP, BALANCER, ingress({ ...WEB, fromPort: 22, toPort: 22 })], /ports 22 to 22 open to the internet$/m],
      [[GROUP, BALANCER, ingress({ ...WEB, fromPort: 80 })], /ports 80 to 443 open/],
      [[GROUP, BALANCER, ingress({ ipProtocol: "-1", cidrIpv6: "::/0" })], /every port open/],
      [[inline({ fromPort: 5432, toPort: 5432, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] })], /ports 5432 to 5432/],
      [
        [
          GROUP,
          ingress({ type: "ingress", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }, T.SECURITY_GROUP_RULE),
        ],
        /22/,
      ],
    ],
  },
  "sg-description": {
    holds: [[given(T.INGRESS_RULE, { description: "web" })], [given(T.SECURITY_GROUP, { description: "front" })]],
    breaks: [
      [[given(T.INGRESS_RULE)], /description is not set/],
      [[given(T.SECURITY_GROUP, { description: "" })], /description is not set/],
    ],
  },
  "sg-no-all-egress": {
    holds: [
      [given(T.EGRESS_RULE, { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" })],
      [given(T.EGRESS_RULE, { ipProtocol: "-1", cidrIpv4: "10.0.0.0/16" })],
      [given(T.INGRESS_RULE, { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" })],
    ],
    breaks: [
      [[given(T.EGRESS_RULE, { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" })], /every port to 0\.0\.0\.0\/0/],
      [[given(T.EGRESS_RULE, { ipProtocol: "-1", cidrIpv6: "::/0" })], /every port to ::\/0/],
      [[given(T.SECURITY_GROUP, { egress: [{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }] })], /every port to/],
    ],
  },
  "net-endpoints": {
    holds: [
      [
        VPC,
        given(T.EKS_CLUSTER),
        ...["ecr.api", "ecr.dkr", "s3"].map((service) =>
          given(
            T.VPC_ENDPOINT,
            { serviceName: `com.amazonaws.us-east-1.${service}` },
            { name: service, refs: { vpcId: ["vpc"] } },
          ),
        ),
      ],
      [VPC],
    ],
    breaks: [
      [
        [...inVpc(T.VPC_ENDPOINT, { serviceName: "com.amazonaws.us-east-1.ecr.dkr" }), given(T.EKS_CLUSTER)],
        /no endpoint for ecr\.api, s3/,
      ],
    ],
  },
};
