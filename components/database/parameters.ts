import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type PostgresParameter, postgresFamily, settableParameter } from "../../sizing/postgres";

/**
 * A parameter group for one role. Its name is Pulumi's, so that a new major version makes the new family's group before
 * the old one goes.
 */
export function parameterGroup(
  name: string,
  args: { readonly engineVersion: string; readonly parameters: readonly PostgresParameter[] },
  opts: pulumi.CustomResourceOptions,
): aws.rds.ParameterGroup {
  const [major = args.engineVersion] = args.engineVersion.split(".");
  return new aws.rds.ParameterGroup(
    name,
    {
      family: postgresFamily(major),
      parameters: args.parameters.map(({ name, value, applyMethod }) => ({ name, value, applyMethod })),
    },
    opts,
  );
}

/** Names of the static parameters: a change of one waits for a reboot that nobody makes by itself. */
export function staticParameters(parameters: readonly PostgresParameter[]): string[] {
  const names = parameters.map(({ name }) => name).filter((name) => settableParameter(name).change === "static");
  return [...new Set(names)].sort();
}
