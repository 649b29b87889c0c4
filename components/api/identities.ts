import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { type IdentityCluster, WorkloadIdentity } from "../workload-identity";
import type { Backends } from "./environment";

/** Service account of the migration: it may read the owner's secret, which the API must not. */
export const MIGRATION_ACCOUNT = "pynomaly-migration";

/** Service accounts of the jobs that look into the database, and of the one that changes it: each is one role there. */
export const READONLY_ACCOUNT = "pynomaly-readonly";
export const MAINTENANCE_ACCOUNT = "pynomaly-maintenance";

/** What the service's roles allow, and to whom. */
export interface IdentityArgs {
  readonly cluster: IdentityCluster;
  readonly region: string;
  readonly backends: Backends;
  /** Key of the secrets. */
  readonly keyArn: pulumi.Input<string>;
}

type Statement = aws.types.input.iam.PolicyStatement;

/** Reading exactly these secrets, and their key only through Secrets Manager and only for them. */
const readSecrets = (secretArns: pulumi.Input<string>[], { keyArn, region }: IdentityArgs): Statement[] => [
  { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secretArns },
  {
    Effect: "Allow",
    Action: "kms:Decrypt",
    Resource: keyArn,
    Condition: {
      StringEquals: {
        "kms:ViaService": `secretsmanager.${region}.amazonaws.com`,
        "kms:EncryptionContext:SecretARN": secretArns,
      },
    },
  },
];

/** The API's role: its own secret, and a login to the cache as its own user. */
export function apiIdentity(name: string, args: IdentityArgs, parent: pulumi.Resource): WorkloadIdentity {
  const { database, cache } = args.backends;
  return new WorkloadIdentity(
    name,
    {
      cluster: args.cluster,
      namespace: SERVICE.namespace,
      serviceAccount: SERVICE.name,
      statements: [
        ...readSecrets([database.appSecretArn], args),
        { Effect: "Allow", Action: "elasticache:Connect", Resource: [cache.replicationGroupArn, cache.userArn] },
      ],
    },
    { parent },
  );
}

/** The migration's role: the owner's secret to log in, the others to give their roles those passwords. */
export function migrationIdentity(name: string, args: IdentityArgs, parent: pulumi.Resource): WorkloadIdentity {
  const { ownerSecretArn, appSecretArn, readonlySecretArn, maintenanceSecretArn } = args.backends.database;
  const secretArns = [ownerSecretArn, appSecretArn, readonlySecretArn, maintenanceSecretArn];
  return secretReader(name, MIGRATION_ACCOUNT, secretArns, args, parent);
}

/** The role of the jobs that look into the database: their own secret. */
export const readonlyIdentity = (name: string, args: IdentityArgs, parent: pulumi.Resource): WorkloadIdentity =>
  secretReader(name, READONLY_ACCOUNT, [args.backends.database.readonlySecretArn], args, parent);

/** The role of the job that maintains it: its own secret. */
export const maintenanceIdentity = (name: string, args: IdentityArgs, parent: pulumi.Resource): WorkloadIdentity =>
  secretReader(name, MAINTENANCE_ACCOUNT, [args.backends.database.maintenanceSecretArn], args, parent);

function secretReader(
  name: string,
  serviceAccount: string,
  secretArns: pulumi.Input<string>[],
  args: IdentityArgs,
  parent: pulumi.Resource,
): WorkloadIdentity {
  const { cluster } = args;
  const statements = readSecrets(secretArns, args);
  return new WorkloadIdentity(name, { cluster, namespace: SERVICE.namespace, serviceAccount, statements }, { parent });
}
