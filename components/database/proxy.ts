import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { ConnectionBudget } from "../../sizing/connections";
import { logGroup } from "../logs";

/** A database role that may connect through the proxy. */
export interface ProxyUser {
  readonly username: string;
  readonly secretArn: pulumi.Input<string>;
}

/** Arguments of {@link writerProxy}. */
export interface ProxyArgs {
  readonly identifier: string;
  readonly region: string;
  readonly subnetIds: pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly writerIdentifier: pulumi.Input<string>;
  readonly users: readonly ProxyUser[];
  readonly budget: ConnectionBudget["proxy"];
  /** Key of the secrets. */
  readonly keyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** First values of the secrets: the proxy reads them as soon as it exists. */
  readonly after: pulumi.Resource[];
}

/** What the proxy's role may do: read its users' secrets, and decrypt with their key for that alone. */
export function readSecrets(args: Pick<ProxyArgs, "region" | "users" | "keyArn">): aws.iam.PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: args.users.map((user) => user.secretArn),
      },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: args.keyArn,
        Condition: { StringEquals: { "kms:ViaService": `secretsmanager.${args.region}.amazonaws.com` } },
      },
    ],
  };
}

/**
 * RDS Proxy for the writer, its only possible target (Amazon RDS User Guide, "RDS Proxy: quotas and limitations").
 * Clients authenticate with SCRAM over TLS; the proxy reads the same secrets and survives their rotation.
 */
export function writerProxy(name: string, args: ProxyArgs, opts: pulumi.CustomResourceOptions): aws.rds.Proxy {
  const trust: aws.iam.PolicyDocument = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "rds.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(trust) }, opts);
  const policy = new aws.iam.RolePolicy(
    name,
    {
      role: role.id,
      policy: readSecrets(args),
    },
    opts,
  );
  const log = logGroup(
    name,
    {
      name: `/aws/rds/proxy/${args.identifier}`,
      retentionInDays: args.logRetentionDays,
      kmsKeyArn: args.logsKeyArn,
    },
    opts,
  );
  const proxy = new aws.rds.Proxy(
    name,
    {
      name: args.identifier,
      engineFamily: "POSTGRESQL",
      requireTls: true,
      idleClientTimeout: args.budget.idleClientTimeoutSeconds,
      roleArn: role.arn,
      vpcSubnetIds: args.subnetIds,
      vpcSecurityGroupIds: [args.securityGroupId],
      auths: args.users.map(({ username, secretArn }) => ({
        description: username,
        authScheme: "SECRETS",
        iamAuth: "DISABLED",
        clientPasswordAuthType: "POSTGRES_SCRAM_SHA_256",
        secretArn,
      })),
    },
    { ...opts, dependsOn: [policy, log, ...args.after] },
  );
  const targetGroup = new aws.rds.ProxyDefaultTargetGroup(
    name,
    {
      dbProxyName: proxy.name,
      connectionPoolConfig: {
        maxConnectionsPercent: args.budget.maxConnectionsPercent,
        maxIdleConnectionsPercent: args.budget.maxIdleConnectionsPercent,
        connectionBorrowTimeout: args.budget.connectionBorrowTimeoutSeconds,
      },
    },
    opts,
  );
  new aws.rds.ProxyTarget(
    name,
    { dbProxyName: proxy.name, targetGroupName: targetGroup.name, dbInstanceIdentifier: args.writerIdentifier },
    opts,
  );
  return proxy;
}
