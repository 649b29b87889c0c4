import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AFTER_NODES, addons, BEFORE_NODES } from "./cluster/addons";
import { autoscalerStatements, loadBalancerStatements } from "./cluster/chart-permissions";
import {
  CHART_ACCOUNTS,
  clusterAutoscaler,
  loadBalancerController,
  SYSTEM_NAMESPACE,
  SYSTEM_NODE,
} from "./cluster/charts";
import { controlPlane } from "./cluster/control-plane";
import { kubeconfig } from "./cluster/kubeconfig";
import { NodeGroup, type NodeGroupSize, nodeRole } from "./cluster/node-group";
import { clusterSecurityGroups } from "./cluster/security-groups";
import { logGroup } from "./logs";
import { WorkloadIdentity, type WorkloadIdentityArgs } from "./workload-identity";

/** Label and taint of the API's nodes; guide, Kubernetes Resource Optimization: nodeSelector and tolerations. */
export const COMPUTE_NODE = {
  label: { key: "node-type", value: "compute-optimized" },
  taint: { key: "high-performance", value: "true" },
} as const;

/** Log groups of Container Insights (CloudWatch User Guide, "Container Insights"), below `/aws/containerinsights/<cluster>`. */
const CONTAINER_LOGS = ["application", "dataplane", "host", "performance"];

/** What the cluster needs to know. */
export interface ClusterArgs {
  /** Name of the EKS cluster: subnets, log groups and IAM conditions spell it out. A change replaces the cluster. */
  readonly clusterName: string;
  /** Kubernetes version, in standard support. Goes up one minor version at a time. */
  readonly version: string;
  readonly region: string;
  readonly accountId: string;
  readonly network: {
    readonly vpcId: pulumi.Input<string>;
    /** Clients of the private API endpoint and of the data stores are inside it. */
    readonly vpcCidr: string;
    /** Subnets of nodes, pods and control-plane interfaces. */
    readonly privateSubnetIds: pulumi.Input<string>[];
    /**
     * What leads from these subnets to AWS: routes, gateways, endpoints. Nodes need it to join, and it must outlast them:
     * a load balancer controller that reaches no API never lets go of its targets, nor `pulumi destroy` of the namespace.
     */
    readonly routes: pulumi.Resource[];
  };
  /**
   * Networks that reach the Kubernetes API from the internet. Empty: the API is private, and `pulumi up` must run
   * inside the VPC, which on the first deployment does not exist yet.
   */
  readonly publicAccessCidrs: readonly string[];
  /** IAM roles that administer the cluster. The role that runs `pulumi up` must be one of them. */
  readonly adminRoleArns: readonly string[];
  /** IAM roles that may see everything in the cluster, and change nothing. */
  readonly viewerRoleArns: readonly string[];
  /** Key of Kubernetes' Secrets and of the nodes' disks. A change replaces the cluster. */
  readonly clusterKeyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** Nodes of add-ons and controllers: untainted, as these tolerate no taint. */
  readonly system: NodeGroupSize;
  /** Nodes of the API. */
  readonly compute: NodeGroupSize & { readonly maxPodsPerNode: number };
  /** Tags of instances, volumes and interfaces, which the provider's default tags don't reach. */
  readonly tags: Record<string, string>;
  /** Whether AWS refuses to delete the cluster. */
  readonly protect: boolean;
}

/**
 * The EKS cluster: control plane, add-ons in the order in which they work, nodes for the system and for the API,
 * cluster autoscaler and AWS load balancer controller.
 */
