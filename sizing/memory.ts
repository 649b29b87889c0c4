import { gib, kib, mib } from "./units";

/** What the database's memory budget depends on. */
export interface DatabaseMemoryInput {
  /** Nominal memory of the instance class, in bytes. */
  readonly memoryBytes: number;
  readonly maxConnections: number;
  /** `work_mem`, in bytes. */
  readonly workMemBytes: number;
}

/** Where the memory of a database instance goes when every connection works at once. */
export interface DatabaseMemoryBudget {
  /** Nominal memory of the class. */
  readonly totalBytes: number;
  /** Kept for the operating system and RDS's own processes. */
  readonly systemBytes: number;
  readonly sharedBuffersBytes: number;
  readonly walBuffersBytes: number;
  /** Every backend's own memory, `work_mem` apart. */
  readonly backendsBytes: number;
  /** `work_mem` of every backend, hash multiplier included. */
  readonly workMemBytes: number;
  /** `autovacuum_work_mem` of every autovacuum worker. */
  readonly autovacuumBytes: number;
  /** One maintenance command (index build, vacuum) at a time. */
  readonly maintenanceBytes: number;
  /** What remains; negative when the budget does not hold. */
  readonly freeBytes: number;
}

/** `autovacuum_max_workers`: guide, PostgreSQL Configuration. */
export const AUTOVACUUM_WORKERS = 4;

/**
 * What PostgreSQL does not get of a class's nominal memory: 10 %, and at least 256 MiB. AWS says only that
 * `DBInstanceClassMemory` is the class's memory less what the operating system and the RDS processes take (Amazon RDS
 * User Guide, "DB parameter formula variables"). Read back from the default `max_connections` that instances report,
 * `DBInstanceClassMemory/9531392`, that is 12 % of 2 GiB (198), 8 % of 4 GiB (413) and 5 % of 8 GiB (856).
 */
export const databaseSystemBytes = (memoryBytes: number): number => Math.max(mib(256), Math.ceil(memoryBytes * 0.1));

/**
 * `hash_mem_multiplier`: a hash may take this many times `work_mem`. 2.0 is PostgreSQL's default since version 15
 * (PostgreSQL, "Resource Consumption").
 */
export const HASH_MEM_MULTIPLIER = 2;

/**
 * Sort or hash operations that one backend runs at once in this budget. A query may run several; a budget for every
 * backend to run several at the same instant would leave the class idle.
 */
export const WORK_MEM_OPERATIONS_PER_BACKEND = 1;

/** A backend's stack and its catalogue and plan caches, in bytes: an assumption, no document gives a number. */
export const BACKEND_BYTES = mib(5);

/** The guide's share of memory for `shared_buffers` and `effective_cache_size`: "25% / 75% of system RAM". */
const SHARED_BUFFERS_FRACTION = 0.25;
const EFFECTIVE_CACHE_FRACTION = 0.75;

const downTo = (unit: number, size: number): number => Math.floor(size / unit) * unit;

/** The sizes that follow from a class's memory, in bytes. On 16 GiB they are the guide's own numbers. */
export interface DatabaseMemorySizes {
  readonly sharedBuffersBytes: number;
  readonly effectiveCacheBytes: number;
  readonly maintenanceWorkMemBytes: number;
  readonly autovacuumWorkMemBytes: number;
  readonly walBuffersBytes: number;
  readonly maxWalBytes: number;
}

/**
 * Sizes for a class with `memoryBytes` of memory.
 *
 * - `shared_buffers`, `effective_cache_size`: the guide's 25 % and 75 %.
 * - `maintenance_work_mem`: the guide's 1 GB, or 1/16 of a class below 16 GiB.
 * - `autovacuum_work_mem`: 256 MB or 1/64; without it each of the guide's four workers may take
 *   `maintenance_work_mem`, 4 GB together.
 * - `wal_buffers`: the guide's 64 MB, or 1/64 of `shared_buffers`.
 * - `max_wal_size`: twice `shared_buffers`; at its default a busy hour checkpoints by size long before the guide's
 *   15 minutes.
 */
export function databaseMemorySizes(memoryBytes: number): DatabaseMemorySizes {
  const sharedBuffersBytes = downTo(kib(8), memoryBytes * SHARED_BUFFERS_FRACTION);
  return {
    sharedBuffersBytes,
    effectiveCacheBytes: downTo(kib(8), memoryBytes * EFFECTIVE_CACHE_FRACTION),
    maintenanceWorkMemBytes: Math.min(gib(1), downTo(mib(1), memoryBytes / 16)),
    autovacuumWorkMemBytes: Math.min(mib(256), downTo(mib(1), memoryBytes / 64)),
    walBuffersBytes: Math.min(mib(64), downTo(kib(8), sharedBuffersBytes / 64)),
    maxWalBytes: downTo(mib(1), sharedBuffersBytes * 2),
  };
}

/** The budget of one database instance, writer or replica: the same parameters hold on both. */
export function databaseMemoryBudget(input: DatabaseMemoryInput): DatabaseMemoryBudget {
  const sizes = databaseMemorySizes(input.memoryBytes);
  const systemBytes = databaseSystemBytes(input.memoryBytes);
  const backendsBytes = input.maxConnections * BACKEND_BYTES;
  const workMemBytes =
    input.maxConnections * input.workMemBytes * HASH_MEM_MULTIPLIER * WORK_MEM_OPERATIONS_PER_BACKEND;
  const autovacuumBytes = AUTOVACUUM_WORKERS * sizes.autovacuumWorkMemBytes;
  const taken =
    systemBytes +
    sizes.sharedBuffersBytes +
    sizes.walBuffersBytes +
    backendsBytes +
    workMemBytes +
    autovacuumBytes +
    sizes.maintenanceWorkMemBytes;
  return {
    totalBytes: input.memoryBytes,
    systemBytes,
    sharedBuffersBytes: sizes.sharedBuffersBytes,
    walBuffersBytes: sizes.walBuffersBytes,
    backendsBytes,
    workMemBytes,
    autovacuumBytes,
    maintenanceBytes: sizes.maintenanceWorkMemBytes,
    freeBytes: input.memoryBytes - taken,
  };
}

/** The largest `work_mem`, in whole MB, with which the budget holds; 0 when none does. */
export function largestWorkMemBytes(memoryBytes: number, maxConnections: number): number {
  const { freeBytes } = databaseMemoryBudget({ memoryBytes, maxConnections, workMemBytes: 0 });
  const perConnection = maxConnections * HASH_MEM_MULTIPLIER * WORK_MEM_OPERATIONS_PER_BACKEND;
  return Math.max(0, downTo(mib(1), freeBytes / perConnection));
}
