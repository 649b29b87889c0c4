import * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { THRESHOLDS } from "../../sizing/thresholds";
import { gib } from "../../sizing/units";
import { targets } from "../../targets";
import { type AlarmDefinition, exact, type Metric, ofTarget, WINDOWS } from "./definition";

/** The cluster and the API on it, as Container Insights names them. */
export interface WatchedCluster {
  /** Dimension `ClusterName`. */
  readonly clusterName: pulumi.Input<string>;
  /** Memory limit of one API pod, in bytes. */
  readonly podMemoryLimitBytes: number;
  /** Bounds of the API's autoscaler. */
  readonly replicas: { readonly min: number; readonly max: number };
}

/**
 * A pod's memory, in % of its limit, at which to warn: below the target, and early enough to come before the kernel
 * kills it at the limit itself.
 */
const podMemoryPercent = (limitBytes: number): number =>
  Math.min(THRESHOLDS.memoryUtilization.value, exact((100 * gib(targets.apiMemory.value)) / limitBytes));

/**
 * The audit log's line of a Job whose status becomes failed. Container Insights has no metric of Jobs, and a pod that has
 * ended no longer reports one; the audit log has what is written to a Job's status whole (EKS Best Practices Guide,
 * "Auditing and logging": the audit policy). A Job is first to fail (`FailureTarget`), then has failed.
 */
const FAILED_JOB = `{ $.objectRef.resource = "jobs" && $.objectRef.subresource = "status" && $.objectRef.namespace = "${SERVICE.namespace}" && ($.requestObject.status.conditions[0].type = "FailureTarget" || $.requestObject.status.conditions[0].type = "Failed") }`;

/**
 * The log's line of an alert that the monitor of a pod raises when the pod misses what it works with (`app/src/monitor/`).
 * Fluent Bit puts the service's JSON under `log_processed`.
 */
const DEPENDENCY_ALERT = `{ $.kubernetes.namespace_name = "${SERVICE.namespace}" && $.log_processed.state = "raised" && ($.log_processed.alert = "cache" || $.log_processed.alert = "writer" || $.log_processed.alert = "replicas") }`;

