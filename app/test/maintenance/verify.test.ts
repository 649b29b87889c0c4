import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { type Postgres, startReplica } from "../../local/postgres.ts";
import type { Expected } from "../../src/maintenance/expected.ts";
import { until } from "../support/until.ts";
import {
  type AnalysisDocument,
  MAINTENANCE,
  type Maintained,
  READONLY,
  startMaintained,
  type VerificationDocument,
} from "./support.ts";

/** Another loopback address; on macOS it has to be added first. */
const REPLICA = "127.0.0.2";

/** As the stack's parameter group has them: in RDS' units and words. */
const SET = {
  shared_preload_libraries: "pg_stat_statements",
  shared_buffers: "128MB",
  work_mem: "16MB",
  random_page_cost: "1.1",
  checkpoint_timeout: "15min",
  idle_in_transaction_session_timeout: "60s",
  log_temp_files: "0",
  wal_compression: "on",
  track_io_timing: "on",
};

const PARAMETERS: Expected["parameters"] = [
  { name: "shared_preload_libraries", value: "pg_stat_statements,pgaudit" },
  { name: "shared_buffers", value: "16384", unit: "8kB" },
  { name: "work_mem", value: "16384", unit: "kB" },
  { name: "random_page_cost", value: "1.10" },
  { name: "checkpoint_timeout", value: "900", unit: "s" },
  { name: "idle_in_transaction_session_timeout", value: "60000", unit: "ms" },
  { name: "log_temp_files", value: "0", unit: "kB" },
  { name: "wal_compression", value: "on" },
  { name: "track_io_timing", value: "1" },
  { name: "log_duration", value: "0" },
  { name: "rds.force_ssl", value: "1" },
  { name: "pgaudit.log", value: "ddl,role" },
];

