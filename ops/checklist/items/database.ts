import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DEPLOYMENT,
  RDS_INSTANCE,
  RDS_PARAMETER_GROUP,
  RDS_PROXY_TARGET,
  RDS_PROXY_TARGET_GROUP,
} from "../../../policy/framework/types";
import { postgresParameters } from "../../../sizing/postgres";
import { timeline } from "../../../sizing/timeline";
import { bytes } from "../../../sizing/units";
import { targets } from "../../../targets";
import { analyzed, statementsSeen, verified } from "../database";
import type { ChecklistItem, Evidence, Look } from "../item";
import { each, equals, type Judge, meets, rules, valueAt, waitsFor } from "../stack";
import type { Subject } from "../subject";

const section = "Database Performance";

const MIGRATION_JOB = "kubernetes:batch/v1:Job";

/** Parameters of autovacuum have an item of their own. */
const ofAutovacuum = (name: string): boolean => name.startsWith("autovacuum");

/** Guide, PostgreSQL Configuration Optimization: every parameter is the one that sizing computes for the instance's class. */
function parametersOf(wanted: (name: string) => boolean): Judge {
  return (instance, subject) => {
    const urn = instance.propertyDependencies.parameterGroupName?.[0];
    const group = subject.graph.resources.find((resource) => resource.urn === urn);
    const { instanceClass } = instance.inputs;
    const about = { source: "stack", subject: instance.name } as const;
    if (group === undefined) {
      const property = "parameterGroupName";
      return [{ ...about, status: "fail", property, found: "no parameter group of the stack", expected: "one" }];
    }
    const found = group.inputs.parameters as readonly { readonly name: string; readonly value: string }[];
    const expected = expectedParameters(instance.inputs, subject).filter(({ name }) => wanted(name));
    const current = (name: string) => found.find((parameter) => parameter.name === name)?.value;
    const wrong = expected.filter(({ name, value }) => current(name) !== value);
    if (wrong.length === 0) {
      const sized = `${expected.length} in ${group.name}, as computed for ${instanceClass}`;
      return [{ ...about, status: "pass", property: "parameters", found: sized }];
    }
    return wrong.map(({ name, value, unit }): Evidence => {
      const must = `${value}${unit === undefined ? "" : ` (${unit})`} for ${instanceClass}`;
      const property = `parameters ${name} in ${group.name}`;
      return { ...about, status: "fail", property, found: current(name) ?? "not set", expected: must };
    });
  };
}

function expectedParameters(instance: Readonly<Record<string, unknown>>, { settings }: Subject) {
  return postgresParameters({
    instanceClass: String(instance.instanceClass),
    // A replica takes its writer's version.
    engineMajor: settings.databaseEngineVersion,
    maxConnections: settings.databaseMaxConnections,
    workMemBytes: bytes(settings.databaseWorkMem),
    statementLogging: settings.databaseStatementLogging,
    statementTimeoutMs: timeline.statementTimeoutSeconds * 1000,
    role: instance.replicateSourceDb === undefined ? "writer" : "replica",
  });
}

/** Pools of all processes, against the connections that they may use. */
const poolsFit: Judge = (deployment, { plan: { connections } }) =>
  ["WRITER", "READER"].map((pool): Evidence => {
    const name = `DATABASE_${pool}_POOL_MAX`;
    const size = Number(valueAt(deployment.inputs, `spec.template.spec.containers.0.env[name=${name}].value`));
    const all = size * connections.processes;
    const about = { source: "stack", subject: deployment.name, property: name } as const;
    const found = `${size} × ${connections.processes} processes = ${all}`;
    if (size >= 1 && all <= connections.usable) return { ...about, found, status: "pass" };
    return { ...about, found, status: "fail", expected: `1 or more, and at most ${connections.usable} together` };
  });