/** Alarms on nodes, on the API's pods and on the namespace's Jobs. */
export function clusterAlarms(cluster: WatchedCluster): AlarmDefinition[] {
  const insights =
    (dimensions: Metric["dimensions"]) =>
    (name: string, statistic: Metric["statistic"]): Metric => ({
      namespace: "ContainerInsights",
      name,
      dimensions: { ClusterName: cluster.clusterName, ...dimensions },
      statistic,
    });
  const nodes = insights({});
  // Container Insights calls a pod by the name of its Deployment.
  const pods = insights({ Namespace: SERVICE.namespace, PodName: SERVICE.name });
  const common = { group: "Cluster", severity: "ticket", breach: "atLeast", missingData: "missing" } as const;
  const alarms: AlarmDefinition[] = [
    {
      ...common,
      ...ofTarget("cpuAverage"),
      id: "node-cpu-average",
      title: "Node CPU, average",
      panel: "Node CPU",
      measure: nodes("node_cpu_utilization", "Average"),
      window: WINDOWS.sustained,
      missingData: "breaching",
      meaning: "The nodes have little CPU left for a surge, or the cluster's metrics stopped.",
      firstLook: "The amazon-cloudwatch pods if there is no data; else the cluster autoscaler: are new nodes coming?",
      runbook: "node-pressure",
    },
    {
      ...common,
      ...ofTarget("cpuPeak"),
      id: "node-cpu-peak",
      title: "Node CPU, peak",
      panel: "Node CPU",
      measure: nodes("node_cpu_utilization", "Maximum"),
      window: WINDOWS.repeated,
      meaning: "A node is out of CPU.",
      firstLook: "kubectl top pods on that node: which one takes more than it requested?",
      runbook: "node-pressure",
    },
    {
      ...common,
      id: "node-memory",
      title: "Node memory",
      panel: "Node memory",
      measure: nodes("node_memory_utilization", "Maximum"),
      threshold: THRESHOLDS.memoryUtilization.value,
      window: WINDOWS.sustained,
      meaning: "A node is short of memory; the kubelet will evict pods.",
      firstLook: "kubectl top pods on that node, sorted by memory.",
      runbook: "node-pressure",
    },
    {
      ...common,
      ...ofTarget("cpuAverage"),
      id: "pod-cpu-average",
      title: "Pod CPU, average, in % of the limit",
      panel: "Pod CPU",
      measure: pods("pod_cpu_utilization_over_pod_limit", "Average"),
      window: WINDOWS.sustained,
      meaning: "The API is busy although the autoscaler had time to add pods.",
      firstLook: `kubectl -n ${SERVICE.namespace} describe hpa: at its maximum, or without metrics?`,
      runbook: "pod-cpu",
    },
    {
      ...common,
      ...ofTarget("cpuPeak"),
      id: "pod-cpu-peak",
      title: "Pod CPU, peak, in % of the limit",
      panel: "Pod CPU",
      measure: pods("pod_cpu_utilization_over_pod_limit", "Maximum"),
      window: WINDOWS.repeated,
      meaning: "A pod is at its CPU limit and throttled.",
      firstLook: "Is it one pod (an expensive request, uneven load) or all of them?",
      runbook: "pod-cpu",
    },
    {
      ...common,
      target: "apiMemory",
      id: "pod-memory",
      title: "Pod memory, in % of the limit",
      panel: "Pod memory",
      measure: pods("pod_memory_utilization_over_pod_limit", "Maximum"),
      threshold: podMemoryPercent(cluster.podMemoryLimitBytes),
      window: WINDOWS.sustained,
      meaning: "A pod nears its memory limit and will be killed there.",
      firstLook: "Does its memory grow with time (a leak) or with load (large bodies, models)?",
      runbook: "pod-memory",
    },
    {
      ...common,
      id: "pods-pending",
      title: "Pods that wait for a node",
      panel: "Pods",
      measure: pods("pod_status_pending", "Maximum"),
      threshold: THRESHOLDS.pendingPods.value,
      window: WINDOWS.sustained,
      missingData: "notBreaching",
      meaning: "The API cannot grow: a pod finds no node.",
      firstLook: `kubectl -n ${SERVICE.namespace} describe the pod: node group at its maximum, a zone without room, no addresses?`,
      runbook: "pods-pending",
    },
    {
      ...common,
      id: "pod-restarts",
      title: "Restarts of the API's containers, per five minutes",
      panel: "Restarts",
      // Container Insights reports the restarts since the minute before.
      measure: pods("pod_number_of_container_restarts", "Sum"),
      threshold: THRESHOLDS.podRestarts.value,
      window: WINDOWS.recurring,
      missingData: "notBreaching",
      meaning: "The API's containers end again and again: killed for their memory, frozen, or unable to start.",
      firstLook: `kubectl -n ${SERVICE.namespace} describe pod: the last state's reason (OOMKilled, Error) and the exit code.`,
      runbook: "pod-restarts",
    },
    {
      ...common,
      id: "dependency-missing",
      title: "Pods that miss the cache, the writer or a replica",
      panel: "Missing dependencies",
      measure: {
        logGroupName: pulumi.interpolate`/aws/containerinsights/${cluster.clusterName}/application`,
        pattern: DEPENDENCY_ALERT,
      },
      threshold: THRESHOLDS.dependencyAlerts.value,
      window: WINDOWS.once,
      missingData: "notBreaching",
      meaning: "A pod does without the cache, the writer or a replica; the service goes on, slower or from the cache.",
      firstLook: `${SERVICE.readinessPath} of a pod, and the alerts in the log: all pods or one, which dependency?`,
      runbook: "dependency-missing",
    },
    {
      ...common,
      id: "failed-jobs",
      title: "Jobs that failed",
      panel: "Failed jobs",
      measure: { logGroupName: pulumi.interpolate`/aws/eks/${cluster.clusterName}/cluster`, pattern: FAILED_JOB },
      threshold: THRESHOLDS.failedJobs.value,
      window: WINDOWS.once,
      missingData: "notBreaching",
      meaning: `A Job of the namespace ${SERVICE.namespace} gave up: the database's maintenance or a migration is not done.`,
      firstLook: `kubectl -n ${SERVICE.namespace} get jobs, then the logs of the one that failed.`,
      runbook: "failed-jobs",
    },
  ];
  if (cluster.replicas.max > cluster.replicas.min) {
    alarms.push({
      ...common,
      id: "autoscaler-at-maximum",
      title: "Pods wanted by the autoscaler",
      panel: "Pods",
      measure: pods("replicas_desired", "Maximum"),
      threshold: cluster.replicas.max,
      window: WINDOWS.sustained,
      meaning: `The autoscaler is at its maximum (${cluster.replicas.max}): more load means slower answers.`,
      firstLook: "Request rate against the target, then CPU per request: more clients, or costlier requests?",
      runbook: "autoscaler-at-maximum",
    });
  }
  return alarms;
}
