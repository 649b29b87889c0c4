import * as pulumi from "@pulumi/pulumi";
import type { DatabaseClass } from "../../sizing/instances";
import { THRESHOLDS } from "../../sizing/thresholds";
import { gib } from "../../sizing/units";
import { targets } from "../../targets";
import { type AlarmDefinition, type Metric, MS_IN_SECONDS, ofTarget, WINDOWS } from "./definition";

/** The database, as CloudWatch names it. */
export interface WatchedDatabase {
  /** The writer, named so, and each replica, whose names its alarms have; the dimension `DBInstanceIdentifier`. */
  readonly instances: readonly { readonly name: string; readonly id: pulumi.Input<string> }[];
  /** Processors and memory of every instance. */
  readonly instance: DatabaseClass;
  /** `max_connections` of every instance. */
  readonly maxConnections: number;
  /** Storage allocated at first. */
  readonly storageGib: number;
}

const DISK = [
  { metric: "ReadLatency", verb: "reads", id: "read" },
  { metric: "WriteLatency", verb: "writes", id: "write" },
] as const;

const SECONDS_PER_MINUTE = 60;

/**
 * PostgreSQL's line of a slow statement, `duration: 123.456 ms`: three digits or more, since `log_duration` of the
 * `analysis` profile writes such lines for every statement.
 */
const SLOW_STATEMENT = "%duration:\\s+\\d\\d\\d+\\.\\d+\\s+ms%";

/** The same alarms on each instance, and those that only a writer or a replica has. */
export const databaseAlarms = (database: WatchedDatabase): AlarmDefinition[] =>
  database.instances.flatMap(({ name, id }) => instanceAlarms(database, id, name));

