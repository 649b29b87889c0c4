import type * as pulumi from "@pulumi/pulumi";

/** Something that connects to a component over the network. */
export interface Client {
  /** Short name of the client, used in resource names: a change replaces its rules. */
  readonly name: string;
  readonly securityGroupId: pulumi.Input<string>;
}
