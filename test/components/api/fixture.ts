import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import { Api, type ApiArgs } from "../../../components/api";
import { connectionBudget } from "../../../sizing/connections";
import { maintenanceSlots } from "../../../sizing/maintenance";
import { timeline } from "../../../sizing/timeline";
import { type Graph, record } from "../../support/record";
import { resource } from "../graph";

export const CLUSTER_ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/pynomaly-test";
export const IMAGE = `registry/api@sha256:${"0123456789abcdef".repeat(4)}`;
export const K8S = "Kubernetes Resource Optimization";

export const args: ApiArgs = {
  image: IMAGE,
  resources: { cpuRequest: "500m", cpuLimit: "1000m", memoryRequest: "1Gi", memoryLimit: "2Gi" },
  replicas: { min: 4, max: 20 },
  scaleUpStabilizationSeconds: 60,
  timeline,
  connections: connectionBudget({ maxConnections: 200, maxReplicas: 20, cpuLimitMillis: 1000 }),
  database: {
    proxyEndpoint: "proxy",
    writerEndpoint: "writer",
    replicas: [
      { name: "replica-b", endpoint: "replica-b.example" },
      { name: "replica-c", endpoint: "replica-c.example" },
    ],
    port: 5432,
    appSecretArn: "arn:app",
    ownerSecretArn: "arn:owner",
    readonlySecretArn: "arn:readonly",
    maintenanceSecretArn: "arn:maintenance",
  },
  cache: {
    primaryEndpoint: "primary",
    port: 6379,
    userName: "user",
    userArn: "arn:user",
    replicationGroupId: "group",
    replicationGroupArn: "arn:group",
  },
  cluster: { name: "pynomaly-test", arn: CLUSTER_ARN },
  region: "eu-west-1",
  applicationSignals: true,
  frontage: { hostName: "api.example.com", origin: "https://api.example.com", trustedProxies: 1 },
  network: {
    vpcCidr: "10.0.0.0/16",
    publicCidrs: ["10.0.1.0/24", "10.0.2.0/24"],
    privateCidrs: ["10.0.32.0/19", "10.0.64.0/19"],
    dataCidrs: ["10.0.3.0/24"],
  },
  keyArn: "arn:key",
  maintenance: {
    slots: maintenanceSlots("03:00-04:00"),
    expected: { major: "17", parameters: [{ name: "work_mem", value: "16384", unit: "kB" }], replicaParameters: [] },
    keepDays: { anomalies: 0, metrics: 0 },
  },
  targetGroupArn: "arn:target-group",
  loadBalancerControllerRoleName: "controller",
};

export const api = async (changes: Partial<ApiArgs> = {}): Promise<Reader> =>
  new Reader(
    await record(
      () => {
        const provider = new aws.Provider("aws", { region: "eu-west-1" });
        const kubernetes = new k8s.Provider("kubernetes", { kubeconfig: "{}" });
        const listener = new aws.lb.Listener(
          "listener",
          { loadBalancerArn: "arn:lb", defaultActions: [{ type: "forward", targetGroupArn: "arn:target-group" }] },
          { provider },
        );
        new Api("api", { ...args, ...changes }, { providers: [provider, kubernetes], dependsOn: [listener] });
      },
      { disabledDefaultProviders: ["*"] },
    ),
  );

export const ACCOUNT = "kubernetes:core/v1:ServiceAccount";
export const BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding";
export const CRON_JOB = "kubernetes:batch/v1:CronJob";
export const CONFIG = "kubernetes:core/v1:ConfigMap";
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
export const JOB = "kubernetes:batch/v1:Job";
export const NAMESPACE = "kubernetes:core/v1:Namespace";
export const POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
export const PDB = "kubernetes:policy/v1:PodDisruptionBudget";
export const PRIORITY = "kubernetes:scheduling.k8s.io/v1:PriorityClass";
export const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
export const SERVICE = "kubernetes:core/v1:Service";

/** Reads a recorded API: values at a path of a resource's inputs, list items by number. */
export class Reader {
  constructor(readonly graph: Graph) {}

  at(type: string, name: string, path: string): unknown {
    return path.split(".").reduce<unknown>((value, key) => Object(value)[key], resource(this.graph, type, name).inputs);
  }

  deployment(path: string): unknown {
    return this.at(DEPLOYMENT, "api-deployment", path);
  }

  pod(path: string): unknown {
    return this.deployment(`spec.template.spec.${path}`);
  }

  container(path: string): unknown {
    return this.pod(`containers.0.${path}`);
  }

  /** The literal environment of the API's container. */
  variables(): Record<string, string> {
    const env = this.container("env") as { name: string; value: string }[];
    return Object.fromEntries(env.map(({ name, value }) => [name, value]));
  }
}
