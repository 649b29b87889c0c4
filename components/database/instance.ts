import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { logGroup } from "../logs";

/** Seconds between enhanced monitoring's samples of the operating system. */
const MONITORING_INTERVAL_SECONDS = 60;

/** Shortest retention of the advanced mode of Database Insights (Amazon RDS User Guide, "Database Insights"). */
const INSIGHTS_RETENTION_DAYS = 465;

/** Authority of the server certificates, valid until 2061 (Amazon RDS User Guide, "Using SSL/TLS"). */
const CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1";

/** Logs that PostgreSQL on RDS can export. */
const EXPORTED_LOGS = ["postgresql", "upgrade"];

/** The size from which RDS stripes gp3 for PostgreSQL over four volumes, and what it then gives (Amazon RDS User Guide, "gp3 storage"). */
const STRIPED = { gib: 400, iops: 12_000 };

/** Settings that the writer and its replicas share. */
export interface InstanceArgs {
  readonly instanceClass: string;
  readonly storageGib: number;
  readonly maxStorageGib: number;
  readonly maintenanceWindow: string;
  readonly keyArn: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly monitoringRoleArn: pulumi.Input<string>;
  readonly protect: boolean;
}

/** What every instance of the database is made with, whatever its role. */
export function sharedSettings(args: InstanceArgs) {
  return {
    instanceClass: args.instanceClass,
    storageType: "gp3",
    storageEncrypted: true,
    // On a replica too, which takes the writer's size when it is made and would keep it when the writer's grows: "If you
    // scale the source DB instance, be sure to also scale the read replicas" (Amazon RDS User Guide, "Working with read
    // replicas for Amazon RDS for PostgreSQL"). The provider warns when it makes one.
    allocatedStorage: args.storageGib,
    // By name, or the provider sends the 3,000 of a smaller size when one grows to this, which RDS refuses
    // (hashicorp/terraform-provider-aws#28382). A smaller size may name none.
    iops: args.storageGib < STRIPED.gib ? undefined : STRIPED.iops,
    maxAllocatedStorage: args.maxStorageGib,
    publiclyAccessible: false,
    vpcSecurityGroupIds: [args.securityGroupId],
    iamDatabaseAuthenticationEnabled: true,
    caCertIdentifier: CERTIFICATE_AUTHORITY,
    autoMinorVersionUpgrade: true,
    applyImmediately: false,
    maintenanceWindow: args.maintenanceWindow,
    copyTagsToSnapshot: true,
    deletionProtection: args.protect,
    monitoringInterval: MONITORING_INTERVAL_SECONDS,
    monitoringRoleArn: args.monitoringRoleArn,
    databaseInsightsMode: "advanced",
    performanceInsightsEnabled: true,
    performanceInsightsKmsKeyId: args.keyArn,
    performanceInsightsRetentionPeriod: INSIGHTS_RETENTION_DAYS,
    enabledCloudwatchLogsExports: EXPORTED_LOGS,
  } satisfies Omit<aws.rds.InstanceArgs, "identifier">;
}

/** The log groups that an instance exports to, to be made before it: RDS prescribes their names. */
export function instanceLogs(
  name: string,
  args: { readonly identifier: string; readonly logRetentionDays: number; readonly logsKeyArn: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup[] {
  return EXPORTED_LOGS.map((log) =>
    logGroup(
      `${name}-${log}`,
      {
        name: `/aws/rds/instance/${args.identifier}/${log}`,
        retentionInDays: args.logRetentionDays,
        kmsKeyArn: args.logsKeyArn,
      },
      opts,
    ),
  );
}

/** The role that enhanced monitoring writes with; an instance that is given the role waits for the attachment. */
export function monitoringRole(
  name: string,
  args: { readonly identifier: string; readonly accountId: string; readonly region: string },
  opts: pulumi.CustomResourceOptions,
): { readonly role: aws.iam.Role; readonly attachment: aws.iam.RolePolicyAttachment } {
  const trust: aws.iam.PolicyDocument = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "monitoring.rds.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": args.accountId },
          ArnLike: { "aws:SourceArn": `arn:aws:rds:${args.region}:${args.accountId}:db:${args.identifier}*` },
        },
      },
    ],
  };
  const role = new aws.iam.Role(name, { assumeRolePolicy: JSON.stringify(trust) }, opts);
  const attachment = new aws.iam.RolePolicyAttachment(
    name,
    { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
    opts,
  );
  return { role, attachment };
}