/** What the migrations make. */
const indexesMigrated: Look = ({ root }) => {
  const folder = join("app", "migrations");
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith(".up.sql"));
  const counts = files.map((file): [string, number] => {
    const sql = readFileSync(join(root, folder, file), "utf8");
    return [file, sql.match(/^CREATE (UNIQUE )?INDEX /gim)?.length ?? 0];
  });
  const found = counts.filter(([, count]) => count > 0).map(([file, count]) => `${file}: ${count}`);
  const about = { source: "code", subject: folder, property: "CREATE INDEX" } as const;
  if (found.length > 0) return [{ ...about, status: "pass", found: found.join(", ") }];
  return [{ ...about, status: "fail", found: "none", expected: "the indexes of the guide" }];
};

const logsSlowStatements = meets(
  "parameters[name=log_min_duration_statement].value",
  "0 or more ms",
  (value) => Number(value) >= 0,
);

/** Guide, Pre-Production Performance Checklist: "Database Performance". */
export const databaseItems: readonly ChecklistItem[] = [
  {
    id: "postgresql-configured",
    section,
    title: "PostgreSQL configuration optimized",
    looks: [
      each(RDS_INSTANCE, [parametersOf((name) => !ofAutovacuum(name))]),
      rules("postgres-memory", "static-parameters", "rds-param-apply-method"),
      verified(
        "the server's parameters",
        (kind, name) => kind === "version" || (kind === "parameter" && !ofAutovacuum(name)),
      ),
    ],
  },
  {
    id: "indexes-created",
    section,
    title: "Indexes created for common queries",
    looks: [
      each(MIGRATION_JOB, [equals("spec.template.spec.containers.0.args", ["src/migrate.ts"])]),
      each(DEPLOYMENT, [waitsFor(MIGRATION_JOB)]),
      indexesMigrated,
      verified("the server's indexes, views and extensions", (kind) => ["index", "view", "extension"].includes(kind)),
      analyzed("indexes that miss, are invalid or twice", "missing-indexes", "invalid-indexes", "duplicate-indexes"),
    ],
  },
  {
    id: "queries-analyzed",
    section,
    title: "Query performance analyzed",
    decidedBy: "database",
    looks: [
      each(RDS_PARAMETER_GROUP, [
        meets("parameters[name=shared_preload_libraries].value", "pg_stat_statements among them", (value) =>
          String(value).split(",").includes("pg_stat_statements"),
        ),
        logsSlowStatements,
      ]),
      rules("rds-insights", "rds-log-statement-safe", "rds-log-exports"),
      statementsSeen,
      analyzed(
        `statements below ${targets.queryTime.value} ms on average, locks, transactions`,
        "slow-queries",
        "locks",
        "transactions",
        "cache",
      ),
    ],
  },
  {
    id: "database-pooling",
    section,
    title: "Connection pooling configured",
    looks: [
      each(RDS_PROXY_TARGET, [equals("dbInstanceIdentifier", ({ settings }: Subject) => `pynomaly-${settings.stack}`)]),
      each(RDS_PROXY_TARGET_GROUP, [
        equals("connectionPoolConfig", ({ plan }: Subject) => {
          const { maxConnectionsPercent, maxIdleConnectionsPercent, connectionBorrowTimeoutSeconds } =
            plan.connections.proxy;
          return {
            connectionBorrowTimeout: connectionBorrowTimeoutSeconds,
            maxConnectionsPercent,
            maxIdleConnectionsPercent,
          };
        }),
      ]),
      each(DEPLOYMENT, [poolsFit]),
      rules("connection-budget"),
      analyzed("connections in use", "connections"),
    ],
  },
  {
    id: "autovacuum-tuned",
    section,
    title: "Autovacuum settings tuned",
    looks: [
      each(RDS_INSTANCE, [parametersOf(ofAutovacuum)]),
      verified("the server's parameters of autovacuum", (kind, name) => kind === "parameter" && ofAutovacuum(name)),
      analyzed("dead rows, bloat and transaction ids", "vacuum", "bloat", "wraparound"),
    ],
  },
];