function instanceAlarms(database: WatchedDatabase, instanceId: pulumi.Input<string>, role: string): AlarmDefinition[] {
  const metric = (name: string, statistic: Metric["statistic"]): Metric => ({
    namespace: "AWS/RDS",
    name,
    dimensions: { DBInstanceIdentifier: instanceId },
    statistic,
  });
  const common = { group: "Database", missingData: "missing", severity: "ticket", breach: "atLeast" } as const;
  const freeMemory = `free_${role.replace("-", "_")}`;

  const everywhere: AlarmDefinition[] = [
    {
      ...common,
      ...ofTarget("connectionUtilization", database.maxConnections / 100),
      id: `db-${role}-connections`,
      title: `Connections, ${role}`,
      panel: "Database connections",
      measure: metric("DatabaseConnections", "Maximum"),
      window: WINDOWS.continuous,
      meaning: `The ${role} nears max_connections (${database.maxConnections}): new connections will soon be refused.`,
      firstLook: "pg_stat_activity by application and state: idle in transaction, or more pods than budgeted?",
      runbook: "db-connections",
    },
    {
      ...common,
      ...ofTarget("cpuAverage"),
      id: `db-${role}-cpu-average`,
      title: `CPU, ${role}, average`,
      panel: "Database CPU",
      measure: metric("CPUUtilization", "Average"),
      window: WINDOWS.sustained,
      meaning: `The ${role} has little CPU left for a surge.`,
      firstLook: "Database Insights: top SQL by load; a plan that changed, or a missing index?",
      runbook: "db-cpu",
    },
    {
      ...common,
      ...ofTarget("cpuPeak"),
      id: `db-${role}-cpu-peak`,
      title: `CPU, ${role}, peak`,
      panel: "Database CPU",
      measure: metric("CPUUtilization", "Maximum"),
      window: WINDOWS.repeated,
      meaning: `The ${role} is out of CPU: queries wait for a processor.`,
      firstLook: "Database Insights: top SQL by load, at the minute of the peak.",
      runbook: "db-cpu",
    },
    ...DISK.map(
      ({ metric: name, verb, id }): AlarmDefinition => ({
        ...common,
        ...ofTarget("queryTime", MS_IN_SECONDS),
        id: `db-${role}-${id}-latency`,
        title: `${name}, ${role}`,
        panel: "Database disk latency",
        measure: metric(name, "Average"),
        window: WINDOWS.sustained,
        // Reported only while there is disk traffic.
        missingData: "notBreaching",
        meaning: `One disk operation of the ${role} takes as long as a whole query may: ${verb} wait for storage.`,
        firstLook: "IOPS and throughput against what the volume was given, then cache hit ratio and checkpoints.",
        runbook: "db-disk-latency",
      }),
    ),
    {
      ...common,
      id: `db-${role}-load`,
      title: `Sessions at work, ${role}`,
      panel: "Database load",
      measure: metric("DBLoad", "Average"),
      threshold: database.instance.vcpu,
      breach: "above",
      window: WINDOWS.sustained,
      meaning: `More sessions of the ${role} work at once than it has processors (${database.instance.vcpu}): some wait.`,
      firstLook: "Database Insights: what they wait for (CPU, IO, lock).",
      runbook: "db-cpu",
    },
    {
      ...common,
      ...ofTarget("databaseMemory", gib(1)),
      id: `db-${role}-memory`,
      title: `Memory in use, ${role}`,
      panel: "Database memory",
      measure: {
        expression: `${database.instance.memoryBytes} - ${freeMemory}`,
        metrics: { [freeMemory]: metric("FreeableMemory", "Minimum") },
      },
      window: WINDOWS.sustained,
      meaning: `Processes of the ${role} hold more memory than they should; the page cache shrinks, then they are killed.`,
      firstLook: "Number of connections, then work_mem-hungry queries (temporary files, hash joins) in the log.",
      runbook: "db-memory",
    },
    {
      ...common,
      id: `db-${role}-storage`,
      title: `Free storage, ${role}`,
      panel: "Database free storage",
      measure: metric("FreeStorageSpace", "Minimum"),
      threshold: (THRESHOLDS.freeStorage.value / 100) * gib(database.storageGib),
      breach: "below",
      severity: "page",
      window: WINDOWS.long,
      missingData: "breaching",
      meaning: `The ${role} runs out of storage and autoscaling does not help, or it reports nothing at all.`,
      firstLook: "Is it up? Then maximum allocated storage, time since the last scaling (6 h apart), and retained WAL.",
      runbook: "db-storage",
    },
    {
      ...common,
      id: `db-${role}-slow-statements`,
      title: `Slow statements, ${role}, per minute`,
      panel: "Slow statements",
      measure: {
        logGroupName: pulumi.interpolate`/aws/rds/instance/${instanceId}/postgresql`,
        pattern: SLOW_STATEMENT,
      },
      threshold: (THRESHOLDS.slowStatements.value / 100) * targets.requestRate.value * SECONDS_PER_MINUTE,
      window: WINDOWS.continuous,
      missingData: "notBreaching",
      meaning: `The ${role} logs many statements that took longer than log_min_duration_statement.`,
      firstLook: "Which statements: the log, or Database Insights' top SQL; a plan that changed, or locks?",
      runbook: "db-slow-statements",
    },
  ];
  const own: AlarmDefinition =
    role === "writer"
      ? {
          ...common,
          id: "db-writer-transaction-ids",
          title: "Transaction ids in use",
          panel: "Transaction ids",
          measure: metric("MaximumUsedTransactionIDs", "Maximum"),
          threshold: THRESHOLDS.usedTransactionIds.value,
          window: WINDOWS.sustained,
          meaning: "Vacuum does not freeze old rows in time; PostgreSQL stops writing before transaction ids run out.",
          firstLook:
            "The oldest transaction, replication slot or prepared transaction; then the table with the oldest rows.",
          runbook: "db-transaction-ids",
        }
      : {
          ...common,
          id: `db-${role}-lag`,
          title: `Lag, ${role}`,
          panel: "Replica lag",
          measure: metric("ReplicaLag", "Maximum"),
          threshold: THRESHOLDS.replicaLag.value,
          window: WINDOWS.continuous,
          meaning: `Reads from ${role} are out of date.`,
          firstLook: "A burst of writes, a long query on the replica that holds replay up, or its disk latency?",
          runbook: "db-replica-lag",
        };
  return [...everywhere, own];
}
