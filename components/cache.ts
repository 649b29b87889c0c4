import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { CacheEngine, CacheSizing } from "../sizing/cache";
import { cacheUsers } from "./cache/users";
import type { Client } from "./client";
import { logGroup } from "./logs";

/** The port of Redis and Valkey; guide, Redis Caching Optimization: port. */
export const CACHE_PORT = 6379;

/** Arguments of {@link Cache}. */
export interface CacheArgs {
  /**
   * Name of the replication group, its users and their group in AWS; lower case, at most 32 characters. Fixed, because
   * clients sign their IAM token for it. A change replaces the cache.
   */
  readonly identifier: string;
  readonly vpcId: pulumi.Input<string>;
  /** Isolated subnets, one in each zone. */
  readonly subnetIds: pulumi.Input<string>[];
  /** `redis` (Redis OSS) or `valkey`. From `redis` to `valkey` is an upgrade in place and at once; there is no way back. */
  readonly engine: CacheEngine;
  readonly nodeType: string;
  /** Nodes beside the primary. With none there is no failover. */
  readonly replicas: number;
  /** Engine version and parameters, from `sizing/cache`. */
  readonly sizing: Pick<CacheSizing, "engineVersion" | "parameterGroupFamily" | "parameters">;
  /** First part of every key that the service may touch: `pynomaly` for `pynomaly:*`. */
  readonly keyPrefix: string;
  readonly snapshotRetentionDays: number;
  /** Daily, UTC, `hh:mm-hh:mm`. */
  readonly snapshotWindow: string;
  /** When AWS patches the nodes; weekly, UTC, `ddd:hh:mm-ddd:hh:mm`. Changes of these arguments do not wait for it. */
  readonly maintenanceWindow: string;
  /** Encrypts data at rest. A change replaces the cache. */
  readonly keyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly clients: readonly Client[];
  /** Refuse deletion in Pulumi, and take a final snapshot. */
  readonly protect: boolean;
}

/**
 * ElastiCache as one shard with replicas in other zones and automatic failover, TLS only. Clients authenticate with a
 * short-lived IAM token, so that there is no password to keep or rotate: the client's role needs `elasticache:Connect` on
 * {@link Cache.replicationGroupArn} and {@link Cache.userArn}.
 */
export class Cache extends pulumi.ComponentResource {
  /** Host of the primary; follows a failover. The replicas only stand by: each look-up may take a lock, which is a write. */
  readonly primaryEndpoint: pulumi.Output<string>;
  readonly port: number;
  readonly replicationGroupId: pulumi.Output<string>;
  readonly replicationGroupArn: pulumi.Output<string>;
  /** Number of nodes, whose metrics are named `<replicationGroupId>-001` and so on. */
  readonly nodes: number;
  /** User that the service signs its tokens for. */
  readonly userName: pulumi.Output<string>;
  readonly userArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: CacheArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:data:Cache", name, {}, opts);
    const child = { parent: this };
    const { identifier } = args;
    const failover = args.replicas > 0;

    const securityGroup = new aws.ec2.SecurityGroup(
      name,
      { vpcId: args.vpcId, description: "Cache nodes", tags: { Name: name } },
      child,
    );
    for (const client of args.clients) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-from-${client.name}`,
        {
          securityGroupId: securityGroup.id,
          referencedSecurityGroupId: client.securityGroupId,
          description: `Cache from ${client.name}`,
          ipProtocol: "tcp",
          fromPort: CACHE_PORT,
          toPort: CACHE_PORT,
        },
        child,
      );
    }

    const users = cacheUsers(`${name}-users`, args, child);
    const subnetGroup = new aws.elasticache.SubnetGroup(name, { subnetIds: args.subnetIds }, child);
    const parameterGroup = new aws.elasticache.ParameterGroup(
      name,
      {
        family: args.sizing.parameterGroupFamily,
        parameters: args.sizing.parameters.map(({ name, value }) => ({ name, value })),
      },
      child,
    );
    const logDeliveryConfigurations = ["slow-log", "engine-log"].map((logType) => ({
      logType,
      logFormat: "json",
      destinationType: "cloudwatch-logs",
      destination: logGroup(
        `${name}-${logType}`,
        { retentionInDays: args.logRetentionDays, kmsKeyArn: args.logsKeyArn },
        child,
      ).name,
    }));

    const group = new aws.elasticache.ReplicationGroup(
      name,
      {
        replicationGroupId: identifier,
        description: "Pynomaly cache",
        engine: args.engine,
        engineVersion: args.sizing.engineVersion,
        autoMinorVersionUpgrade: true,
        nodeType: args.nodeType,
        numCacheClusters: args.replicas + 1,
        automaticFailoverEnabled: failover,
        multiAzEnabled: failover,
        parameterGroupName: parameterGroup.name,
        port: CACHE_PORT,
        subnetGroupName: subnetGroup.name,
        securityGroupIds: [securityGroup.id],
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        atRestEncryptionEnabled: true,
        kmsKeyId: args.keyArn,
        userGroupIds: [users.group.userGroupId],
        logDeliveryConfigurations,
        snapshotRetentionLimit: args.snapshotRetentionDays,
        snapshotWindow: args.snapshotWindow,
        finalSnapshotIdentifier: args.protect ? `${identifier}-final` : undefined,
        maintenanceWindow: args.maintenanceWindow,
        // A deferred change would fail the update: the last replica cannot go while failover is still on, nor the
        // parameter group of the old engine while it is still in use.
        applyImmediately: true,
      },
      { ...child, protect: args.protect },
    );

    this.primaryEndpoint = group.primaryEndpointAddress;
    this.port = CACHE_PORT;
    this.replicationGroupId = group.replicationGroupId;
    this.replicationGroupArn = group.arn;
    this.nodes = args.replicas + 1;
    this.userName = users.app.userName;
    this.userArn = users.app.arn;
    this.securityGroupId = securityGroup.id;
    this.registerOutputs({
      primaryEndpoint: this.primaryEndpoint,
      port: this.port,
      replicationGroupId: this.replicationGroupId,
      replicationGroupArn: this.replicationGroupArn,
      userName: this.userName,
      userArn: this.userArn,
    });
  }
}
