import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AUTOSCALING } from "../../sizing/autoscaling";
import { SERVICE } from "../../sizing/service";
import { targets } from "../../targets";
import { type Frontage, type Tuning, tuning } from "./environment";
import { CONTAINER_SECURITY, LABELS, PLACEMENT, POD_SECURITY, PROBES, VOLUME_MOUNTS, VOLUMES } from "./pods";
import { telemetry } from "./telemetry";

/** Shares of the node that one pod asks for, and may take. */
export interface PodResources {
  readonly cpuRequest: string;
  readonly cpuLimit: string;
  readonly memoryRequest: string;
  readonly memoryLimit: string;
}

/** What the Deployment needs to know. */
export interface DeploymentArgs extends Pick<Tuning, "connections" | "timeline"> {
  readonly image: pulumi.Input<string>;
  readonly resources: PodResources;
  readonly replicas: { readonly min: number; readonly max: number };
  readonly frontage: Frontage;
  /** Send the metrics of Application Signals. */
  readonly applicationSignals: boolean;
  readonly configMap: pulumi.Input<string>;
  /** Where the API's password is. */
  readonly secret: k8s.types.input.core.v1.EnvVar;
  readonly priorityClass: pulumi.Input<string>;
}

/** Hexadecimal digits of the image's digest that name its version: unambiguous, and short enough for a label. */
const VERSION_DIGITS = 12;

const version = (image: pulumi.Input<string>): pulumi.Output<string> =>
  pulumi.output(image).apply((reference) => (reference.split("@sha256:")[1] ?? "unpinned").slice(0, VERSION_DIGITS));

/**
 * The API's Deployment; guide, Kubernetes Resource Optimization. The autoscaler owns `spec.replicas` once it exists.
 */
export function deployment(name: string, args: DeploymentArgs, opts: pulumi.CustomResourceOptions) {
  const { resources, timeline } = args;
  return new k8s.apps.v1.Deployment(
    name,
    {
      metadata: { name: SERVICE.name, namespace: SERVICE.namespace, labels: LABELS.api },
      spec: {
        replicas: args.replicas.min,
        minReadySeconds: AUTOSCALING.rollout.minReadySeconds,
        strategy: {
          type: "RollingUpdate",
          rollingUpdate: {
            maxSurge: `${AUTOSCALING.rollout.maxSurgePercent}%`,
            maxUnavailable: AUTOSCALING.rollout.maxUnavailable,
          },
        },
        selector: { matchLabels: LABELS.api },
        template: {
          metadata: { labels: { ...LABELS.api, version: version(args.image) } },
          spec: {
            serviceAccountName: SERVICE.name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            priorityClassName: args.priorityClass,
            terminationGracePeriodSeconds: timeline.terminationGraceSeconds,
            securityContext: POD_SECURITY,
            ...PLACEMENT,
            containers: [
              {
                name: SERVICE.name,
                image: args.image,
                ports: [
                  { name: "http", containerPort: SERVICE.port },
                  { name: "metrics", containerPort: SERVICE.metricsPort },
                ],
                env: [
                  ...tuning({
                    connections: args.connections,
                    timeline,
                    memoryLimit: resources.memoryLimit,
                    trustedProxies: args.frontage.trustedProxies,
                  }),
                  ...telemetry(args.applicationSignals),
                  args.secret,
                ],
                envFrom: [{ configMapRef: { name: args.configMap } }],
                resources: {
                  requests: { cpu: resources.cpuRequest, memory: resources.memoryRequest },
                  limits: { cpu: resources.cpuLimit, memory: resources.memoryLimit },
                },
                ...PROBES,
                lifecycle: { preStop: { sleep: { seconds: timeline.preStopSeconds } } },
                securityContext: CONTAINER_SECURITY,
                volumeMounts: VOLUME_MOUNTS,
              },
            ],
            volumes: VOLUMES,
          },
        },
      },
    },
    { ...opts, ignoreChanges: ["spec.replicas"] },
  );
}

/** The autoscaler's numbers that are settings. */
export interface AutoscalerArgs {
  readonly replicas: { readonly min: number; readonly max: number };
  readonly scaleUpStabilizationSeconds: number;
}

/** The HorizontalPodAutoscaler; guide, Kubernetes Resource Optimization. */
export function autoscaler(name: string, args: AutoscalerArgs, opts: pulumi.CustomResourceOptions) {
  const { scaleDown, scaleUp, memoryUtilizationPercent } = AUTOSCALING;
  const utilization = (resource: string, averageUtilization: number) => ({
    type: "Resource",
    resource: { name: resource, target: { type: "Utilization", averageUtilization } },
  });
  const behavior = (stabilizationWindowSeconds: number, policy: { percent: number; periodSeconds: number }) => ({
    stabilizationWindowSeconds,
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: policy.percent, periodSeconds: policy.periodSeconds }],
  });
  return new k8s.autoscaling.v2.HorizontalPodAutoscaler(
    name,
    {
      metadata: { name: `${SERVICE.name}-hpa`, namespace: SERVICE.namespace, labels: LABELS.api },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: SERVICE.name },
        minReplicas: args.replicas.min,
        maxReplicas: args.replicas.max,
        metrics: [utilization("cpu", targets.cpuAverage.value), utilization("memory", memoryUtilizationPercent)],
        behavior: {
          scaleDown: behavior(scaleDown.stabilizationWindowSeconds, scaleDown),
          scaleUp: behavior(args.scaleUpStabilizationSeconds, scaleUp),
        },
      },
    },
    opts,
  );
}

/**
 * Keeps voluntary disruptions, node drains above all, from taking too many pods at once. Written as the share that may
 * go, which Kubernetes rounds up: with two pods one may go, where "75 % must stay" would block every drain.
 */
export function disruptionBudget(name: string, opts: pulumi.CustomResourceOptions) {
  return new k8s.policy.v1.PodDisruptionBudget(
    name,
    {
      metadata: { namespace: SERVICE.namespace, labels: LABELS.api },
      spec: {
        maxUnavailable: `${100 - AUTOSCALING.disruptionBudget.minAvailablePercent}%`,
        selector: { matchLabels: LABELS.api },
        // A pod that is not ready serves nobody: it must not hold up the drain of its node.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
    opts,
  );
}
