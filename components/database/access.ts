import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { Client } from "../client";

/** PostgreSQL's port, of the instances and of the proxy. */
export const DATABASE_PORT = 5432;

const HTTPS_PORT = 443;

/** The three security groups of the database. */
export interface DatabaseAccess {
  readonly instances: aws.ec2.SecurityGroup;
  readonly proxy: aws.ec2.SecurityGroup;
  readonly rotation: aws.ec2.SecurityGroup;
  /** The rules through which the rotation function works: a password cannot be rotated before they hold. */
  readonly rotationRules: pulumi.Resource[];
}

/** Arguments of {@link databaseAccess}. */
export interface DatabaseAccessArgs {
  readonly vpcId: pulumi.Input<string>;
  readonly endpointsSecurityGroupId: pulumi.Input<string>;
  readonly clients: readonly Client[];
}

/**
 * Who reaches whom, by security group and never by address: clients reach the proxy and, for reads, the instances; the
 * proxy and the rotation function reach the instances; the rotation function reaches Secrets Manager's endpoint. The
 * instances themselves open no connection.
 */
export function databaseAccess(
  name: string,
  args: DatabaseAccessArgs,
  opts: pulumi.CustomResourceOptions,
): DatabaseAccess {
  const group = (suffix: string, description: string) =>
    new aws.ec2.SecurityGroup(
      `${name}-${suffix}`,
      { vpcId: args.vpcId, description, tags: { Name: `${name}-${suffix}` } },
      opts,
    );
  const instances = group("instances", "PostgreSQL writer and read replicas");
  const proxy = group("proxy", "RDS Proxy in front of the writer");
  const rotation = group("rotation", "Function that rotates the database passwords");

  const tcp = (port: number) => ({ ipProtocol: "tcp", fromPort: port, toPort: port });
  const admit = (to: string, group: aws.ec2.SecurityGroup, client: Client) =>
    new aws.vpc.SecurityGroupIngressRule(
      `${name}-${to}-from-${client.name}`,
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: client.securityGroupId,
        description: `PostgreSQL from ${client.name}`,
        ...tcp(DATABASE_PORT),
      },
      opts,
    );
  const allow = (from: string, group: aws.ec2.SecurityGroup, server: Client, port: number) =>
    new aws.vpc.SecurityGroupEgressRule(
      `${name}-${from}-to-${server.name}`,
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: server.securityGroupId,
        description: `To ${server.name}`,
        ...tcp(port),
      },
      opts,
    );

  const toInstances: Client = { name: "instances", securityGroupId: instances.id };
  admit("instances", instances, { name: "proxy", securityGroupId: proxy.id });
  allow("proxy", proxy, toInstances, DATABASE_PORT);
  for (const client of args.clients) {
    admit("instances", instances, client);
    admit("proxy", proxy, client);
  }
  const rotationRules = [
    admit("instances", instances, { name: "rotation", securityGroupId: rotation.id }),
    allow("rotation", rotation, toInstances, DATABASE_PORT),
    allow("rotation", rotation, { name: "endpoints", securityGroupId: args.endpointsSecurityGroupId }, HTTPS_PORT),
  ];
  return { instances, proxy, rotation, rotationRules };
}
