import { type CacheSizing, RESERVED_MEMORY } from "./cache";
import type { CapacityPlan } from "./capacity";
import { type DatabaseMemoryBudget, databaseMemoryBudget, largestWorkMemBytes } from "./memory";
import { type PostgresParameter, sizedPostgresParameters } from "./postgres";
import type { ParameterContext } from "./postgres-catalogue";
import { gib, mib, readableSize } from "./units";

/** The database, the cache, the service and what loads it share one machine: so much of its memory, at most, is the database's. */
const DATABASE_SHARE = 0.5;

/** And so much, at most, is the cache's data. */
const CACHE_SHARE = 0.125;

/** A parameter that a server which is not AWS's does not know. */
export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** What a server is started with in place of a parameter group. */
export interface PlainParameters {
  readonly parameters: readonly PostgresParameter[];
  readonly leftOut: readonly LeftOut[];
}

/** What a stack's database and cache are started with on a machine. */
export interface MachineSizing {
  readonly database: PlainParameters & {
    /** Memory that its sizes are computed from. */
    readonly memoryBytes: number;
    readonly memory: DatabaseMemoryBudget;
    /** It has less memory than the stack's class. */
    readonly scaled: boolean;
  };
  readonly cache: {
    readonly parameters: readonly { readonly name: string; readonly value: string }[];
    readonly leftOut: readonly LeftOut[];
    readonly maxMemoryBytes: number;
    readonly scaled: boolean;
  };
}

/** What sizes on a machine are computed from. */
export interface MachineInput extends Omit<ParameterContext, "memoryBytes"> {
  readonly engineMajor: string;
  readonly database: Pick<CapacityPlan["database"], "memory">;
  readonly cache: CacheSizing;
  /** Memory of the machine. */
  readonly memoryBytes: number;
  /** The stack's own values, if the machine has the memory for them. */
  readonly exact: boolean;
}

/** The machine has not the memory for the stack's database. */
export class MachineTooSmall extends Error {
  override readonly name = "MachineTooSmall";
}

/**
 * The stack's writer and cache on a machine with `memoryBytes`: by the functions that size the stack, from the memory of its
 * class, or from a half of the machine's if that is less. `work_mem` is the stack's, or the largest that still fits.
 *
 * @throws MachineTooSmall
 */
export function machineSizing(input: MachineInput): MachineSizing {
  const { exact, memoryBytes: machine, maxConnections } = input;
  const { totalBytes } = input.database.memory;
  if (exact && machine < totalBytes) {
    throw new MachineTooSmall(
      `this machine has ${readableSize(machine)} of memory; the stack's own values are for ${readableSize(totalBytes)}`,
    );
  }
  const share = exact ? totalBytes : Math.min(totalBytes, Math.floor((machine * DATABASE_SHARE) / mib(1)) * mib(1));
  const workMemBytes = exact
    ? input.workMemBytes
    : Math.min(input.workMemBytes, largestWorkMemBytes(share, maxConnections));
  if (workMemBytes === 0) {
    throw new MachineTooSmall(
      `this machine has ${readableSize(machine)} of memory; ${maxConnections} connections need a machine with ${readableSize(leastMachine(maxConnections))}`,
    );
  }
  const maxMemory = exact
    ? input.cache.maxMemoryBytes
    : Math.min(input.cache.maxMemoryBytes, Math.floor(machine * CACHE_SHARE));
  const context = { ...input, memoryBytes: share, workMemBytes };
  return {
    database: {
      ...plainParameters(sizedPostgresParameters({ ...context, role: "writer" })),
      memoryBytes: share,
      memory: databaseMemoryBudget(context),
      scaled: share < totalBytes,
    },
    cache: {
      parameters: input.cache.parameters.filter(({ name }) => name !== RESERVED_MEMORY),
      leftOut: [{ name: RESERVED_MEMORY, reason: "ElastiCache alone has it" }],
      maxMemoryBytes: maxMemory,
      scaled: maxMemory < input.cache.maxMemoryBytes,
    },
  };
}

/** The least memory of a machine, in whole GiB, with which the database's budget holds. */
function leastMachine(maxConnections: number): number {
  for (let size = 1; ; size += 1) {
    if (largestWorkMemBytes(gib(size) * DATABASE_SHARE, maxConnections) > 0) return gib(size);
  }
}

/** The libraries that PostgreSQL itself brings, of those that the catalogue loads. */
const OWN_LIBRARIES = ["pg_stat_statements"];

/** A parameter group's parameters without what a PostgreSQL that is not RDS's does not know. */
export function plainParameters(group: readonly PostgresParameter[]): PlainParameters {
  const leftOut: LeftOut[] = [];
  const parameters = group.flatMap((parameter): PostgresParameter[] => {
    const { name, value } = parameter;
    if (name === "shared_preload_libraries") {
      const libraries = value.split(",");
      const absent = libraries.filter((library) => !OWN_LIBRARIES.includes(library));
      for (const library of absent)
        leftOut.push({ name: `${name}: ${library}`, reason: "PostgreSQL does not bring it" });
      return [{ ...parameter, value: libraries.filter((library) => !absent.includes(library)).join(",") }];
    }
    const [prefix, rest] = name.split(".");
    if (rest === undefined) return [parameter];
    leftOut.push({ name, reason: prefix === "rds" ? "RDS alone has it" : "PostgreSQL does not bring its library" });
    return [];
  });
  return { parameters, leftOut };
}
