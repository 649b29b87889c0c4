import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ConnectionBudget } from "../sizing/connections";
import type { PostgresParameter } from "../sizing/postgres";
import { SERVICE } from "../sizing/service";
import type { Client } from "./client";
import { DATABASE_PORT, databaseAccess } from "./database/access";
import { instanceLogs, monitoringRole, sharedSettings } from "./database/instance";
import { parameterGroup, staticParameters } from "./database/parameters";
import { writerProxy } from "./database/proxy";
import { rotation } from "./database/rotation";
import { credential, firstValue, masterPassword, roleName } from "./database/secrets";
import { zoneLetter } from "./zone";

/** Arguments of {@link Database}. */
export interface DatabaseArgs {
  /**
   * Name of the writer and of the proxy in AWS, and the start of the replicas'. Fixed, because RDS derives the names of
   * log groups from it. A change renames every instance, which reboots it.
   */
  readonly identifier: string;
  readonly accountId: string;
  readonly region: string;
  readonly vpcId: pulumi.Input<string>;
  /** Isolated subnets, one in each zone. A change replaces the proxy: no writes until the new one is up. */
  readonly subnetIds: pulumi.Input<string>[];
  /** Zones of the stack. A single-zone writer is made in the first that has no replica, and stays there. */
  readonly availabilityZones: readonly string[];
  /** Group of the endpoint through which the rotation function reaches Secrets Manager. */
  readonly endpointsSecurityGroupId: pulumi.Input<string>;
  /**
   * RDS class of every instance. A change restarts the instance in its maintenance window, with a failover where there
   * is a standby. The new `shared_buffers` takes effect with any restart before that: go up to a class with four times
   * the memory in two steps, or PostgreSQL may not start on the old one.
   */
  readonly instanceClass: string;
  /** PostgreSQL's major version; RDS chooses and upgrades the minor one. */
  readonly engineVersion: string;
  /** Storage of every instance at the start, in GiB. More waits for the maintenance window. */
  readonly storageGib: number;
  /** Most storage that autoscaling may allocate, in GiB. */
  readonly maxStorageGib: number;
  /** Keep a synchronous standby of the writer in another zone. */
  readonly multiAz: boolean;
  /** One read replica in each of these zones. */
  readonly replicaZones: readonly string[];
  /** Parameters of the writer, from `sizing/postgres`. */
  readonly parameters: readonly PostgresParameter[];
  /** Parameters of the replicas. */
  readonly replicaParameters: readonly PostgresParameter[];
  /** The proxy's share of the connection budget. */
  readonly proxy: ConnectionBudget["proxy"];
  readonly backupRetentionDays: number;
  /** Daily, UTC, `hh:mm-hh:mm`. */
  readonly backupWindow: string;
  /** Weekly, UTC, `ddd:hh:mm-ddd:hh:mm`. */
  readonly maintenanceWindow: string;
  /** Encrypts storage, insights and secrets. A change replaces the writer. */
  readonly keyArn: pulumi.Input<string>;
  readonly logsKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** Who connects: to the proxy for writes, to the replicas for reads. */
  readonly clients: readonly Client[];
  /** Refuse deletion, in Pulumi and in RDS, and take a final snapshot. */
  readonly protect: boolean;
}

/** One instance of the database. */
export interface DatabaseInstance {
  /** `writer`, or `replica-` and the letter of its zone: it stays the same when zones come and go. */
  readonly name: string;
  /** Identifier, for metrics and logs. */
  readonly id: pulumi.Output<string>;
  readonly endpoint: pulumi.Output<string>;
}

/**
 * PostgreSQL on RDS as the guide tunes it: a writer behind RDS Proxy and read replicas in other zones, each with its own
 * parameter group; a rotated password for each role in Secrets Manager. Needs the `random` provider beside `aws`.
 *
 * The passwords are not managed by RDS, because RDS then refuses read replicas and blue/green deployments (Amazon RDS
 * User Guide, "Password management with Secrets Manager: limitations").
 */
export class Database extends pulumi.ComponentResource {
  /** Host for writes. */
  readonly proxyEndpoint: pulumi.Output<string>;
  /** Host of the writer itself, for migrations, maintenance and operators: it bypasses the proxy's connection limit. */
  readonly writerEndpoint: pulumi.Output<string>;
  /** For reads, in the order of {@link DatabaseArgs.replicaZones}. */
  readonly replicas: DatabaseInstance[];
  readonly port: number;
  /** Secret of the role that owns the schema. */
  readonly ownerSecretArn: pulumi.Output<string>;
  /** Secret of the role that the API uses. */
  readonly appSecretArn: pulumi.Output<string>;
  /** Secret of the role that looks into the database. */
  readonly readonlySecretArn: pulumi.Output<string>;
  /** Secret of the role that maintains it. */
  readonly maintenanceSecretArn: pulumi.Output<string>;
  /** The writer, then the replicas. */
  readonly instances: DatabaseInstance[];
  readonly proxyName: pulumi.Output<string>;
  /** Group of the writer and the replicas. */
  readonly securityGroupId: pulumi.Output<string>;
  /**
   * Static parameters: after a change of one, reboot every instance. The replicas first where `max_connections` grows,
   * the writer first where it shrinks: a replica whose value is below the writer's stops replaying (PostgreSQL, "Hot
   * Standby": administrator's overview).
   */
  readonly pendingReboot: string[];

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:data:Database", name, {}, opts);
    const child = { parent: this };
    const { identifier } = args;

