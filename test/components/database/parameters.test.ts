import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { resource, sources } from "../graph";
import { database, parameters, replicas, writer } from "./fixture";

interface Parameter {
  name: string;
  value: string;
  applyMethod: string;
}
const parametersOf = (graph: Graph, name: string) =>
  resource(graph, "aws:rds/parameterGroup:ParameterGroup", name).inputs.parameters as Parameter[];
const parameter = (graph: Graph, name: string, group = "database-writer") =>
  parametersOf(graph, group).find((candidate) => candidate.name === name);

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
  });

  describe("parameters", () => {
    // The guide's line, and the value in RDS's unit.
    const guide: [line: string, value: string][] = [
      ["shared_buffers = 4GB", "524288"],
      ["effective_cache_size = 12GB", "1572864"],
      ["maintenance_work_mem = 1GB", "1048576"],
      ["wal_buffers = 64MB", "8192"],
      ["random_page_cost = 1.1", "1.1"],
      ["seq_page_cost = 1.0", "1.0"],
      ["cpu_tuple_cost = 0.01", "0.01"],
      ["cpu_index_tuple_cost = 0.005", "0.005"],
      ["cpu_operator_cost = 0.0025", "0.0025"],
      ["checkpoint_completion_target = 0.9", "0.9"],
      ["checkpoint_timeout = 15min", "900"],
      ["checkpoint_warning = 30s", "30"],
      ["max_connections = 200", "200"],
      ["shared_preload_libraries = 'pg_stat_statements'", "pg_stat_statements,pgaudit"],
      ["autovacuum = on", "1"],
      ["autovacuum_max_workers = 4", "4"],
      ["autovacuum_naptime = 30s", "30"],
      ["autovacuum_vacuum_threshold = 100", "100"],
      ["autovacuum_analyze_threshold = 50", "50"],
      ["autovacuum_vacuum_scale_factor = 0.05", "0.05"],
      ["autovacuum_analyze_scale_factor = 0.02", "0.02"],
      ["log_min_duration_statement = 100", "100"],
      ["log_checkpoints = on", "1"],
      ["log_connections = on", "1"],
      ["log_disconnections = on", "1"],
      ["log_lock_waits = on", "1"],
      ["log_temp_files = 0", "0"],
    ];
    for (const [line, value] of guide) {
      it(`guide, PostgreSQL Configuration Optimization: ${line}`, () => {
        const [name = ""] = line.split(" ");
        assert.equal(parameter(graph, name)?.value, value);
        assert.equal(parameter(graph, name, "database-replica")?.value, value);
      });
    }

    it("guide, PostgreSQL Configuration Optimization: wal_compression = on costs more than it saves: off", () => {
      assert.equal(parameter(graph, "wal_compression")?.value, "off");
    });

    it("guide, PostgreSQL Configuration Optimization: work_mem = 64MB is the setting's 16 MB, so that 200 fit", () => {
      assert.equal(parameter(graph, "work_mem")?.value, "16384");
    });

    it("guide, PostgreSQL Configuration Optimization: wal_level = replica is RDS's own and not set", () => {
      assert.equal(parameter(graph, "wal_level"), undefined);
    });

    it("guide, PostgreSQL Configuration Optimization: log_statement = 'all' and log_duration = on, for analysis", async () => {
      const analysis = await database({ parameters: parameters("writer", "analysis") });
      const logging = (of: Graph) => [parameter(of, "log_statement")?.value, parameter(of, "log_duration")?.value];
      assert.deepEqual(logging(graph), ["none", "0"]);
      assert.deepEqual(logging(analysis), ["all", "1"]);
    });

    it("demands TLS of every connection", () => {
      assert.equal(parameter(graph, "rds.force_ssl")?.value, "1");
      assert.equal(parameter(graph, "rds.force_ssl", "database-replica")?.value, "1");
    });

    it("sets hot_standby_feedback on the replicas only", () => {
      assert.equal(parameter(graph, "hot_standby_feedback", "database-replica")?.value, "1");
      assert.equal(parameter(graph, "hot_standby_feedback"), undefined);
    });

    it("passes name, value and apply method, and nothing else, to a group of the engine's family", () => {
      const group = resource(graph, "aws:rds/parameterGroup:ParameterGroup", "database-writer");
      assert.equal(group.inputs.family, "postgres17");
      for (const each of parametersOf(graph, "database-writer")) {
        assert.deepEqual(Object.keys(each).sort(), ["applyMethod", "name", "value"]);
      }
      assert.deepEqual(sources(writer(graph), "parameterGroupName"), ["database-writer"]);
      for (const replica of replicas(graph)) {
        assert.deepEqual(sources(replica, "parameterGroupName"), ["database-replica"]);
      }
    });

    it("tells which parameters wait for a reboot, each once", () => {
      assert.deepEqual(graph.outputs.pendingReboot, [
        "autovacuum_max_workers",
        "max_connections",
        "shared_buffers",
        "shared_preload_libraries",
        "wal_buffers",
        "wal_compression",
      ]);
    });
  });
});
