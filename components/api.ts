import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../sizing/service";
import { type Backends, connectionData, secretArns } from "./api/environment";
import {
  apiIdentity,
  MAINTENANCE_ACCOUNT,
  MIGRATION_ACCOUNT,
  maintenanceIdentity,
  migrationIdentity,
  READONLY_ACCOUNT,
  readonlyIdentity,
} from "./api/identities";
import { type DatabaseMaintenance, maintenanceJobs } from "./api/maintenance";
import { migrationJob } from "./api/migration";
import { networkPolicies } from "./api/network-policies";
import { LABELS } from "./api/pods";
import { autoscaler, type DeploymentArgs, deployment, disruptionBudget } from "./api/workload";
import type { IdentityCluster } from "./workload-identity";

/** Above every pod that sets no priority, far below Kubernetes' own (2 000 000 000 and up). */
const PRIORITY = 1_000_000;

/** Port of the Service; guide, Kubernetes Resource Optimization: Service. */
const SERVICE_PORT = 80;

/** What the API needs to know. */
export interface ApiArgs extends Backends, Omit<DeploymentArgs, "configMap" | "priorityClass" | "secret"> {
  /** Seconds that a higher demand must last before pods are added; guide: `scaleUp.stabilizationWindowSeconds: 60`. */
  readonly scaleUpStabilizationSeconds: number;
  readonly cluster: IdentityCluster;
  readonly region: string;
  readonly network: {
    readonly vpcCidr: string;
    /** Subnets of the load balancer. */
    readonly publicCidrs: readonly string[];
    /** Subnets of the nodes. */
    readonly privateCidrs: readonly string[];
    /** Subnets of database, proxy and cache. */
    readonly dataCidrs: readonly string[];
  };
  /** Key of the secrets. */
  readonly keyArn: pulumi.Input<string>;
  readonly maintenance: DatabaseMaintenance;
  /** Target group with which pods are registered. It must have a listener, or no pod becomes ready. */
  readonly targetGroupArn: pulumi.Input<string>;
  /** Role of the load balancer controller, which gets the right to register with that target group. */
  readonly loadBalancerControllerRoleName: pulumi.Input<string>;
}

/**
 * The API on Kubernetes, with the maintenance of its database; guide, Kubernetes Resource Optimization.
 *
 * Needs the `aws` and `kubernetes` providers and `dependsOn` what makes the cluster usable and the target group
 * reachable (`[...cluster.ready, edge]`).
 */
export class Api extends pulumi.ComponentResource {
  readonly deploymentName = SERVICE.name;
  readonly namespaceName = SERVICE.namespace;

  constructor(name: string, args: ApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:service:Api", name, {}, opts);

    // Everything below lives in it, and so waits for the cluster with it.
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: SERVICE.namespace, labels: namespaceLabels } },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    const inNamespace = { parent: this, dependsOn: [namespace] };

    const policies = networkPolicies(
      `${name}-policy`,
      { ...args.network, databasePort: args.database.port, cachePort: args.cache.port },
      inNamespace,
    );
    const identityArgs = { cluster: args.cluster, region: args.region, keyArn: args.keyArn, backends: args };
    const identity = apiIdentity(`${name}-identity`, identityArgs, this);
    const migrator = migrationIdentity(`${name}-migration-identity`, identityArgs, this);
    const reader = readonlyIdentity(`${name}-readonly-identity`, identityArgs, this);
    const maintainer = maintenanceIdentity(`${name}-maintenance-identity`, identityArgs, this);
    const account = (suffix: string, accountName: string) =>
      new k8s.core.v1.ServiceAccount(
        `${name}-${suffix}`,
        {
          metadata: { name: accountName, namespace: SERVICE.namespace },
          automountServiceAccountToken: false,
        },
        inNamespace,
      );
    const apiAccount = account("account", SERVICE.name);
    const migrationAccount = account("migration-account", MIGRATION_ACCOUNT);
    const readonlyAccount = account("readonly-account", READONLY_ACCOUNT);
    const maintenanceAccount = account("maintenance-account", MAINTENANCE_ACCOUNT);

    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: { namespace: SERVICE.namespace, labels: LABELS.api }, data: connectionData(args.region, args) },
      inNamespace,
    );
    const configMap = config.metadata.name;
    const secrets = secretArns(args);
    const migration = migrationJob(
      `${name}-migration`,
      { image: args.image, configMap, secrets: Object.values(secrets) },
      { parent: this, dependsOn: [migrationAccount, migrator.association, ...policies] },
    );
    maintenanceJobs(
      `${name}-maintenance`,
      { ...args.maintenance, image: args.image, configMap, secrets, replicas: args.database.replicas },
      {
        parent: this,
        // The migration makes the roles that they log in as.
        dependsOn: [
          namespace,
          migration,
          readonlyAccount,
          reader.association,
          maintenanceAccount,
          maintainer.association,
        ],
      },
    );

    const service = new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: {
          name: `${SERVICE.name}-service`,
          namespace: SERVICE.namespace,
          labels: LABELS.api,
          // Its pods come last: waiting for endpoints here would wait for ever.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          type: "ClusterIP",
          selector: LABELS.api,
          ports: [{ name: "http", port: SERVICE_PORT, targetPort: SERVICE.port }],
        },
      },
      inNamespace,
    );
    const registration = new aws.iam.RolePolicy(
      `${name}-target-registration`,
      {
        role: args.loadBalancerControllerRoleName,
        policy: {
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
              Resource: args.targetGroupArn,
            },
          ],
        },
      },
      { parent: this },
    );
    const binding = new k8s.apiextensions.CustomResource(
      `${name}-targets`,
      {
        apiVersion: "elbv2.k8s.aws/v1beta1",
        kind: "TargetGroupBinding",
        metadata: { namespace: SERVICE.namespace },
        spec: {
          serviceRef: { name: service.metadata.name, port: SERVICE_PORT },
          targetGroupARN: args.targetGroupArn,
          targetType: "ip",
        },
      },
      // The controller refuses to change it.
      { parent: this, dependsOn: [service, registration], replaceOnChanges: ["spec.targetGroupARN"] },
    );

    const priorityClass = new k8s.scheduling.v1.PriorityClass(
      `${name}-priority`,
      { value: PRIORITY, globalDefault: false, description: "The API's pods: before batch work, after the system" },
      { parent: this, dependsOn: opts?.dependsOn },
    );
    const pods = deployment(
      `${name}-deployment`,
      { ...args, configMap, secret: secrets.app, priorityClass: priorityClass.metadata.name },
      {
        parent: this,
        // A pod gets the load balancer's readiness gate only if the binding exists before it.
        dependsOn: [migration, binding, apiAccount, identity.association, ...policies],
      },
    );
    autoscaler(`${name}-hpa`, args, { parent: this, dependsOn: [pods] });
    disruptionBudget(`${name}-pdb`, inNamespace);

    this.registerOutputs({ deploymentName: this.deploymentName, namespaceName: this.namespaceName });
  }
}

const level = "restricted";

/** Pod Security at its strictest level; readiness gates of the load balancer controller. */
const namespaceLabels = {
  "pod-security.kubernetes.io/enforce": level,
  "pod-security.kubernetes.io/audit": level,
  "pod-security.kubernetes.io/warn": level,
  "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
};