describe("verify, on a real server and its replica", () => {
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-verify-"));
  let test: Maintained;
  let replica: Postgres;
  let owner: pg.Client;
  before(async () => {
    test = await startMaintained(SET);
    replica = await startReplica(test.server, REPLICA);
    // The server stopped for the copy.
    owner = await test.session();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await replica?.stop();
    await test?.stop();
  });

  const file = (expected: unknown) => {
    const name = join(folder, "expected.json");
    writeFileSync(name, JSON.stringify(expected));
    return name;
  };
  const verify = (expected: Partial<Expected> = {}, host?: string) =>
    test.json<VerificationDocument>(
      READONLY,
      ["verify", "--expected", file({ major: "17", parameters: PARAMETERS, ...expected })],
      { ...(host && { host }) },
    );
  const differences = async (expected?: Partial<Expected>, host?: string) => {
    const { code, document } = await verify(expected, host);
    assert.equal(code, document.differences.length > 0 ? 1 : 0);
    return document.differences.map(({ kind, name, expected, found }) => [kind, name, expected, found].join(" | "));
  };

  it("finds all in force, whatever units it is written in, and says what only RDS could tell", async () => {
    const { code, document } = await verify();
    assert.equal(code, 0);
    assert.deepEqual(document.differences, []);
    assert.deepEqual(document.unchecked, [
      { name: "shared_preload_libraries: pgaudit", reason: "its library is not installed on this server" },
      { name: "rds.force_ssl", reason: "RDS alone has it" },
      { name: "pgaudit.log", reason: "its library is not installed on this server" },
    ]);
    const { rows } = await owner.query("SELECT count(*)::int AS n FROM pg_indexes WHERE indexname LIKE 'idx\\_%'");
    // Those indexes, three views, two extensions, the version, and the parameters that it knows.
    assert.equal(document.checked, rows[0].n + 3 + 2 + 1 + 10);
  });

  it("finds each parameter that is another, in units for people", async () => {
    const other = [
      { name: "work_mem", value: "64", unit: "MB" },
      { name: "checkpoint_timeout", value: "5", unit: "min" },
      { name: "random_page_cost", value: "4" },
      { name: "track_io_timing", value: "off" },
      { name: "wal_compression", value: "zstd" },
      { name: "shared_preload_libraries", value: "pg_stat_statements,pg_prewarm" },
      { name: "log_temp_files", value: "-1", unit: "kB" },
      { name: "no_such_parameter", value: "1" },
    ] as const;
    assert.deepEqual(await differences({ major: "18", parameters: [...other] }), [
      `version | PostgreSQL | 18 | ${(await owner.query("SHOW server_version")).rows[0].server_version}`,
      "parameter | work_mem | 64 MB | 16 MB",
      "parameter | checkpoint_timeout | 5 min | 15 min",
      "parameter | random_page_cost | 4 | 1.1",
      "parameter | track_io_timing | off | on",
      "parameter | wal_compression | zstd | pglz",
      "parameter | shared_preload_libraries | pg_stat_statements,pg_prewarm | pg_stat_statements",
      "parameter | log_temp_files | -1 | 0",
      "parameter | no_such_parameter | 1 | unknown to the server",
    ]);
  });

  it("tells of a value that waits for a restart", async () => {
    await owner.query("ALTER SYSTEM SET max_worker_processes = 9");
    await owner.query("SELECT pg_reload_conf()");
    const parameters = [{ name: "max_worker_processes", value: "9" }];
    const waiting = await until(async () => {
      const [first] = await differences({ parameters });
      return first?.includes("restart") && first;
    });
    assert.equal(waiting, "parameter | max_worker_processes | 9 | 8 (a new value waits for a restart)");
    await owner.query("ALTER SYSTEM RESET max_worker_processes");
    await owner.query("SELECT pg_reload_conf()");
  });

  it("does not take a value of the role for the server's", async () => {
    await owner.query("ALTER ROLE pynomaly_readonly SET work_mem = '1MB'");
    const { code, document } = await verify();
    assert.deepEqual({ code, differences: document.differences }, { code: 0, differences: [] });
    assert.deepEqual(document.unchecked.at(1), {
      name: "work_mem",
      reason: "ALTER ROLE or ALTER DATABASE hides the server's value from this session",
    });
    await owner.query("ALTER ROLE pynomaly_readonly RESET work_mem");
  });

  it("finds indexes, views and extensions that are missing, others or broken", async () => {
    await owner.query(`
      DROP EXTENSION pg_trgm CASCADE;
      DROP MATERIALIZED VIEW mv_dataset_summary;
      REFRESH MATERIALIZED VIEW mv_model_performance WITH NO DATA;
      DROP INDEX idx_api_keys_user, idx_user_sessions_user;
      CREATE INDEX idx_user_sessions_user ON user_sessions (user_id) WHERE is_active;
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_datasets_status'::regclass`);
    assert.deepEqual(await differences(), [
      "index | idx_datasets_status | CREATE INDEX idx_datasets_status ON datasets (status, created_at DESC, id DESC) | invalid",
      "index | idx_api_keys_user | CREATE INDEX idx_api_keys_user ON api_keys (user_id) | missing",
      "index | idx_user_sessions_user | CREATE INDEX idx_user_sessions_user ON user_sessions (user_id) | " +
        "CREATE INDEX idx_user_sessions_user ON public.user_sessions USING btree (user_id) WHERE is_active",
      "index | idx_mv_dataset_summary_dataset | CREATE UNIQUE INDEX idx_mv_dataset_summary_dataset ON mv_dataset_summary (dataset_id) | missing",
      "index | idx_datasets_name_trgm | CREATE INDEX idx_datasets_name_trgm ON datasets USING gin (name gin_trgm_ops) WITH (fastupdate = off) | missing",
      "view | mv_model_performance | a materialized view with its rows | never refreshed",
      "view | mv_dataset_summary | a materialized view with its rows | missing",
      "extension | pg_trgm | created | missing",
    ]);
    const { code, output } = await test.run(READONLY, ["verify"]);
    assert.equal(code, 1);
    assert.match(output, /^KIND +NAME +EXPECTED +FOUND$/m);
    assert.match(output, /^not compared: parameters \(no --expected\)\n\d+ compared, 8 differences$/m);
  });

  it("refuses a file of another shape, by the place that is wrong", async () => {
    const { code, notes } = await test.run(READONLY, [
      "verify",
      "--expected",
      file({ major: "17", parameters: [{ name: "work_mem", value: 4 }] }),
    ]);
    assert.equal(code, 2);
    assert.match(notes[0] ?? "", /expected\.json\/parameters\/0\/value: must be string$/);
  });

  describe("on the replica", () => {
    it("compares with what a replica is to have", async () => {
      const replicaParameters = [{ name: "hot_standby_feedback", value: "1" }];
      const onReplica = await differences({ replicaParameters }, REPLICA);
      assert.equal(onReplica[0], "parameter | hot_standby_feedback | on | off");
      assert.ok(onReplica.includes("extension | pg_trgm | created | missing"));
    });

    it("analyze works, and optimize refuses", async () => {
      const { code, document } = await test.json<AnalysisDocument>(READONLY, ["analyze"], { host: REPLICA });
      assert.equal(code, 0);
      assert.equal(document.server.role, "replica");
      for (const check of ["missing-indexes", "cache", "wraparound", "connections", "slow-queries", "bloat"]) {
        assert.ok(
          document.findings.some((finding) => finding.check === check),
          check,
        );
      }
      const { notes, ...refused } = await test.run(MAINTENANCE, ["optimize"], { host: REPLICA });
      assert.deepEqual(refused, { code: 2, output: "" });
      assert.equal(notes.at(-1), "pynomaly is a replica, which takes no writes: optimize its primary");
    });
  });
});
