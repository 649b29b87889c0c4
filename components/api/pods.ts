import type * as k8s from "@pulumi/kubernetes";
import { AUTOSCALING } from "../../sizing/autoscaling";
import { JOB_CONTAINER } from "../../sizing/nodes";
import { SERVICE } from "../../sizing/service";
import { kubernetesSize } from "../../sizing/units";
import { COMPUTE_NODE } from "../cluster";

type PodSpec = k8s.types.input.core.v1.PodSpec;
type Container = k8s.types.input.core.v1.Container;

/** Labels by which Services, policies and the autoscaler find pods; guide, Kubernetes Resource Optimization. */
export const LABELS = {
  api: { app: SERVICE.name },
  migration: { app: "pynomaly-migration" },
  maintenance: { app: "pynomaly-maintenance" },
} as const;

/** The pod's half of the `restricted` Pod Security standard. */
export const POD_SECURITY: PodSpec["securityContext"] = {
  runAsNonRoot: true,
  runAsUser: SERVICE.uid,
  runAsGroup: SERVICE.uid,
  fsGroup: SERVICE.uid,
  seccompProfile: { type: "RuntimeDefault" },
};

/**
 * The container's half; guide, Kubernetes Resource Optimization: securityContext. The guide's uid 1000 may be a user
 * of the host, {@link SERVICE.uid} is not.
 */
export const CONTAINER_SECURITY: Container["securityContext"] = {
  runAsNonRoot: true,
  runAsUser: SERVICE.uid,
  runAsGroup: SERVICE.uid,
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
};

/** What a container of a job gets: the request is what the system nodes are sized for. */
export const JOB_RESOURCES: Container["resources"] = {
  requests: { cpu: `${JOB_CONTAINER.cpuMillis}m`, memory: kubernetesSize(JOB_CONTAINER.memoryBytes) },
  limits: { cpu: "500m", memory: "256Mi" },
};

/** Writable folders: the root file system is read-only. Their size counts towards the pod's eviction, not its memory. */
const WRITABLE = {
  logs: { mountPath: "/app/logs", sizeLimit: "512Mi" },
  tmp: { mountPath: "/tmp", sizeLimit: "256Mi" },
} as const;

export const VOLUMES: PodSpec["volumes"] = Object.entries(WRITABLE).map(([name, { sizeLimit }]) => ({
  name,
  emptyDir: { sizeLimit },
}));

export const VOLUME_MOUNTS: Container["volumeMounts"] = Object.entries(WRITABLE).map(([name, { mountPath }]) => ({
  name,
  mountPath,
}));

const httpGet = (path: string) => ({ path, port: SERVICE.port });

/**
 * The guide's liveness and readiness probes. The startup probe, which the guide lacks, takes the place of their initial
 * delays: both wait for it, and a slow start is not killed.
 */
export const PROBES = {
  startupProbe: { httpGet: httpGet(SERVICE.livenessPath), ...AUTOSCALING.probes.startup },
  livenessProbe: { httpGet: httpGet(SERVICE.livenessPath), ...AUTOSCALING.probes.liveness },
  readinessProbe: { httpGet: httpGet(SERVICE.readinessPath), ...AUTOSCALING.probes.readiness },
} satisfies Pick<Container, "startupProbe" | "livenessProbe" | "readinessProbe">;

/**
 * Where the API's pods run: on the compute nodes (guide: nodeSelector, tolerations), evenly over the zones, and rather
 * not two on a host (guide: podAntiAffinity).
 *
 * The zone spread is hard, so that the loss of a zone takes at most its share. Each rollout is spread by itself
 * (`matchLabelKeys`). A zone whose nodes are not ready no longer counts (`nodeTaintsPolicy`), and no `minDomains` asks
 * for it, so that its pods move to the others.
 */
export const PLACEMENT = {
  nodeSelector: { [COMPUTE_NODE.label.key]: COMPUTE_NODE.label.value },
  tolerations: [{ ...COMPUTE_NODE.taint, operator: "Equal", effect: "NoSchedule" }],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
      nodeTaintsPolicy: "Honor",
      matchLabelKeys: ["pod-template-hash"],
      labelSelector: { matchLabels: LABELS.api },
    },
  ],
  affinity: {
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 100,
          podAffinityTerm: {
            topologyKey: "kubernetes.io/hostname",
            labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: [SERVICE.name] }] },
          },
        },
      ],
    },
  },
} satisfies Partial<PodSpec>;
