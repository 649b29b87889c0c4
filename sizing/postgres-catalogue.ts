import { AUTOVACUUM_WORKERS, databaseMemorySizes } from "./memory";
import { kilobytes, megabytes, pages } from "./units";

/** What a computed value may depend on. */
export interface ParameterContext {
  /** Nominal memory of the instance class, in bytes. */
  readonly memoryBytes: number;
  readonly maxConnections: number;
  readonly workMemBytes: number;
  /** `production`: slow statements and DDL. `analysis`: the guide's every statement, for a limited time. */
  readonly statementLogging: "production" | "analysis";
  readonly statementTimeoutMs: number;
}

/** A parameter that RDS lets one set. */
export interface SettableParameter {
  readonly name: string;
  /** The guide's own words, if it names the parameter. */
  readonly guide?: string;
  /** RDS's value: fixed, or computed. */
  readonly value: string | ((context: ParameterContext) => string);
  /** The unit in which RDS reads the value. */
  readonly unit?: "8kB" | "kB" | "MB" | "ms" | "s" | "min";
  /**
   * A `static` parameter needs a restart, a `dynamic` one does not (Amazon RDS User Guide, "Working with parameters on
   * your RDS for PostgreSQL DB instance", which also gives the units).
   */
  readonly change: "static" | "dynamic";
  /**
   * What RDS's default group of the family has, where that is a plain value. RDS keeps `pending-reboot` for a parameter that
   * is given the value it has, and accepts `immediate` without effect: with it, every later preview would show a change
   * (Terraform, aws_db_parameter_group, "Problematic Plan Changes").
   */
  readonly rdsDefault?: string;
  /** Only for this kind of instance. */
  readonly role?: "writer" | "replica";
  /** Why the value departs from the guide, or why the parameter is set at all. */
  readonly reason?: string;
}

/** A parameter that RDS keeps for itself, or that nobody should change. */
export interface RefusedParameter {
  readonly name: string;
  readonly guide?: string;
  /** Why it is not set. */
  readonly refused: string;
}

export type CatalogueEntry = SettableParameter | RefusedParameter;

const sizes = (context: ParameterContext) => databaseMemorySizes(context.memoryBytes);
const whenLogging = (production: string, analysis: string) => (context: ParameterContext) =>
  context.statementLogging === "production" ? production : analysis;

const memory: readonly CatalogueEntry[] = [
  {
    name: "shared_buffers",
    guide: "4GB",
    value: (c) => String(pages(sizes(c).sharedBuffersBytes)),
    unit: "8kB",
    change: "static",
  },
  {
    name: "effective_cache_size",
    guide: "12GB",
    value: (c) => String(pages(sizes(c).effectiveCacheBytes)),
    unit: "8kB",
    change: "dynamic",
  },
  {
    name: "work_mem",
    guide: "64MB",
    value: (c) => String(kilobytes(c.workMemBytes)),
    unit: "kB",
    change: "dynamic",
    reason: "64 MB for each of 200 connections does not fit a 16 GiB class; raise it per role where a query needs it",
  },
  {
    name: "maintenance_work_mem",
    guide: "1GB",
    value: (c) => String(kilobytes(sizes(c).maintenanceWorkMemBytes)),
    unit: "kB",
    change: "dynamic",
    reason: "1/16 of the memory of a class below 16 GiB",
  },
  {
    name: "wal_buffers",
    guide: "64MB",
    value: (c) => String(pages(sizes(c).walBuffersBytes)),
    unit: "8kB",
    change: "static",
    reason: "1/64 of shared_buffers on a class below 16 GiB",
  },
];

const planning: readonly CatalogueEntry[] = [
  { name: "random_page_cost", guide: "1.1", value: "1.1", change: "dynamic" },
  { name: "seq_page_cost", guide: "1.0", value: "1.0", change: "dynamic" },
  { name: "cpu_tuple_cost", guide: "0.01", value: "0.01", change: "dynamic" },
  { name: "cpu_index_tuple_cost", guide: "0.005", value: "0.005", change: "dynamic" },
  { name: "cpu_operator_cost", guide: "0.0025", value: "0.0025", change: "dynamic" },
];

const wal: readonly CatalogueEntry[] = [
  { name: "checkpoint_completion_target", guide: "0.9", value: "0.9", change: "dynamic", rdsDefault: "0.9" },
  { name: "checkpoint_timeout", guide: "15min", value: "900", unit: "s", change: "dynamic" },
  { name: "checkpoint_warning", guide: "30s", value: "30", unit: "s", change: "dynamic" },
  {
    name: "max_wal_size",
    value: (c) => String(megabytes(sizes(c).maxWalBytes)),
    unit: "MB",
    change: "dynamic",
    rdsDefault: "2048",
    reason: "without it a busy database checkpoints by size, and checkpoint_timeout never governs",
  },
  {
    name: "wal_compression",
    guide: "on",
    value: "off",
    change: "static",
    reason:
      "on is pglz (PostgreSQL 15 and later): 1 to 7 % less log, and three times the time to store a prediction's anomalies (bench/database); RDS's parameter list calls it static, PostgreSQL dynamic",
  },
  {
    name: "wal_level",
    guide: "replica",
    refused: "RDS derives it: replica, or logical when rds.logical_replication is on",
  },
  { name: "fsync", refused: "must stay on: without it a crash corrupts the database" },
  { name: "full_page_writes", refused: "must stay on: without it a crash can leave torn pages" },
];

