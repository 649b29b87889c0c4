import assert from "node:assert/strict";
import fc from "fast-check";
import { databaseClass, databaseClassNames } from "../../sizing/instances";
import {
  type PostgresInput,
  postgresCatalogue,
  postgresFamily,
  postgresMajors,
  postgresParameters,
  settableParameter,
} from "../../sizing/postgres";
import { mib } from "../../sizing/units";

const input: PostgresInput = {
  instanceClass: "db.m7g.xlarge",
  engineMajor: "17",
  maxConnections: 200,
  workMemBytes: mib(64),
  statementLogging: "analysis",
  statementTimeoutMs: 25_000,
  role: "writer",
};
const parameter = (name: string, change: Partial<PostgresInput> = {}) =>
  postgresParameters({ ...input, ...change }).find((p) => p.name === name);

/** The guide's lines, with what RDS gets for them: value, apply method. */
const GUIDE: readonly (readonly [string, string, string, "immediate" | "pending-reboot"])[] = [
  ["shared_buffers", "4GB", "524288", "pending-reboot"],
  ["effective_cache_size", "12GB", "1572864", "immediate"],
  ["work_mem", "64MB", "65536", "immediate"],
  ["maintenance_work_mem", "1GB", "1048576", "immediate"],
  ["wal_buffers", "64MB", "8192", "pending-reboot"],
  ["random_page_cost", "1.1", "1.1", "immediate"],
  ["seq_page_cost", "1.0", "1.0", "immediate"],
  ["cpu_tuple_cost", "0.01", "0.01", "immediate"],
  ["cpu_index_tuple_cost", "0.005", "0.005", "immediate"],
  ["cpu_operator_cost", "0.0025", "0.0025", "immediate"],
  ["checkpoint_completion_target", "0.9", "0.9", "pending-reboot"],
  ["checkpoint_timeout", "15min", "900", "immediate"],
  ["checkpoint_warning", "30s", "30", "immediate"],
  ["wal_compression", "on", "off", "pending-reboot"],
  ["max_connections", "200", "200", "pending-reboot"],
  ["shared_preload_libraries", "'pg_stat_statements'", "pg_stat_statements,pgaudit", "pending-reboot"],
  ["autovacuum", "on", "1", "immediate"],
  ["autovacuum_max_workers", "4", "4", "pending-reboot"],
  ["autovacuum_naptime", "30s", "30", "immediate"],
  ["autovacuum_vacuum_threshold", "100", "100", "immediate"],
  ["autovacuum_analyze_threshold", "50", "50", "immediate"],
  ["autovacuum_vacuum_scale_factor", "0.05", "0.05", "immediate"],
  ["autovacuum_analyze_scale_factor", "0.02", "0.02", "immediate"],
  ["log_statement", "'all'", "all", "immediate"],
  ["log_duration", "on", "1", "immediate"],
  ["log_min_duration_statement", "100", "100", "immediate"],
  ["log_checkpoints", "on", "1", "pending-reboot"],
  ["log_connections", "on", "1", "immediate"],
  ["log_disconnections", "on", "1", "immediate"],
  ["log_lock_waits", "on", "1", "immediate"],
  ["log_temp_files", "0", "0", "immediate"],
];

