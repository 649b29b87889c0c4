import { databaseClass } from "../../../sizing/instances";
import {
  BACKEND_BYTES,
  databaseSystemBytes,
  HASH_MEM_MULTIPLIER,
  WORK_MEM_OPERATIONS_PER_BACKEND,
} from "../../../sizing/memory";
import { kib, POSTGRES_PAGE_BYTES, readableSize } from "../../../sizing/units";
import { isPostgres, parameter, parameterGroupOf } from "../../framework/database";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { RDS_INSTANCE } from "../../framework/types";

/** Shares of memory between which shared_buffers is sensible, in %: above, it starves the file cache (PostgreSQL, "Resource Consumption"). */
const SHARED_BUFFERS_PERCENT = { least: 15, most: 40 } as const;

const NUMBERS = [
  "shared_buffers",
  "max_connections",
  "work_mem",
  "maintenance_work_mem",
  "autovacuum_max_workers",
] as const;

export const postgresMemory = stackRule({
  id: "postgres-memory",
  title: "What PostgreSQL may take fits the memory of its instance class",
  severity: "high",
  reason:
    "work_mem is per operation of each connection: a setting that fits a quiet database kills it when all connections work.",
  example:
    "system 1.6 GiB + shared_buffers 4.0 GiB + wal_buffers 0 MiB + backends 1000 MiB + work_mem 25.0 GiB + autovacuum 1.0 GiB + maintenance 1.0 GiB = 33.6 GiB of 16.0 GiB",
  remedy: "lower work_mem or max_connections, or choose a class with more memory; write the parameters as numbers",
  *check(stack) {
    yield* each(stack.ofType(RDS_INSTANCE), (instance) => budget(instance));
  },
});

function* budget(instance: StackResource): Generator<Finding> {
  const group = parameterGroupOf(instance);
  if (group === undefined || !isPostgres(group)) {
    return;
  }
  const total = databaseClass(instance.props.at("instanceClass").string() ?? "")?.memoryBytes;
  if (total === undefined) {
    yield found(`${instance.props.at("instanceClass")}, whose memory sizing/data/rds.json does not have`, instance);
    return;
  }
  const value = (name: string) => parameter(group, name)?.number();
  const missing = NUMBERS.filter((name) => value(name) === undefined);
  if (missing.length > 0) {
    yield found(`not set to a number in ${group.name}: ${missing.join(", ")}`, instance);
    return;
  }
  const number = (name: (typeof NUMBERS)[number]) => value(name) ?? 0;
  const maintenance = kib(number("maintenance_work_mem"));
  const autovacuumEach = value("autovacuum_work_mem") ?? -1;
  const shared = number("shared_buffers") * POSTGRES_PAGE_BYTES;
  const parts = {
    system: databaseSystemBytes(total),
    shared_buffers: shared,
    wal_buffers: Math.max(0, value("wal_buffers") ?? 0) * POSTGRES_PAGE_BYTES,
    backends: number("max_connections") * BACKEND_BYTES,
    work_mem:
      number("max_connections") * kib(number("work_mem")) * HASH_MEM_MULTIPLIER * WORK_MEM_OPERATIONS_PER_BACKEND,
    // -1 stands for maintenance_work_mem.
    autovacuum: number("autovacuum_max_workers") * (autovacuumEach < 0 ? maintenance : kib(autovacuumEach)),
    maintenance,
  };
  const taken = Object.values(parts).reduce((sum, part) => sum + part, 0);
  if (taken > total) {
    const terms = Object.entries(parts).map(([name, size]) => `${name} ${readableSize(size)}`);
    yield found(`${terms.join(" + ")} = ${readableSize(taken)} of ${readableSize(total)}`, instance);
  }
  const percent = (shared / total) * 100;
  if (percent < SHARED_BUFFERS_PERCENT.least || percent > SHARED_BUFFERS_PERCENT.most) {
    const { least, most } = SHARED_BUFFERS_PERCENT;
    yield found(`shared_buffers is ${percent.toFixed(0)} % of the memory, not ${least} to ${most} %`, instance);
  }
}