const connections: readonly CatalogueEntry[] = [
  {
    name: "max_connections",
    guide: "200",
    value: (c) => String(c.maxConnections),
    change: "static",
  },
  {
    name: "shared_preload_libraries",
    guide: "'pg_stat_statements'",
    value: "pg_stat_statements,pgaudit",
    change: "static",
    reason: "pgaudit logs DDL, and replaces the passwords in it, which log_statement does not",
  },
  {
    name: "statement_timeout",
    value: (c) => String(c.statementTimeoutMs),
    unit: "ms",
    change: "dynamic",
    reason: "the database gives up before the request that waits for it; a migration raises it for its session",
  },
  {
    name: "idle_in_transaction_session_timeout",
    value: "60000",
    unit: "ms",
    change: "dynamic",
    reason: "a forgotten transaction holds locks, a proxied connection and dead rows",
  },
  { name: "rds.force_ssl", value: "1", change: "dynamic", rdsDefault: "1", reason: "no connection in clear text" },
  {
    name: "hot_standby_feedback",
    value: "1",
    change: "dynamic",
    role: "replica",
    reason: "the writer keeps rows that a replica's query still reads, in place of cancelling the query",
  },
];

const autovacuum: readonly CatalogueEntry[] = [
  { name: "autovacuum", guide: "on", value: "1", change: "dynamic" },
  { name: "autovacuum_max_workers", guide: "4", value: String(AUTOVACUUM_WORKERS), change: "static" },
  { name: "autovacuum_naptime", guide: "30s", value: "30", unit: "s", change: "dynamic" },
  { name: "autovacuum_vacuum_threshold", guide: "100", value: "100", change: "dynamic" },
  { name: "autovacuum_analyze_threshold", guide: "50", value: "50", change: "dynamic" },
  { name: "autovacuum_vacuum_scale_factor", guide: "0.05", value: "0.05", change: "dynamic" },
  { name: "autovacuum_analyze_scale_factor", guide: "0.02", value: "0.02", change: "dynamic" },
  {
    name: "autovacuum_vacuum_cost_limit",
    value: "800",
    change: "dynamic",
    reason: "the workers share one cost budget: PostgreSQL's 200 a worker, for the guide's four workers",
  },
  {
    name: "autovacuum_work_mem",
    value: (c) => String(kilobytes(sizes(c).autovacuumWorkMemBytes)),
    unit: "kB",
    change: "dynamic",
    reason: "unset, each worker may take maintenance_work_mem",
  },
];

const logging: readonly CatalogueEntry[] = [
  {
    name: "log_statement",
    guide: "'all'",
    value: whenLogging("none", "all"),
    change: "dynamic",
    reason:
      "every statement puts personal data into the logs, and passwords where a role gets one, and is their greatest cost: the analysis profile only",
  },
  {
    name: "pgaudit.log",
    value: "ddl,role",
    change: "dynamic",
    reason:
      "who changed the schema and the roles; passwords are replaced (Amazon RDS User Guide, pgAudit). Without its extension, which nobody creates, the lines lack the object's name",
  },
  {
    name: "log_duration",
    guide: "on",
    value: whenLogging("0", "1"),
    change: "dynamic",
    reason: "one line per statement: the analysis profile only",
  },
  { name: "log_min_duration_statement", guide: "100", value: "100", unit: "ms", change: "dynamic" },
  { name: "log_checkpoints", guide: "on", value: "1", change: "dynamic", rdsDefault: "1" },
  { name: "log_connections", guide: "on", value: "1", change: "dynamic" },
  { name: "log_disconnections", guide: "on", value: "1", change: "dynamic" },
  { name: "log_lock_waits", guide: "on", value: "1", change: "dynamic" },
  { name: "log_temp_files", guide: "0", value: "0", unit: "kB", change: "dynamic" },
  {
    name: "track_io_timing",
    value: "1",
    change: "dynamic",
    rdsDefault: "1",
    reason: "tells time spent on storage from time spent on work in pg_stat_statements",
  },
  {
    name: "rds.log_retention_period",
    value: "4320",
    unit: "min",
    change: "dynamic",
    rdsDefault: "4320",
    reason: "three days on the instance; CloudWatch Logs keeps them longer",
  },
];

/** Every parameter that the stack sets or refuses, in the order of the guide's PostgreSQL Configuration. */
export const catalogue: readonly CatalogueEntry[] = [
  ...memory,
  ...planning,
  ...wal,
  ...connections,
  ...autovacuum,
  ...logging,
];
