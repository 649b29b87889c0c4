import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { SERVICE } from "../../sizing/service";
import { type IdentityCluster, WorkloadIdentity } from "../workload-identity";
import type { Backends } from "./environment";

/** Service account of the migration: it may read the owner's secret, which the API must not. */
export const MIGRATION_ACCOUNT = "pynomaly-migration";

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

/** The migration's role: the owner's secret to log in, the API's to give its role that password. */
export function migrationIdentity(name: string, args: IdentityArgs, parent: pulumi.Resource): WorkloadIdentity {
  const { ownerSecretArn, appSecretArn } = args.backends.database;
  return new WorkloadIdentity(
    name,
    {
      cluster: args.cluster,
      namespace: SERVICE.namespace,
      serviceAccount: MIGRATION_ACCOUNT,
      statements: readSecrets([ownerSecretArn, appSecretArn], args),
    },
    { parent },
  );
}