export class Cluster extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  readonly arn: string;
  readonly endpoint: pulumi.Output<string>;
  /** Security group of the nodes, and so of the pods. */
  readonly nodeSecurityGroupId: pulumi.Output<string>;
  /** Makes Kubernetes objects in this cluster. */
  readonly provider: k8s.Provider;
  /** The command that lets `kubectl` reach the cluster. */
  readonly kubeconfigCommand: string;
  /** What a workload must wait for: nodes, cluster DNS, metrics and the load balancer controller. */
  readonly ready: pulumi.Resource[];
  /** Auto Scaling groups of the API's nodes. */
  readonly computeNodeGroupAsgNames: pulumi.Output<string[]>;
  /** Role of the load balancer controller, which may look but register nothing: see {@link Api}. */
  readonly loadBalancerControllerRoleName: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:cluster:Cluster", name, {}, opts);
    this.arn = `arn:aws:eks:${args.region}:${args.accountId}:cluster/${args.clusterName}`;

    const groups = clusterSecurityGroups(name, args.network, this);
    const { cluster, access } = controlPlane(
      name,
      {
        ...args,
        clusterArn: this.arn,
        subnetIds: args.network.privateSubnetIds,
        securityGroupId: groups.controlPlane.id,
      },
      this,
    );
    const identity = (suffix: string, account: Omit<WorkloadIdentityArgs, "cluster">) =>
      new WorkloadIdentity(
        `${name}-${suffix}`,
        { cluster: { name: cluster.name, arn: this.arn }, ...account },
        { parent: this },
      );

    const cni = identity("vpc-cni-identity", {
      namespace: SYSTEM_NAMESPACE,
      serviceAccount: "aws-node",
      managedPolicyArns: [aws.iam.ManagedPolicy.AmazonEKS_CNI_Policy],
    });
    const networking = addons(name, cluster.name, BEFORE_NODES, { parent: this, dependsOn: [cni.association] });

    const role = nodeRole(`${name}-node-role`, this);
    const nodes = {
      clusterName: cluster.name,
      version: args.version,
      nodeRoleArn: role.arn,
      subnetIds: args.network.privateSubnetIds,
      securityGroupId: groups.nodes.id,
      keyArn: args.clusterKeyArn,
      tags: args.tags,
    };
    const joinable = {
      parent: this,
      dependsOn: [...networking, ...role.grants, ...groups.rules, ...args.network.routes],
    };
    const system = new NodeGroup(`${name}-system`, { ...nodes, ...args.system, labels: SYSTEM_NODE }, joinable);
    const compute = new NodeGroup(
      `${name}-compute`,
      {
        ...nodes,
        ...args.compute,
        labels: { [COMPUTE_NODE.label.key]: COMPUTE_NODE.label.value },
        taints: [{ ...COMPUTE_NODE.taint, effect: "NO_SCHEDULE" }],
      },
      joinable,
    );

    const observability = identity("observability-identity", {
      namespace: "amazon-cloudwatch",
      serviceAccount: "cloudwatch-agent",
      managedPolicyArns: [
        aws.iam.ManagedPolicy.CloudWatchAgentServerPolicy,
        aws.iam.ManagedPolicy.AWSXrayWriteOnlyAccess,
      ],
    });
    const containerLogs = CONTAINER_LOGS.map((kind) =>
      logGroup(
        `${name}-${kind}-logs`,
        {
          name: `/aws/containerinsights/${args.clusterName}/${kind}`,
          retentionInDays: args.logRetentionDays,
          kmsKeyArn: args.logsKeyArn,
        },
        { parent: this },
      ),
    );
    const services = addons(name, cluster.name, AFTER_NODES, {
      parent: this,
      dependsOn: [system.group, observability.association, ...containerLogs],
    });

    this.provider = new k8s.Provider(
      `${name}-kubernetes`,
      {
        kubeconfig: kubeconfig(cluster, args.region),
        // The endpoint changes when, and only when, the cluster is another one.
        clusterIdentifier: cluster.endpoint,
      },
      { parent: this, dependsOn: access },
    );
    const autoscaler = identity("autoscaler-identity", {
      namespace: SYSTEM_NAMESPACE,
      serviceAccount: CHART_ACCOUNTS.autoscaler,
      statements: autoscalerStatements(args),
    });
    const loadBalancer = identity("load-balancer-identity", {
      namespace: SYSTEM_NAMESPACE,
      serviceAccount: CHART_ACCOUNTS.loadBalancer,
      statements: loadBalancerStatements,
    });
    const charts = { parent: this, provider: this.provider };
    const chartArgs = { ...args, vpcId: args.network.vpcId };
    const releases = [
      clusterAutoscaler(`${name}-autoscaler`, chartArgs, {
        ...charts,
        dependsOn: [...services, autoscaler.association],
      }),
      loadBalancerController(`${name}-load-balancer`, chartArgs, {
        ...charts,
        dependsOn: [...services, loadBalancer.association],
      }),
    ];

    this.name = cluster.name;
    this.endpoint = cluster.endpoint;
    this.nodeSecurityGroupId = groups.nodes.id;
    this.kubeconfigCommand = `aws eks update-kubeconfig --region ${args.region} --name ${args.clusterName}`;
    this.ready = [system.group, compute.group, ...services, ...releases];
    this.computeNodeGroupAsgNames = compute.autoScalingGroupNames;
    this.loadBalancerControllerRoleName = loadBalancer.roleName;
    this.registerOutputs({
      name: this.name,
      endpoint: this.endpoint,
      nodeSecurityGroupId: this.nodeSecurityGroupId,
      kubeconfigCommand: this.kubeconfigCommand,
      computeNodeGroupAsgNames: this.computeNodeGroupAsgNames,
      loadBalancerControllerRoleName: this.loadBalancerControllerRoleName,
    });
  }
}
