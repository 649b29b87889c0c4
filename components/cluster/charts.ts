import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { kubernetesVersion, kubernetesVersions } from "../../sizing/kubernetes";
import { SYSTEM_PODS } from "../../sizing/nodes";
import { kubernetesSize } from "../../sizing/units";

/** Namespace of the charts and of EKS' own add-ons. */
export const SYSTEM_NAMESPACE = "kube-system";

/** Label of the nodes on which the charts run. */
export const SYSTEM_NODE = { "node-type": "system" } as const;

/** Service accounts of the charts, also the releases' names: Pod Identity associates roles with them. */
export const CHART_ACCOUNTS = {
  autoscaler: "cluster-autoscaler",
  loadBalancer: "aws-load-balancer-controller",
} as const;

const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/** What both charts need to know of the cluster. */
export interface ChartArgs {
  readonly clusterName: string;
  readonly version: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
}

/** Replicas and requests of a chart's pods, as the system nodes are sized for them. */
function planned(account: string): { replicas: number; requests: { cpu: string; memory: string } } {
  const pods = SYSTEM_PODS.filter((pod) => pod.name === account);
  const [pod] = pods;
  if (pod === undefined) throw new Error(`${account} is not among the system pods of sizing/nodes.ts`);
  return { replicas: pods.length, requests: { cpu: `${pod.cpuMillis}m`, memory: kubernetesSize(pod.memoryBytes) } };
}

const spreadOverHosts = (app: string) => [
  {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { "app.kubernetes.io/name": app } },
  },
];

/**
 * Cluster autoscaler: grows the node groups for pods that don't fit, and removes nodes that stand idle. It finds the
 * groups by the tags that EKS puts on them.
 *
 * @throws Error when the Kubernetes version is not offered.
 */
export function clusterAutoscaler(name: string, args: ChartArgs, opts: pulumi.CustomResourceOptions) {
  const facts = kubernetesVersion(args.version);
  if (facts === undefined) {
    throw new Error(`Kubernetes ${args.version} is not offered; offered: ${kubernetesVersions.join(", ")}`);
  }
  const { replicas, requests } = planned(CHART_ACCOUNTS.autoscaler);
  return new k8s.helm.v3.Release(
    name,
    {
      name: CHART_ACCOUNTS.autoscaler,
      namespace: SYSTEM_NAMESPACE,
      chart: "cluster-autoscaler",
      version: "9.59.0",
      repositoryOpts: { repo: "https://kubernetes.github.io/autoscaler" },
      values: {
        nameOverride: CHART_ACCOUNTS.autoscaler,
        image: { tag: facts.clusterAutoscaler },
        cloudProvider: "aws",
        awsRegion: args.region,
        autoDiscovery: { clusterName: args.clusterName },
        rbac: { serviceAccount: { name: CHART_ACCOUNTS.autoscaler } },
        replicaCount: replicas,
        podDisruptionBudget: { maxUnavailable: 1 },
        nodeSelector: SYSTEM_NODE,
        topologySpreadConstraints: spreadOverHosts(CHART_ACCOUNTS.autoscaler),
        resources: { requests, limits: { memory: "600Mi" } },
        securityContext: { ...POD_SECURITY, runAsUser: 65_534 },
        containerSecurityContext: CONTAINER_SECURITY,
        extraArgs: {
          expander: "least-waste",
          "skip-nodes-with-system-pods": false,
          // The API's pods have `emptyDir` volumes: by default, no node that holds one ever goes.
          "skip-nodes-with-local-storage": false,
        },
      },
    },
    opts,
  );
}

/**
 * AWS load balancer controller, only to register pods with target groups that this program owns: no Ingress class, no
 * Service webhook, no Gateway API. Region and VPC are given, as its pods cannot reach the instance metadata.
 */
export function loadBalancerController(name: string, args: ChartArgs, opts: pulumi.CustomResourceOptions) {
  const { replicas, requests } = planned(CHART_ACCOUNTS.loadBalancer);
  return new k8s.helm.v3.Release(
    name,
    {
      name: CHART_ACCOUNTS.loadBalancer,
      namespace: SYSTEM_NAMESPACE,
      chart: "aws-load-balancer-controller",
      version: "3.5.0",
      repositoryOpts: { repo: "https://aws.github.io/eks-charts" },
      values: {
        clusterName: args.clusterName,
        region: args.region,
        vpcId: args.vpcId,
        serviceAccount: { name: CHART_ACCOUNTS.loadBalancer },
        replicaCount: replicas,
        podDisruptionBudget: { maxUnavailable: 1 },
        nodeSelector: SYSTEM_NODE,
        topologySpreadConstraints: spreadOverHosts(CHART_ACCOUNTS.loadBalancer),
        resources: { requests, limits: { memory: "256Mi" } },
        podSecurityContext: { ...POD_SECURITY, fsGroup: 65_534 },
        securityContext: { ...CONTAINER_SECURITY, runAsNonRoot: true },
        createIngressClassResource: false,
        ingressClassParams: { create: false },
        enableServiceMutatorWebhook: false,
        controllerConfig: {
          featureGates: { ALBGatewayAPI: false, EnableServiceController: false, NLBGatewayAPI: false },
        },
        enableShield: false,
        enableWaf: false,
        enableWafv2: false,
        // Without it each upgrade makes a new certificate, and the webhook fails until every replica has it.
        keepTLSSecret: true,
      },
    },
    opts,
  );
}