    const access = databaseAccess(name, args, child);
    const owner = credential(name, "owner", args, child);
    const app = credential(name, "app", args, child);
    const readonly = credential(name, "readonly", args, child);
    const maintenance = credential(name, "maintenance", args, child);

    const subnetGroup = new aws.rds.SubnetGroup(name, { subnetIds: args.subnetIds }, child);
    const monitoring = monitoringRole(`${name}-monitoring`, args, child);
    const settings = sharedSettings({
      ...args,
      securityGroupId: access.instances.id,
      monitoringRoleArn: monitoring.role.arn,
    });

    const writer = new aws.rds.Instance(
      `${name}-writer`,
      {
        ...settings,
        identifier,
        engine: "postgres",
        engineVersion: args.engineVersion,
        parameterGroupName: parameterGroup(`${name}-writer`, args, child).name,
        dbName: SERVICE.databaseName,
        port: DATABASE_PORT,
        username: roleName(owner.role),
        ...masterPassword(owner),
        dbSubnetGroupName: subnetGroup.name,
        multiAz: args.multiAz,
        availabilityZone: args.multiAz
          ? undefined
          : args.availabilityZones.find((zone) => !args.replicaZones.includes(zone)),
        kmsKeyId: args.keyArn,
        backupRetentionPeriod: args.backupRetentionDays,
        backupWindow: args.backupWindow,
        skipFinalSnapshot: !args.protect,
        finalSnapshotIdentifier: args.protect ? `${identifier}-final` : undefined,
      },
      {
        ...child,
        protect: args.protect,
        // The zone is chosen once: it moves with a failover or with the replicas, and a new one would replace the writer.
        ignoreChanges: ["passwordWo", "passwordWoVersion", "availabilityZone"],
        dependsOn: [monitoring.attachment, ...instanceLogs(`${name}-writer`, args, child)],
      },
    );

    const replicaParameters = { engineVersion: args.engineVersion, parameters: args.replicaParameters };
    const replicaGroup =
      args.replicaZones.length > 0 ? parameterGroup(`${name}-replica`, replicaParameters, child) : undefined;
    this.replicas = args.replicaZones.map((zone) => {
      const suffix = `replica-${zoneLetter(zone)}`;
      const replicaId = `${identifier}-${suffix}`;
      const logs = instanceLogs(`${name}-${suffix}`, { ...args, identifier: replicaId }, child);
      const replica = new aws.rds.Instance(
        `${name}-${suffix}`,
        {
          ...settings,
          identifier: replicaId,
          // The key is the source's: RDS refuses one of the replica's own in the same region.
          replicateSourceDb: writer.identifier,
          availabilityZone: zone,
          multiAz: false,
          parameterGroupName: replicaGroup?.name,
          backupRetentionPeriod: 0,
          // All its data are the writer's: a replica may go when its zone leaves the settings, and leaves no snapshot.
          deletionProtection: false,
          skipFinalSnapshot: true,
        },
        { ...child, dependsOn: [monitoring.attachment, ...logs] },
      );
      return instance(suffix, replica);
    });
    this.instances = [instance("writer", writer), ...this.replicas];

    const ownerValue = firstValue(name, owner, writer.address, child);
    const appValue = firstValue(name, app, writer.address, child);
    const proxy = writerProxy(
      `${name}-proxy`,
      {
        ...args,
        securityGroupId: access.proxy.id,
        writerIdentifier: writer.identifier,
        users: [owner, app].map(({ role, secret }) => ({ username: roleName(role), secretArn: secret.arn })),
        budget: args.proxy,
        after: [ownerValue, appValue],
      },
      child,
    );
    rotation(
      `${name}-rotation`,
      {
        ...args,
        securityGroupId: access.rotation.id,
        secrets: [
          { credential: owner, value: ownerValue, immediately: true },
          // The migrations create these roles, after the stack is up.
          { credential: app, value: appValue, immediately: false },
          ...[readonly, maintenance].map((credential) => ({
            credential,
            value: firstValue(name, credential, writer.address, child),
            immediately: false,
          })),
        ],
        after: access.rotationRules,
      },
      child,
    );

    this.proxyEndpoint = proxy.endpoint;
    this.writerEndpoint = writer.address;
    this.port = DATABASE_PORT;
    this.ownerSecretArn = owner.secret.arn;
    this.appSecretArn = app.secret.arn;
    this.readonlySecretArn = readonly.secret.arn;
    this.maintenanceSecretArn = maintenance.secret.arn;
    this.proxyName = proxy.name;
    this.securityGroupId = access.instances.id;
    this.pendingReboot = staticParameters([...args.parameters, ...args.replicaParameters]);
    this.registerOutputs({
      proxyEndpoint: this.proxyEndpoint,
      writerEndpoint: this.writerEndpoint,
      replicas: this.replicas,
      port: this.port,
      ownerSecretArn: this.ownerSecretArn,
      appSecretArn: this.appSecretArn,
      readonlySecretArn: this.readonlySecretArn,
      maintenanceSecretArn: this.maintenanceSecretArn,
      instances: this.instances,
      pendingReboot: this.pendingReboot,
    });
  }
}

const instance = (name: string, { identifier, address }: aws.rds.Instance): DatabaseInstance => ({
  name,
  id: identifier,
  endpoint: address,
});
