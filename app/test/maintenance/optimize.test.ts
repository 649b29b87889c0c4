import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { type Migration, readMigrations } from "../../src/database/migrations/files.ts";
import { type Optimization, optimize } from "../../src/maintenance/optimize.ts";
import { flush, MAINTENANCE, type Maintained, type OptimizationDocument, startMaintained } from "./support.ts";

const BY_FUNCTION = "SELECT drop_invalid_indexes()";

describe("optimize, on a real server", () => {
  let test: Maintained;
  let owner: pg.Client;
  before(async () => {
    test = await startMaintained();
    owner = test.owner;
  });
  after(() => test?.stop());

  const run = (role: "owner" | "maintenance", line: string) =>
    test.json<OptimizationDocument>(role === "owner" ? test.server.owner : MAINTENANCE, [
      "optimize",
      ...line.split(" "),
    ]);
  /** Each statement with what became of it. */
  const statements = ({ steps }: Optimization) =>
    steps.flatMap(({ outcomes }) => outcomes.map(({ sql, status }) => `${status}: ${sql}`));
  const indexes = async () =>
    (
      await owner.query(`SELECT indexrelid::regclass::text AS name, indisvalid AS valid, pg_get_indexdef(indexrelid) AS definition
                         FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                         WHERE relnamespace = 'public'::regnamespace ORDER BY 1`)
    ).rows;
  const value = async <T>(sql: string): Promise<T> => Object.values((await owner.query(sql)).rows[0])[0] as T;
  const bytes = (relation: string) => value<string>(`SELECT pg_relation_size('${relation}')`).then(Number);

  it("prints the SQL that it would run, and runs none of it", async () => {
    await owner.query("DROP INDEX idx_api_keys_user; INSERT INTO datasets (name) VALUES ('new')");
    await flush(owner);
    const before = await indexes();
    const { code, output } = await test.run(test.server.owner, [
      ..."optimize --dry-run --keep-anomalies 30 --reset-statistics".split(" "),
    ]);
    assert.equal(code, 0);
    const lines = output.trimEnd().split("\n");
    assert.deepEqual(lines.slice(0, 10), [
      "-- retention",
      "SELECT * FROM delete_expired(30, NULL);",
      "-- indexes",
      "CREATE INDEX CONCURRENTLY idx_api_keys_user ON api_keys (user_id);",
      "-- refresh",
      "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_recent_anomalies;",
      "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_model_performance;",
      "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_dataset_summary;",
      "-- counts",
      "SELECT count_anomaly_days() AS days;",
    ]);
    assert.ok(lines.includes("VACUUM (ANALYZE) public.datasets;"));
    assert.deepEqual(lines.slice(-3), [
      "-- reindex: nothing to do",
      "-- statistics",
      "SELECT reset_statement_statistics();",
    ]);
    assert.deepEqual(await indexes(), before);
    assert.equal(await value("SELECT count(*)::int FROM mv_dataset_summary"), 0);
    assert.equal(await value("SELECT count(*)::int FROM pg_stat_user_tables WHERE last_vacuum IS NOT NULL"), 0);
  });

  it("makes what is missing, mends what is invalid, and changes nothing the second time", async () => {
    const whole = await indexes();
    await owner.query("DROP INDEX idx_anomalies_severity, idx_mv_recent_anomalies_id");
    await owner.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_metrics_rollup'::regclass");
    await owner.query("CREATE INDEX idx_users_ccnew1 ON users (created_at)");
    await owner.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_users_ccnew1'::regclass");
    const first = await run("owner", "--only indexes,refresh,vacuum,reindex");
    assert.equal(first.code, 0, first.notes.join("\n"));
    assert.deepEqual(statements(first.document).slice(0, 6), [
      "done: DROP INDEX CONCURRENTLY public.idx_metrics_rollup",
      "done: DROP INDEX CONCURRENTLY public.idx_users_ccnew1",
      "done: CREATE INDEX CONCURRENTLY idx_metrics_rollup ON metrics (metric_name, timestamp DESC) WHERE granularity = 'hour'",
      "done: CREATE INDEX CONCURRENTLY idx_api_keys_user ON api_keys (user_id)",
      "done: CREATE UNIQUE INDEX CONCURRENTLY idx_mv_recent_anomalies_id ON mv_recent_anomalies (id)",
      "done: CREATE INDEX CONCURRENTLY idx_anomalies_severity ON anomalies (severity, timestamp DESC) INCLUDE (id, value, model_id, status, dataset_id) WHERE severity > 0.5",
    ]);
    const made = await indexes();
    assert.deepEqual(
      made.filter(({ name }) => name !== "idx_api_keys_user"),
      whole,
    );
    assert.equal(await value("SELECT count(*)::int FROM mv_dataset_summary"), 1);
    const second = await run("owner", "--only indexes,refresh,vacuum,reindex");
    assert.deepEqual(statements(second.document), [
      "done: REFRESH MATERIALIZED VIEW CONCURRENTLY mv_recent_anomalies",
      "done: REFRESH MATERIALIZED VIEW CONCURRENTLY mv_model_performance",
      "done: REFRESH MATERIALIZED VIEW CONCURRENTLY mv_dataset_summary",
    ]);
    assert.deepEqual(await indexes(), made);
  });

  it("leaves an index of another definition, and one that somebody else left invalid, to people", async () => {
    await owner.query("DROP INDEX idx_api_keys_user; CREATE INDEX idx_api_keys_user ON api_keys (id)");
    await owner.query("CREATE INDEX somebodys ON users (created_at)");
    await owner.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'somebodys'::regclass");
    const { code, document } = await run("owner", "--only indexes");
    assert.deepEqual({ code, steps: document.steps }, { code: 0, steps: [{ step: "indexes", outcomes: [] }] });
    await owner.query("DROP INDEX idx_api_keys_user, somebodys; CREATE INDEX idx_api_keys_user ON api_keys (user_id)");
  });

  it("fills a view that has no rows yet, and says which view is missing", async () => {
    await owner.query("REFRESH MATERIALIZED VIEW mv_dataset_summary WITH NO DATA");
    await owner.query("ALTER MATERIALIZED VIEW mv_model_performance RENAME TO elsewhere");
    const { code, document } = await run("maintenance", "--only refresh");
    assert.equal(code, 3);
    assert.deepEqual(
      document.steps[0]?.outcomes.map(({ subject, status, message }) => [subject, status, message]),
      [
        ["mv_model_performance", "failed", "is missing: run the migrations"],
        ["mv_recent_anomalies", "done", null],
        ["mv_dataset_summary", "done", null],
      ],
    );
    assert.equal(await value("SELECT count(*)::int FROM mv_dataset_summary"), 1);
    await owner.query("ALTER MATERIALIZED VIEW elsewhere RENAME TO mv_model_performance");
  });

  it("vacuums and analyzes the tables that changed, and no others", async () => {
    await run("maintenance", "--only vacuum");
    await owner.query(
      "INSERT INTO users (name) SELECT 'u' || n FROM generate_series(1, 100) n; DELETE FROM users WHERE id > 50",
    );
    await flush(owner);
    const { document } = await run("maintenance", "--only vacuum");
    assert.deepEqual(statements(document), ["done: VACUUM (ANALYZE) public.users"]);
    const { rows } = await owner.query(
      "SELECT n_dead_tup::int AS dead, n_mod_since_analyze::int AS modified FROM pg_stat_user_tables WHERE relname = 'users'",
    );
    assert.deepEqual(rows, [{ dead: 0, modified: 0 }]);
  });

  for (const [method, extension] of [
    ["estimated", ""],
    ["measured", "CREATE EXTENSION IF NOT EXISTS pgstattuple"],
  ] as const) {
    it(`rebuilds an index whose bloat is ${method}, tells its sizes, and does not rebuild it again`, async () => {
      await owner.query(`${extension}; TRUNCATE metrics; DROP INDEX IF EXISTS sound;
        INSERT INTO metrics (timestamp, metric_name, granularity, value)
        SELECT '2026-01-01'::timestamptz + n * interval '1 s', 'm', 'day', n FROM generate_series(1, 60000) n;
        DELETE FROM metrics WHERE id % 20 <> 0`);
      await owner.query("VACUUM (ANALYZE) metrics");
      const before = await bytes("metrics_pkey");
      const first = await run("maintenance", "--only reindex");
      assert.equal(first.code, 0, first.notes.join("\n"));
      const rebuilt = first.document.steps[0]?.outcomes ?? [];
      assert.deepEqual(
        rebuilt.map(({ sql }) => sql).sort(),
        ["idx_metrics_timestamp", "metrics_pkey"].map((name) => `REINDEX INDEX CONCURRENTLY public.${name}`),
      );
      const after = await bytes("metrics_pkey");
      assert.ok(after < before / 5, `${after} of ${before}`);
      const key = rebuilt.find(({ subject }) => subject === "metrics_pkey");
      assert.deepEqual([key?.bytes_before, key?.bytes_after], [before, after]);
      assert.deepEqual(statements((await run("maintenance", "--only reindex")).document), []);
    });
  }

  it("deletes rows as old as was said, in as many calls as it takes, and only when asked", async () => {
    await owner.query(`TRUNCATE metrics;
      INSERT INTO metrics (timestamp, metric_name, granularity, value)
      SELECT now() - interval '40 days', 'old', 'day', n FROM generate_series(1, 10001) n;
      INSERT INTO metrics (timestamp, metric_name, granularity, value) VALUES (now() - interval '20 days', 'new', 'day', 1)`);
    await run("maintenance", "--only vacuum");
    assert.equal(await value("SELECT count(*)::int FROM metrics"), 10_002);
    const { code, document, notes } = await run("maintenance", "--only retention --keep-metrics 30");
    assert.equal(code, 0);
    assert.equal(document.steps[0]?.outcomes[0]?.message, "10001 of metrics");
    assert.ok(notes.includes("  expired rows: 10000 of metrics so far"), notes.join("\n"));
    assert.equal(await value("SELECT string_agg(metric_name, '') FROM metrics"), "new");
  });

  it("counts the days that are over, in as many calls as it takes", async () => {
    await owner.query(`INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
      VALUES ('counted', '1', 'a', 'a.onnx', repeat('0', 64), 1, 0.5)`);
    await owner.query(`INSERT INTO anomalies (timestamp, value, severity, model_id)
      SELECT now() - n * interval '1 day', 1, 0.5, id FROM models, generate_series(5, 124) n WHERE name = 'counted'`);
    const { code, document, notes } = await run("maintenance", "--only counts");
    assert.equal(code, 0);
    assert.equal(document.steps[0]?.outcomes[0]?.message, "120 counted");
    assert.ok(notes.includes("  days of anomalies: 100 counted so far"), notes.join("\n"));
    assert.equal(await value("SELECT sum(from_thousandth[501])::int FROM anomaly_days"), 120);
    const again = await run("maintenance", "--only counts");
    assert.equal(again.document.steps[0]?.outcomes[0]?.message, "0 counted");
    await owner.query("TRUNCATE anomalies");
  });

  it("begins the statistics of statements anew only when asked", async () => {
    await owner.query("SELECT 'remembered' AS statement");
    const remembered = () =>
      value("SELECT count(*)::int FROM pg_stat_statements WHERE query LIKE 'SELECT $1 AS statement'");
    await run("maintenance", "--only refresh");
    assert.equal(await remembered(), 1);
    await run("maintenance", "--only refresh --reset-statistics");
    assert.equal(await remembered(), 0);
  });

  describe("when a statement fails", () => {
    /** A migration whose index cannot be finished. */
    const failing = (code: string): Migration[] => {
      const sql = `CREATE INDEX idx_failing ON users (fail('${code}', id)); CREATE INDEX idx_after ON users (created_at)`;
      const script = { sql, transaction: true };
      return [...readMigrations(), { version: 99, name: "0099-failing", checksum: "", up: script, down: script }];
    };
    before(() =>
      owner.query(`CREATE FUNCTION fail(code text, id bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$
                   BEGIN RAISE 'could not extend file' USING ERRCODE = code; END $$`),
    );
    const optimized = async (code: string) => {
      const [{ connection, facts }, { connection: observer }] = [await test.open(), await test.open()];
      const notes: string[] = [];
      const done = await optimize({
        command: { dryRun: false, steps: ["indexes", "refresh"], keep: {}, resetStatistics: false },
        connection,
        observer,
        server: facts,
        note: (line) => notes.push(line),
        interrupted: new AbortController().signal,
        migrations: failing(code),
      });
      await Promise.all([connection.close(), observer.close()]);
      return { done, notes };
    };
    const there = (index: string) => value<string | null>(`SELECT to_regclass('${index}')`);

    it("drops the index that it left, and goes on with the rest", async () => {
      const { done } = await optimized("P0001");
      assert.deepEqual(
        done.steps.map(({ step, outcomes }) => [step, ...outcomes.map(({ status }) => status)]),
        [
          ["indexes", "failed", "done"],
          ["refresh", "done", "done", "done"],
        ],
      );
      assert.deepEqual([await there("idx_failing"), await there("idx_after")], [null, "idx_after"]);
      await owner.query("DROP INDEX idx_after");
    });

    it("ends the run where the disk is full, after it dropped what it left, and tells the sizes", async () => {
      const { done } = await optimized("53100");
      assert.deepEqual(
        done.steps.map(({ step, outcomes }) => [step, ...outcomes.map(({ status }) => status)]),
        [["indexes", "failed"]],
      );
      assert.match(
        done.steps[0]?.outcomes[0]?.message ?? "",
        /^the server's disk is full \(could not extend file\); it needs up to [\d.]+ [kM]?B.*: give it more storage and run this again$/,
      );
      assert.deepEqual([await there("idx_failing"), await there("idx_after")], [null, null]);
    });
  });

  describe("as the maintenance role, which owns nothing", () => {
    it("says which indexes are missing, and who makes them", async () => {
      await owner.query("DROP INDEX idx_api_keys_user");
      const { code, document } = await run("maintenance", "--only indexes,refresh");
      assert.equal(code, 3);
      assert.deepEqual(
        document.steps[0]?.outcomes.map(({ subject, status, message }) => [subject, status, message]),
        [
          [
            "idx_api_keys_user",
            "failed",
            "can be made by pynomaly_owner alone, who owns api_keys, not by pynomaly_maintenance: the migration Job does",
          ],
        ],
      );
      assert.deepEqual(statements(document).slice(1), [
        "done: REFRESH MATERIALIZED VIEW CONCURRENTLY mv_recent_anomalies",
        "done: REFRESH MATERIALIZED VIEW CONCURRENTLY mv_model_performance",
        "done: REFRESH MATERIALIZED VIEW CONCURRENTLY mv_dataset_summary",
      ]);
      await owner.query("CREATE INDEX idx_api_keys_user ON api_keys (user_id)");
    });

    it("drops what a rebuild left, in the owner's name", async () => {
      await owner.query("CREATE INDEX users_pkey_ccnew ON users (id)");
      await owner.query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'users_pkey_ccnew'::regclass");
      const { code, document } = await run("maintenance", "--only indexes");
      assert.equal(code, 0);
      assert.deepEqual(statements(document), [`done: ${BY_FUNCTION}`]);
      assert.equal(document.steps[0]?.outcomes[0]?.message, "dropped users_pkey_ccnew");
      assert.equal(await value("SELECT to_regclass('users_pkey_ccnew')"), null);
    });
  });

  it("writes what it did as a table, and one document with fixed keys", async () => {
    const { output } = await test.run(MAINTENANCE, ["optimize", "--only", "refresh"]);
    assert.match(output, /^STEP +SUBJECT +RESULT +TIME +SIZE +MESSAGE\n/);
    assert.match(output, /^refresh +mv_dataset_summary +done +\d+ ms +\d+ kB$/m);
    assert.match(output, /\n3 done, 0 failed\n$/);
    const { document } = await run("maintenance", "--only refresh");
    assert.deepEqual(Object.keys(document), ["command", "server", "dry_run", "interrupted", "steps"]);
    assert.deepEqual(Object.keys(document.steps[0]?.outcomes[0] ?? {}), [
      "subject",
      "sql",
      "status",
      "seconds",
      "bytes_before",
      "bytes_after",
      "message",
    ]);
  });
});
