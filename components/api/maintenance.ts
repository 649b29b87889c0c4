import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ExpectedDatabase } from "../../sizing/expected";
import {
  LATEST_START_SECONDS,
  MAINTENANCE_GRACE_SECONDS,
  type MaintenanceCommand,
  type MaintenanceSlot,
} from "../../sizing/maintenance";
import { SERVICE } from "../../sizing/service";
import type { DatabaseReplica } from "./environment";
import { MAINTENANCE_ACCOUNT, READONLY_ACCOUNT } from "./identities";
import { CONTAINER_SECURITY, JOB_RESOURCES, LABELS, POD_SECURITY } from "./pods";

type EnvVar = k8s.types.input.core.v1.EnvVar;

/** The file with what the database is to be, in the containers. */
const EXPECTED = { folder: "/etc/pynomaly", file: "database.json" } as const;

/** Finished runs that Kubernetes keeps, with their logs. */
const KEPT_RUNS = 3;

/** The tool goes on with what is left when it is run again. */
const RETRIES = 2;

/** What `verify` ends with when it found differences: the next try would find them too. */
const DIFFERENT = 1;

/** What the nightly maintenance is about. */
export interface DatabaseMaintenance {
  readonly slots: Readonly<Record<MaintenanceCommand, MaintenanceSlot>>;
  /** What the parameter groups set, with which the servers are compared. */
  readonly expected: ExpectedDatabase;
  /** Days to keep rows; 0 keeps them for ever. */
  readonly keepDays: { readonly anomalies: number; readonly metrics: number };
}

/** What the jobs need to know. */
export interface MaintenanceArgs extends DatabaseMaintenance {
  readonly image: pulumi.Input<string>;
  /** Name of the ConfigMap with the writer's address. */
  readonly configMap: pulumi.Input<string>;
  /** Where the passwords of both roles are. */
  readonly secrets: { readonly readonly: EnvVar; readonly maintenance: EnvVar };
  readonly replicas: readonly DatabaseReplica[];
}

/**
 * `analyze`, `optimize` and `verify` of the service's database tool, every night; guide, Query Performance Optimization.
 *
 * They reach the instances themselves, never the proxy: `optimize` holds an advisory lock and session settings, and works
 * CONCURRENTLY. Statistics and parameters are each server's own, so the other two look at the replicas as well, in a
 * container for each. They run on the system nodes, out of the API's way.
 */
export function maintenanceJobs(
  name: string,
  args: MaintenanceArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.batch.v1.CronJob[] {
  const expected = new k8s.core.v1.ConfigMap(
    `${name}-expected`,
    {
      metadata: { namespace: SERVICE.namespace, labels: LABELS.maintenance },
      data: { [EXPECTED.file]: JSON.stringify(args.expected, undefined, 2) },
    },
    opts,
  );
  const volume = { name: "expected", mountPath: EXPECTED.folder, readOnly: true };
  const container = (instance: string, words: string[], env: EnvVar[]) => ({
    name: instance,
    image: args.image,
    args: ["src/maintain.ts", ...words],
    env,
    envFrom: [{ configMapRef: { name: args.configMap } }],
    resources: JOB_RESOURCES,
    securityContext: CONTAINER_SECURITY,
  });
  const ofEachInstance = (command: "analyze" | "verify") => {
    const words = [command, "--expected", `${EXPECTED.folder}/${EXPECTED.file}`];
    const secret = args.secrets.readonly;
    const host = (value: pulumi.Input<string>) => ({ name: "DATABASE_INSTANCE_HOST", value });
    const containers = [
      container("writer", words, [secret]),
      ...args.replicas.map(({ name, endpoint }) => container(name, words, [secret, host(endpoint)])),
    ];
    return {
      serviceAccountName: READONLY_ACCOUNT,
      containers: containers.map((each) => ({ ...each, volumeMounts: [volume] })),
      volumes: [{ name: volume.name, configMap: { name: expected.metadata.name } }],
    };
  };
  const job = (command: MaintenanceCommand, pod: k8s.types.input.core.v1.PodSpec) =>
    cronJob(`${name}-${command}`, command, args.slots[command], pod, opts);
  return [
    job("analyze", ofEachInstance("analyze")),
    job("optimize", {
      serviceAccountName: MAINTENANCE_ACCOUNT,
      containers: [container("writer", optimizeWords(args.keepDays), [args.secrets.maintenance])],
    }),
    job("verify", ofEachInstance("verify")),
  ];
}

/** Every step. Retention is one that has to be asked for: without days, it deletes expired sessions and keys alone. */
function optimizeWords({ anomalies, metrics }: DatabaseMaintenance["keepDays"]): string[] {
  return [
    "optimize",
    "--only=retention,indexes,refresh,counts,vacuum,reindex",
    ...(anomalies > 0 ? [`--keep-anomalies=${anomalies}`] : []),
    ...(metrics > 0 ? [`--keep-metrics=${metrics}`] : []),
  ];
}

function cronJob(
  name: string,
  command: MaintenanceCommand,
  { schedule, deadlineSeconds }: MaintenanceSlot,
  pod: k8s.types.input.core.v1.PodSpec,
  opts: pulumi.CustomResourceOptions,
): k8s.batch.v1.CronJob {
  return new k8s.batch.v1.CronJob(
    name,
    {
      metadata: { name: `pynomaly-${command}`, namespace: SERVICE.namespace, labels: LABELS.maintenance },
      spec: {
        schedule,
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: LATEST_START_SECONDS,
        successfulJobsHistoryLimit: KEPT_RUNS,
        failedJobsHistoryLimit: KEPT_RUNS,
        jobTemplate: {
          metadata: { labels: LABELS.maintenance },
          spec: {
            backoffLimit: RETRIES,
            activeDeadlineSeconds: deadlineSeconds,
            podFailurePolicy: {
              rules: [
                // A node that goes: not the run's fault.
                { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
                { action: "FailJob", onExitCodes: { operator: "In", values: [DIFFERENT] } },
              ],
            },
            template: {
              metadata: {
                labels: LABELS.maintenance,
                // The autoscaler waits with a node until the run is over.
                annotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" },
              },
              spec: {
                ...pod,
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                restartPolicy: "Never",
                terminationGracePeriodSeconds: MAINTENANCE_GRACE_SECONDS,
                securityContext: POD_SECURITY,
              },
            },
          },
        },
      },
    },
    opts,
  );
}
