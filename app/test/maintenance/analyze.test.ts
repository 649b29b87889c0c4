import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type pg from "pg";
import { type Analysis, type AnalysisOptions, analyze } from "../../src/maintenance/analyze.ts";
import type { CheckName } from "../../src/maintenance/checks/finding.ts";
import { withoutTexts } from "../../src/maintenance/checks/statements.ts";
import type { Connection } from "../../src/maintenance/connection.ts";
import { readServer } from "../../src/maintenance/server.ts";
import { until } from "../support/until.ts";
import { type AnalysisDocument, flush, type Maintained, READONLY, startMaintained } from "./support.ts";

describe("analyze, on a real server", () => {
  let test: Maintained;
  let owner: pg.Client;
  let reader: Connection;
  before(async () => {
    test = await startMaintained({ shared_preload_libraries: "pg_stat_statements", max_connections: "20" });
    owner = test.owner;
    reader = (await test.open(READONLY)).connection;
  });
  after(() => test?.stop());

  const analysis = async (options: Partial<AnalysisOptions> = {}): Promise<Analysis> =>
    analyze({ reader, server: await readServer(reader), ...options });
  const found = async (check: CheckName, options?: Partial<AnalysisOptions>) =>
    (await analysis(options)).findings.filter((finding) => finding.check === check);
  /** As text: severity, subject and what was found. */
  const lines = async (check: CheckName, options?: Partial<AnalysisOptions>) =>
    (await found(check, options)).map(({ severity, subject, found }) => `${severity} ${subject}: ${found}`);

  it("finds nothing to mend in a database that the migrations made", async () => {
    const { code, document } = await test.json<AnalysisDocument>(READONLY, ["analyze"]);
    assert.equal(code, 0);
    assert.deepEqual(
      document.findings.filter(({ severity }) => severity !== "info"),
      [],
    );
    assert.deepEqual(Object.keys(document), ["command", "server", "findings", "statements"]);
    assert.equal(document.server.role, "primary");
    for (const finding of document.findings) {
      assert.deepEqual(Object.keys(finding), ["check", "severity", "subject", "found", "advice", "details"]);
    }
  });

  describe("slow statements", () => {
    before(async () => {
      await owner.query("SELECT pg_stat_statements_reset()");
      for (let call = 0; call < 11; call += 1) {
        await owner.query("SELECT pg_sleep(0.011), 'hidden-value'");
        await owner.query("ALTER ROLE pynomaly_app PASSWORD 'hidden-password'");
        await owner.query("SELECT 1 AS quick");
      }
      for (let call = 0; call < 10; call += 1) await owner.query("SELECT pg_sleep(0.011), 2 AS rare, 3 AS seldom");
    });

    it("are those called more than ten times that take 10 ms on average, with the guide's columns", async () => {
      const { findings, statements } = await analysis();
      const slow = findings.filter(({ check }) => check === "slow-queries");
      assert.deepEqual(
        slow.map(({ severity, details }) => [severity, details.calls]),
        [["warning", 11]],
      );
      assert.match(slow[0]?.found ?? "", /^1[1-9]\S* ms on average, .* 11 calls: SELECT pg_sleep\(\$1\), \$2$/);
      const columns =
        "queryid query calls total_exec_time mean_exec_time max_exec_time stddev_exec_time rows hit_ratio";
      assert.deepEqual(Object.keys(statements[0] ?? {}), columns.split(" "));
      assert.equal(statements[0]?.queryid, slow[0]?.subject);
      assert.ok(!statements.some(({ query }) => query.includes("seldom")));
      const totals = statements.map(({ total_exec_time }) => total_exec_time);
      assert.deepEqual(
        totals,
        totals.toSorted((a, b) => b - a),
      );
    });

    it("are told without a value in them", async () => {
      const { output } = await test.run(READONLY, ["analyze"]);
      assert.match(output, /ALTER ROLE pynomaly_app PASSWORD '…'/);
      assert.ok(!output.includes("hidden"));
      assert.equal(withoutTexts("DO $x$ a; 'b' $x$; SELECT E'it''s', 'cut o"), "DO '…'; SELECT '…', '…'");
    });
  });

  it("tells the share of pages found in memory, and warns below the target", async () => {
    const [normal] = await found("cache");
    const { hit, read, ratio } = normal?.details ?? {};
    assert.ok(Number(hit) > 0 && Number(read) >= 0);
    assert.equal(ratio, Number(hit) / (Number(hit) + Number(read)));
    const [low] = await found("cache", { thresholds: { cacheHitRatio: 1.1, cacheBlocks: 1 } });
    assert.equal(low?.severity, "warning");
    assert.match(low?.advice ?? "", /shared_buffers/);
  });

  describe("missing indexes", () => {
    it("are those of the migrations that are not there, or not as they are there", async () => {
      await owner.query("DROP INDEX idx_metrics_rollup, idx_metrics_timestamp");
      await owner.query("CREATE INDEX idx_metrics_timestamp ON metrics (timestamp)");
      assert.deepEqual(await lines("missing-indexes"), [
        "critical idx_metrics_rollup: missing (0004-indexes, on metrics)",
        'warning idx_metrics_timestamp: not as 0004-indexes has it: CREATE INDEX idx_metrics_timestamp ON public.metrics USING btree ("timestamp")',
      ]);
      await owner.query("DROP INDEX idx_metrics_timestamp");
      await owner.query("CREATE INDEX idx_metrics_timestamp ON metrics (timestamp DESC, metric_name)");
      await owner.query(
        "CREATE INDEX idx_metrics_rollup ON metrics (metric_name, timestamp DESC) WHERE granularity = 'hour'",
      );
      assert.deepEqual(await lines("missing-indexes"), []);
    });

    it("are those of foreign keys that no index begins with", async () => {
      await owner.query(`
        CREATE TABLE parent (a int, b int, PRIMARY KEY (a, b));
        CREATE TABLE child (x int, a int, b int, FOREIGN KEY (a, b) REFERENCES parent);
        CREATE INDEX child_part ON child (a, b) WHERE x > 0;
        CREATE INDEX child_later ON child (x, a, b)`);
      assert.deepEqual(await lines("missing-indexes"), [
        "warning child (a, b): the foreign key child_a_b_fkey has no index: all of child is read when a row of parent is deleted",
      ]);
      await owner.query("CREATE INDEX child_whole ON child (b, a, x)");
      assert.deepEqual(await lines("missing-indexes"), []);
      await owner.query("DROP TABLE child, parent");
    });

    it("are those of tables that are read whole again and again", async () => {
      await owner.query("CREATE TABLE scanned AS SELECT generate_series(1, 10000) AS x");
      const scans = async (times: number) => {
        for (let time = 0; time < times; time += 1) await owner.query("SELECT count(*) FROM scanned WHERE x = 1");
        await flush(owner);
      };
      await scans(49);
      assert.deepEqual(await lines("missing-indexes"), []);
      await scans(1);
      assert.deepEqual(await lines("missing-indexes"), [
        "warning scanned: read whole 50 times, 10,000 rows each; by an index 0 times",
      ]);
      await owner.query("DROP TABLE scanned");
    });
  });

  describe("indexes that cost and do not serve", () => {
    beforeEach(() => owner.query("DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b int, c text)"));
    after(() => owner.query("DROP TABLE t"));

    it("are those left invalid", async () => {
      await owner.query("INSERT INTO t VALUES (1), (1)");
      await assert.rejects(owner.query("CREATE UNIQUE INDEX CONCURRENTLY t_broken ON t (a)"));
      // The client hears of the failure before the server has ended the statement.
      const [line = "", ...others] = await until(async () => {
        const now = await lines("invalid-indexes");
        return now.length > 0 && now;
      });
      assert.match(line, /^warning t_broken: invalid, .*, on t: it may cost every write and serves no read$/);
      assert.deepEqual(others, []);
    });

    it("are those that do what another does", async () => {
      await owner.query(`
        CREATE INDEX t_a ON t (a); CREATE INDEX t_a_again ON t (a); CREATE INDEX t_a_b ON t (a, b);
        ALTER TABLE t ADD CONSTRAINT t_b_key UNIQUE (b); CREATE UNIQUE INDEX t_b ON t (b); CREATE INDEX t_b_c ON t (b, c)`);
      assert.deepEqual(await lines("duplicate-indexes"), [
        "warning t_a: the beginning of t_a_b, 8 kB, on t",
        "warning t_a_again: the same as t_a, 8 kB, on t",
        "warning t_b: the same as t_b_key, 8 kB, on t",
      ]);
    });

    it("are not those that differ in condition, direction, operators or what they keep", async () => {
      await owner.query(`
        CREATE INDEX t_a_b ON t (a, b); CREATE INDEX t_part ON t (a) WHERE b > 0; CREATE INDEX t_down ON t (a DESC, b);
        CREATE INDEX t_c ON t (c, a); CREATE INDEX t_pattern ON t (c text_pattern_ops); CREATE INDEX t_hash ON t USING hash (a);
        CREATE UNIQUE INDEX t_only ON t (a) INCLUDE (c); CREATE INDEX t_lower ON t (lower(c)); CREATE INDEX t_upper ON t (upper(c))`);
      assert.deepEqual(await lines("duplicate-indexes"), []);
    });

    it("are those that nobody used, when statistics are old enough to tell", async () => {
      await owner.query("CREATE INDEX t_idle ON t (a); CREATE INDEX t_used ON t (b); SET enable_seqscan = off");
      await owner.query("SELECT FROM t WHERE b = 1");
      await owner.query("RESET enable_seqscan");
      await flush(owner);
      const [young, ...others] = await lines("unused-indexes");
      assert.deepEqual(others, []);
      assert.match(young ?? "", /^info indexes: \d+ indexes not used in .*: too short a time to call them unused$/);
      const unused = await found("unused-indexes", { thresholds: { unusedDays: 0 } });
      const severities = new Map(unused.map(({ subject, severity }) => [subject, severity]));
      assert.equal(severities.get("t_idle"), "warning");
      assert.equal(severities.get("idx_metrics_rollup"), "info");
      assert.equal(severities.get("t_used"), undefined);
      assert.equal(severities.get("users_pkey"), undefined);
    });
  });

  describe("bloat", () => {
    before(async () => {
      await owner.query(`
        CREATE TABLE bloated (id int PRIMARY KEY, filler text) WITH (autovacuum_enabled = off);
        INSERT INTO bloated SELECT n, repeat('x', 100) FROM generate_series(1, 60000) n;
        GRANT SELECT ON bloated TO pynomaly_readonly;
        DELETE FROM bloated WHERE id % 10 <> 0`);
      await flush(owner);
      await owner.query("ANALYZE bloated");
    });
    after(async () => {
      await owner.query("DROP EXTENSION IF EXISTS pgstattuple");
      await owner.query("DROP TABLE bloated");
    });
    const shares = async () =>
      new Map(
        (await found("bloat")).map(({ subject, details }) => [
          subject,
          { method: details.method, share: Number(details.wasted) / Number(details.bytes) },
        ]),
      );

    it("is told of dead rows, then of the room that they leave, then of indexes: estimated, or measured", async () => {
      const estimated = (await shares()).get("bloated");
      await owner.query("CREATE EXTENSION pgstattuple");
      const measured = (await shares()).get("bloated");
      assert.equal(estimated?.method, "estimated");
      assert.equal(measured?.method, "measured");
      for (const { share } of [estimated, measured]) assert.ok(share > 0.8 && share <= 1, String(share));
      assert.match((await lines("bloat")).join("\n"), /^warning bloated: .* dead rows \(/m);
      await owner.query("VACUUM (ANALYZE) bloated");
      const vacuumed = await shares();
      assert.match((await lines("bloat")).join("\n"), /^warning bloated: .* unused room \(/m);
      await owner.query("DROP EXTENSION pgstattuple");
      const guessed = await shares();
      for (const subject of ["bloated", "bloated_pkey"]) {
        const [one, other] = [vacuumed.get(subject), guessed.get(subject)];
        assert.deepEqual([one?.method, other?.method], ["measured", "estimated"]);
        assert.ok(
          Math.abs(Number(one?.share) - Number(other?.share)) < 0.15,
          `${subject} ${one?.share} ${other?.share}`,
        );
      }
      await owner.query("REINDEX INDEX bloated_pkey");
      assert.equal((await shares()).get("bloated_pkey"), undefined);
    });
  });

  it("tells where autovacuum is behind, off, or never was", async () => {
    await owner.query(`
      CREATE TABLE behind (x int) WITH (autovacuum_enabled = off, autovacuum_vacuum_threshold = 10,
                                        autovacuum_vacuum_scale_factor = 0);
      INSERT INTO behind SELECT generate_series(1, 2000);
      DELETE FROM behind WHERE x <= 21`);
    await flush(owner);
    assert.deepEqual(await lines("vacuum"), [
      "warning behind: autovacuum is off for it",
      "warning behind: 21 dead rows, autovacuum was to begin at 10",
      "warning behind: never analyzed, 1,979 rows: the planner guesses",
    ]);
    await owner.query("VACUUM (ANALYZE) behind");
    await owner.query("ALTER TABLE behind RESET (autovacuum_enabled)");
    assert.match((await lines("vacuum")).join(), /^info tables: \d+ tables: none behind$/);
    await owner.query("DROP TABLE behind");
    await owner.query("ALTER SYSTEM SET autovacuum = off");
    await owner.query("SELECT pg_reload_conf()");
    const off = "critical autovacuum: off: dead rows pile up, and transaction ids run out";
    await until(async () => (await lines("vacuum")).includes(off));
    await owner.query("ALTER SYSTEM RESET autovacuum");
    await owner.query("SELECT pg_reload_conf()");
  });

  it("tells the age of transaction ids of each database that is late", async () => {
    const { rows } = await owner.query(
      "SELECT age(datfrozenxid)::integer AS age FROM pg_database WHERE datname = 'pynomaly'",
    );
    const [own, ...none] = await found("wraparound");
    assert.deepEqual([own?.severity, none.length], ["info", 0]);
    assert.ok(Number(own?.details.xid_age) >= rows[0].age);
    assert.equal(own?.details.xid_limit, 200_000_000);
    const late = await found("wraparound", { thresholds: { freezeAge: 0 } });
    assert.deepEqual(
      late.map(({ subject, severity }) => [subject, severity]),
      [
        ["postgres", "warning"],
        ["pynomaly", "warning"],
        ["template0", "warning"],
        ["template1", "warning"],
      ],
    );
    const near = await found("wraparound", { thresholds: { wraparoundAge: 0 } });
    assert.equal(near[0]?.severity, "critical");
  });

  it("counts connections, and warns from 80 % on", async () => {
    const [few] = await found("connections");
    assert.equal(few?.severity, "info");
    const used = Number(few?.details.used);
    const more = await Promise.all(Array.from({ length: 16 - used }, () => test.session()));
    const [many] = await found("connections");
    assert.equal(many?.severity, "warning");
    assert.match(many?.found ?? "", /^16 of 20 in use \(80 %\): without a name \d+, pynomaly-maintenance 1$/);
    await Promise.all(more.map((client) => client.end()));
  });

  it("names transactions that are open for long, and who waits for whom, without their statements", async () => {
    const [holder, waiter] = [await test.session(), await test.session()];
    const pid = async (client: pg.Client) => (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
    const [holding, waiting] = [await pid(holder), await pid(waiter)];
    await holder.query("SET application_name = 'forgetful'");
    await holder.query("BEGIN");
    await holder.query("LOCK TABLE models; ");
    const blocked = waiter.query("UPDATE models SET name = 'hidden-value'");
    const thresholds = { transactionSeconds: 0.05, idleInTransactionSeconds: 0.05, lockWaitSeconds: 0.05 };
    const locks = await until(async () => {
      const now = await found("locks", { thresholds });
      return now.length > 0 && now;
    });
    assert.equal(locks[0]?.subject, "models");
    assert.equal(locks[0]?.details.blocking_pid, holding);
    assert.match(
      locks[0]?.found ?? "",
      new RegExp(`^process ${waiting} .* for process ${holding} \\(forgetful, pynomaly_owner`),
    );
    const open = await found("transactions", { thresholds });
    assert.ok(open.some(({ details }) => details.pid === holding && details.state === "idle in transaction"));
    assert.ok(!JSON.stringify([locks, open]).includes("hidden"));
    // Whoever has a table for himself does not keep the rest from being looked at.
    assert.ok(!(await analysis()).findings.some(({ found }) => found.includes("could not be looked at")));
    const { code, output } = await test.run(READONLY, ["verify"]);
    assert.equal(code, 0);
    assert.match(output, /^not compared: idx_models_algorithm \(somebody has models for himself\)$/m);
    assert.deepEqual(await found("transactions"), []);
    await holder.query("ROLLBACK");
    await blocked;
    assert.deepEqual(await found("locks", { thresholds }), []);
  });

  it("names parameters that are not what they are to be", async () => {
    const parameters = [
      { name: "work_mem", value: "4096", unit: "kB" as const },
      { name: "random_page_cost", value: "1.1" },
    ];
    assert.deepEqual(await lines("settings", { expected: { major: "17", parameters } }), [
      "warning random_page_cost: 4, expected 1.1",
    ]);
  });

  it("ends when the user ends it", async () => {
    const { code, output, notes } = await test.run(READONLY, ["analyze"], { interrupted: AbortSignal.abort() });
    assert.deepEqual({ code, output, notes }, { code: 130, output: "", notes: ["interrupted"] });
  });

  it("writes findings and what to do as a table", async () => {
    await owner.query("DROP INDEX idx_api_keys_user");
    const { output } = await test.run(READONLY, ["analyze"]);
    const [head = "", first = "", advice = ""] = output.split("\n");
    assert.match(head, /^SEVERITY +CHECK +SUBJECT +FOUND$/);
    assert.match(first, /^critical +missing-indexes +idx_api_keys_user +missing \(0004-indexes, on api_keys\)$/);
    // Once: as a missing index, and not as a foreign key without one.
    assert.ok(!output.includes("api_keys_user_id_fkey"));
    assert.equal(advice.indexOf("→"), head.indexOf("FOUND"));
    assert.match(output, /\n\d critical, \d+ warnings?, \d+ for information\n$/);
    await owner.query("CREATE INDEX idx_api_keys_user ON api_keys (user_id)");
  });
});
