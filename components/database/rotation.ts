import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../logs";
import type { Credential } from "./secrets";

/**
 * AWS's own rotation function for one PostgreSQL user, published in the Serverless Application Repository. The version
 * is the one that AWS CDK pins (aws-secretsmanager, SecretRotationApplication).
 */
const APPLICATION = {
  id: "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSPostgreSQLRotationSingleUser",
  version: "1.1.671",
};

/** Secrets Manager's default interval, and within the 90 days of AWS's control SecretsManager.4. */
const ROTATION_DAYS = 30;

/** Characters that a new password must not have: RDS refuses the first four. */
const EXCLUDED_CHARACTERS = "/@\" '\\:";

/** A secret to rotate. */
export interface RotatedSecret {
  readonly credential: Credential;
  /** The secret's first value, without which there is nothing to rotate. */
  readonly value: pulumi.Resource;
  /**
   * Rotate as soon as the stack is up: from then on the password in Pulumi's state opens nothing. Only for a role that
   * exists by then.
   */
  readonly immediately: boolean;
}

/** Arguments of {@link rotation}. */
export interface RotationArgs {
  readonly identifier: string;
  readonly region: string;
  /** Subnets from which the instances and Secrets Manager's endpoint are reachable. */
  readonly subnetIds: pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  /** Key of the secrets. */
  readonly keyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly secrets: readonly RotatedSecret[];
  /** The rules that let the function reach the database. */
  readonly after: pulumi.Resource[];
}

/** The function that changes the passwords, in the VPC, and a schedule for each secret. */
export function rotation(name: string, args: RotationArgs, opts: pulumi.CustomResourceOptions): void {
  const functionName = `${args.identifier}-rotation`;
  const log = logGroup(
    name,
    { name: `/aws/lambda/${functionName}`, retentionInDays: args.logRetentionDays, kmsKeyArn: args.logsKeyArn },
    opts,
  );
  const application = new aws.serverlessrepository.CloudFormationStack(
    name,
    {
      applicationId: APPLICATION.id,
      semanticVersion: APPLICATION.version,
      capabilities: ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
      parameters: {
        endpoint: `https://secretsmanager.${args.region}.amazonaws.com`,
        functionName,
        vpcSubnetIds: pulumi.all(args.subnetIds).apply((ids) => ids.join(",")),
        vpcSecurityGroupIds: args.securityGroupId,
        kmsKeyArn: args.keyArn,
        excludeCharacters: EXCLUDED_CHARACTERS,
      },
    },
    { ...opts, dependsOn: log },
  );
  for (const { credential, value, immediately } of args.secrets) {
    new aws.secretsmanager.SecretRotation(
      `${name}-${credential.role}`,
      {
        secretId: credential.secret.id,
        rotationLambdaArn: application.outputs.RotationLambdaARN,
        rotationRules: { automaticallyAfterDays: ROTATION_DAYS },
        rotateImmediately: immediately,
      },
      { ...opts, dependsOn: [value, ...args.after] },
    );
  }
}
