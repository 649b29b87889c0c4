import * as aws from "@pulumi/aws";
import { Cluster, type ClusterArgs } from "../../../components/cluster";
import { record } from "../../support/record";

export const ACCOUNT = "123456789012";
export const CLUSTER_ARN = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/pynomaly-test`;
export const ROLES = [`arn:aws:iam::${ACCOUNT}:role/deployer`, `arn:aws:iam::${ACCOUNT}:role/sso/operator`];
export const VIEWERS = [`arn:aws:iam::${ACCOUNT}:role/drift`];

/** Records a cluster with a way to AWS; what it hands out comes back as the stack's outputs. */
export const cluster = (changes: Partial<ClusterArgs> = {}) =>
  record(
    () => {
      const provider = new aws.Provider("aws", { region: "eu-west-1" });
      const route = new aws.ec2.Route("route", { routeTableId: "rtb-1" }, { provider });
      const made = new Cluster(
        "cluster",
        {
          clusterName: "pynomaly-test",
          version: "1.35",
          region: "eu-west-1",
          accountId: ACCOUNT,
          network: {
            vpcId: "vpc-1",
            vpcCidr: "10.0.0.0/16",
            privateSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
            routes: [route],
          },
          publicAccessCidrs: [],
          adminRoleArns: ROLES,
          viewerRoleArns: VIEWERS,
          clusterKeyArn: "arn:cluster-key",
          logsKeyArn: "arn:logs-key",
          logRetentionDays: 365,
          system: { instanceType: "m7i.large", min: 2, max: 4 },
          compute: { instanceType: "c7i.2xlarge", min: 3, max: 6, maxPodsPerNode: 110 },
          tags: { Project: "pynomaly" },
          protect: true,
          ...changes,
        },
        { providers: [provider] },
      );
      return { ready: made.ready.map((part) => part.urn), kubeconfigCommand: made.kubeconfigCommand, arn: made.arn };
    },
    { disabledDefaultProviders: ["*"] },
  );

export const ADDON = "aws:eks/addon:Addon";
export const ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
export const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
export const EKS = "aws:eks/cluster:Cluster";
export const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
export const NODE_GROUP = "aws:eks/nodeGroup:NodeGroup";
export const RELEASE = "kubernetes:helm.sh/v3:Release";
export const ROLE = "aws:iam/role:Role";
export const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
export const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

export const BEFORE_NODES = ["cluster-vpc-cni", "cluster-kube-proxy", "cluster-eks-pod-identity-agent"];
export const AFTER_NODES = ["cluster-coredns", "cluster-metrics-server", "cluster-amazon-cloudwatch-observability"];
export const NODES = ["cluster-system-group", "cluster-compute-group"];
