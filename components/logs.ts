import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** What an encrypted log group needs to know. */
export interface LogGroupArgs {
  /**
   * Physical name, only for groups whose name a service prescribes (`/aws/eks/<cluster>/cluster`) or a policy document
   * spells out. A change replaces the group; its events stay behind in the old one.
   * @default named by Pulumi after the resource
   */
  readonly name?: pulumi.Input<string>;
  /** Days until CloudWatch Logs drops an event. */
  readonly retentionInDays: number;
  /** The `logs` key. Its policy must admit `logs.<region>.amazonaws.com`, see {@link Keys}. */
  readonly kmsKeyArn: pulumi.Input<string>;
}

/**
 * A log group with a retention and a customer managed key. Groups that a service would create by itself are declared
 * with this before that service starts, because the service's own group never expires and has no such key.
 */
export function logGroup(
  name: string,
  args: LogGroupArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    name,
    { name: args.name, retentionInDays: args.retentionInDays, kmsKeyId: args.kmsKeyArn },
    opts,
  );
}
