import { databaseClass } from "../../../sizing/instances";
import { parameter, parameterGroupOf, replicasOf, writers } from "../../framework/database";
import { attempt, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";

/** Parameters that a hot standby must have as large as its primary, or it stops (PostgreSQL, "Hot Standby": administrator's overview). */
const AT_LEAST_PRIMARY = [
  "max_connections",
  "max_worker_processes",
  "max_wal_senders",
  "max_prepared_transactions",
  "max_locks_per_transaction",
];

export const replicaFit = stackRule({
  id: "replica-fit",
  title: "A read replica is as large as its writer, allows as much, and has a zone of its own",
  severity: "high",
  reason:
    "A smaller replica falls behind and cannot take over; one that allows fewer connections than its writer doesn't start.",
  example: "class db.m7g.large is smaller than the writer's db.m7g.xlarge",
  remedy: "give the replica its writer's class or a larger one, the same limits in its parameters, and another zone",
  *check(stack) {
    for (const writer of writers(stack)) {
      const replicas = replicasOf(stack, writer);
      for (const [index, replica] of replicas.entries()) {
        yield* attempt(() => size(writer, replica), replica);
        yield* attempt(() => limits(writer, replica), replica);
        yield* attempt(() => zone(writer, replica, replicas.slice(0, index)), replica);
      }
    }
  },
});

function* size(writer: StackResource, replica: StackResource): Generator<Finding> {
  const classOf = (instance: StackResource) => instance.props.at("instanceClass").string() ?? "";
  const wanted = databaseClass(classOf(writer));
  const given = databaseClass(classOf(replica));
  if (wanted === undefined || given === undefined) {
    if (classOf(writer) !== classOf(replica)) {
      yield found(`classes ${classOf(replica)} and ${classOf(writer)}, not both in sizing/data/rds.json`, replica);
    }
  } else if (given.memoryBytes < wanted.memoryBytes || given.vcpu < wanted.vcpu) {
    yield found(`class ${classOf(replica)} is smaller than the writer's ${classOf(writer)}`, replica);
  }
}

function* limits(writer: StackResource, replica: StackResource): Generator<Finding> {
  const value = (instance: StackResource, name: string) => {
    const group = parameterGroupOf(instance);
    return group && parameter(group, name)?.number();
  };
  for (const name of AT_LEAST_PRIMARY) {
    const wanted = value(writer, name);
    const given = value(replica, name);
    if (wanted !== undefined && (given === undefined || given < wanted)) {
      yield found(`${name} is ${given ?? "not set"}, and ${wanted} on the writer`, replica);
    }
  }
}

function* zone(writer: StackResource, replica: StackResource, others: readonly StackResource[]): Generator<Finding> {
  const zoneOf = (instance: StackResource) => instance.props.at("availabilityZone").string();
  // A Multi-AZ writer changes zones with its standby.
  const fixed = writer.props.at("multiAz").boolean() === true ? others : [writer, ...others];
  for (const other of fixed) {
    if (zoneOf(replica) !== undefined && zoneOf(replica) === zoneOf(other)) {
      yield found(`it is in ${zoneOf(replica)}, as is ${other.name}`, replica);
    }
  }
}
