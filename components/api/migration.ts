import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { MIGRATION_ACCOUNT } from "./identities";
import { CONTAINER_SECURITY, JOB_RESOURCES, LABELS, POD_SECURITY, VOLUME_MOUNTS, VOLUMES } from "./pods";

/** A migration that takes longer hangs on a lock: it fails, and the deployment with it. */
const DEADLINE_SECONDS = 600;
const RETRIES = 3;

/** What the migration needs to know. */
export interface MigrationArgs {
  readonly image: pulumi.Input<string>;
  /** Name of the ConfigMap with the database's address. */
  readonly configMap: pulumi.Input<string>;
  /** Where the passwords of the roles are. */
  readonly secrets: k8s.types.input.core.v1.EnvVar[];
}

/**
 * Brings the schema and the database's roles up to date before the pods that need them start.
 *
 * A Job cannot change: a new image makes a new one, under a name of its own, and the old one is deleted. One that
 * failed is made anew by the next deployment. It runs on the system nodes, out of the API's way.
 */
export function migrationJob(name: string, args: MigrationArgs, opts: pulumi.CustomResourceOptions): k8s.batch.v1.Job {
  return new k8s.batch.v1.Job(
    name,
    {
      metadata: {
        namespace: SERVICE.namespace,
        labels: LABELS.migration,
        annotations: { "pulumi.com/replaceUnready": "true" },
      },
      spec: {
        backoffLimit: RETRIES,
        activeDeadlineSeconds: DEADLINE_SECONDS,
        template: {
          metadata: { labels: LABELS.migration },
          spec: {
            serviceAccountName: MIGRATION_ACCOUNT,
            automountServiceAccountToken: false,
            restartPolicy: "Never",
            securityContext: POD_SECURITY,
            containers: [
              {
                name: "migrate",
                image: args.image,
                args: ["src/migrate.ts"],
                env: args.secrets,
                envFrom: [{ configMapRef: { name: args.configMap } }],
                resources: JOB_RESOURCES,
                securityContext: CONTAINER_SECURITY,
                volumeMounts: VOLUME_MOUNTS,
              },
            ],
            volumes: VOLUMES,
          },
        },
      },
    },
    opts,
  );
}