describe("PostgreSQL parameters", () => {
  for (const [name, guide, value, applyMethod] of GUIDE) {
    it(`guide, PostgreSQL Configuration: ${name} = ${guide}`, () => {
      const found = parameter(name);
      assert.equal(found?.value, value);
      assert.equal(found?.applyMethod, applyMethod);
      assert.equal(found?.guide, guide);
    });
  }

  it("guide, PostgreSQL Configuration: wal_level = replica is RDS's own", () => {
    assert.equal(parameter("wal_level"), undefined);
    assert.throws(() => settableParameter("wal_level"), /^Error: wal_level is refused: RDS derives it/);
  });

  it("has the guide's settings and no other under the guide's name", () => {
    const named = postgresCatalogue.filter((entry) => entry.guide !== undefined).map((entry) => entry.name);
    assert.deepEqual(named.toSorted(), [...GUIDE.map(([name]) => name), "wal_level"].toSorted());
  });

  it("gives a reason for every value that departs from the guide, and for every parameter beside it", () => {
    for (const { name, guide, reason } of postgresParameters({
      ...input,
      statementLogging: "production",
      workMemBytes: mib(16),
    })) {
      if (guide === undefined) assert.ok(reason, name);
    }
    for (const name of ["work_mem", "wal_compression", "log_statement", "log_duration"])
      assert.ok(parameter(name)?.reason, name);
  });

  it("logs slow statements and DDL in production, whatever the guide says", () => {
    const production = { statementLogging: "production" } as const;
    assert.equal(parameter("log_statement", production)?.value, "none");
    assert.equal(parameter("log_duration", production)?.value, "0");
    assert.equal(parameter("log_min_duration_statement", production)?.value, "100");
  });

  it("asks for what RDS has anyway as RDS keeps it, so that no preview shows a change of nothing", () => {
    const method = (name: string, change?: Partial<PostgresInput>) => parameter(name, change)?.applyMethod;
    for (const name of ["rds.force_ssl", "rds.log_retention_period", "track_io_timing"])
      assert.equal(method(name), "pending-reboot", name);
    assert.equal(method("max_wal_size"), "immediate");
    assert.equal(parameter("max_wal_size", { instanceClass: "db.t4g.medium" })?.value, "2048");
    assert.equal(method("max_wal_size", { instanceClass: "db.t4g.medium" }), "pending-reboot");
  });

  it("adds what the guide leaves out", () => {
    assert.equal(parameter("rds.force_ssl")?.value, "1");
    assert.equal(parameter("statement_timeout")?.value, "25000");
    assert.equal(parameter("idle_in_transaction_session_timeout")?.value, "60000");
    assert.equal(parameter("track_io_timing")?.value, "1");
    assert.equal(parameter("autovacuum_work_mem")?.value, "262144");
    assert.equal(parameter("autovacuum_vacuum_cost_limit")?.value, "800");
    assert.equal(parameter("max_wal_size")?.value, "8192");
    assert.equal(parameter("rds.log_retention_period")?.value, "4320");
  });

  it("gives replicas the writer's parameters and hot_standby_feedback", () => {
    const names = (role: "writer" | "replica") => postgresParameters({ ...input, role }).map((p) => p.name);
    assert.deepEqual(
      names("replica").filter((name) => !names("writer").includes(name)),
      ["hot_standby_feedback"],
    );
    assert.deepEqual(
      names("writer").filter((name) => !names("replica").includes(name)),
      [],
    );
    assert.equal(parameter("max_connections", { role: "replica" })?.value, "200");
  });

  it("refuses what must stay on, and what it does not know", () => {
    assert.throws(() => settableParameter("fsync"), /^Error: fsync is refused: must stay on/);
    assert.throws(() => settableParameter("full_page_writes"), /^Error: full_page_writes is refused/);
    assert.throws(() => settableParameter("shared_bufers"), /shared_bufers is not in the parameter catalogue/);
    assert.equal(settableParameter("work_mem").unit, "kB");
  });

  it("refuses a class or a version that is not offered", () => {
    assert.throws(
      () => postgresParameters({ ...input, instanceClass: "db.x" }),
      /"db.x" is not an offered database class/,
    );
    assert.throws(() => postgresParameters({ ...input, engineMajor: "9" }), /PostgreSQL "9" is not offered: .*17/);
    assert.deepEqual(postgresMajors.map(postgresFamily), ["postgres17"]);
  });

  it("names every parameter once", () => {
    const names = postgresCatalogue.map((entry) => entry.name);
    assert.equal(new Set(names).size, names.length);
  });

  it("fills every value, for every class, within the class", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...databaseClassNames),
        fc.constantFrom("writer", "replica"),
        (instanceClass, role) => {
          const parameters = postgresParameters({ ...input, instanceClass, role });
          assert.ok(parameters.every(({ value }) => /^[\w.,]+$/.test(value)));
          const memory = databaseClass(instanceClass)?.memoryBytes ?? 0;
          const size = (name: string) => Number(parameters.find((p) => p.name === name)?.value) * 8192;
          assert.equal(size("shared_buffers") * 4, memory);
          assert.equal(size("effective_cache_size") * 4, memory * 3);
          assert.ok(size("wal_buffers") <= size("shared_buffers") / 64);
        },
      ),
    );
  });
});
