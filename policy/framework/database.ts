import type { Resource, Stack, StackResource } from "./stack";
import { RDS_INSTANCE, RDS_PARAMETER_GROUP, RDS_PROXY, RDS_PROXY_TARGET } from "./types";
import type { Value } from "./value";

/** Whether a database instance is a read replica: a copy that a lost one is made from again. */
export const isReplica = ({ props }: Resource): boolean => props.at("replicateSourceDb").isSet;

/** The database instances that are no replicas. */
export const writers = (stack: Stack): StackResource[] =>
  stack.ofType(RDS_INSTANCE).filter((instance) => !isReplica(instance));

/** The read replicas of an instance. */
export const replicasOf = (stack: Stack, writer: StackResource): StackResource[] =>
  stack.referring(RDS_INSTANCE, "replicateSourceDb", writer);

/** Whether a parameter group is PostgreSQL's. */
export const isPostgres = ({ props }: Resource): boolean =>
  props.at("family").string()?.startsWith("postgres") ?? false;

/** A parameter's value in a parameter group. */
export function parameter(group: Resource, name: string): Value | undefined {
  return group.props
    .at("parameters")
    .list()
    .find((entry) => entry.at("name").string() === name)
    ?.at("value");
}

/** The parameter group of an instance, when it is one of the stack. */
export const parameterGroupOf = (instance: StackResource): StackResource | undefined =>
  instance.references("parameterGroupName").find(({ type }) => type === RDS_PARAMETER_GROUP);

/** The proxies in front of an instance. */
export const proxiesOf = (stack: Stack, instance: StackResource): StackResource[] =>
  stack
    .referring(RDS_PROXY_TARGET, "dbInstanceIdentifier", instance)
    .flatMap((target) => target.references("dbProxyName"))
    .filter(({ type }) => type === RDS_PROXY);
