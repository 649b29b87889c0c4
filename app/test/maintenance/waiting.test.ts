import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type pg from "pg";
import { MIGRATION_APPLICATION, takeTurn } from "../../src/database/migrations/lock.ts";
import { until } from "../support/until.ts";
import {
  MAINTENANCE,
  type Maintained,
  type OptimizationDocument,
  type RunOptions,
  startMaintained,
} from "./support.ts";

const INDEX = "idx_api_keys_user";
const TABLE = "api_keys";

/** Any number but the migrations' own. */
const GATE = 42;

describe("optimize, beside others, on a real server", () => {
  let test: Maintained;
  let owner: pg.Client;
  const others: pg.Client[] = [];
  before(async () => {
    test = await startMaintained();
    owner = test.owner;
    // Statements that make an index wait here while the test holds the gate.
    await owner.query(`
      CREATE FUNCTION gate() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM pg_advisory_lock_shared(${GATE}); PERFORM pg_advisory_unlock_shared(${GATE}); END $$;
      CREATE EVENT TRIGGER gate ON ddl_command_start WHEN TAG IN ('CREATE INDEX', 'REINDEX') EXECUTE FUNCTION gate()`);
  });
  after(() => test?.stop());
  afterEach(async () => {
    await Promise.all(others.splice(0).map((client) => client.end()));
    await owner.query(`DROP INDEX IF EXISTS ${INDEX}; CREATE INDEX ${INDEX} ON ${TABLE} (user_id)`);
  });

  const other = async (name: string) => {
    const client = await test.session();
    others.push(client);
    await client.query(`SET application_name = '${name}'`);
    return client;
  };
  const pidOf = async (client: pg.Client): Promise<number> =>
    (await client.query("SELECT pg_backend_pid() AS pid")).rows[0].pid;
  /** A transaction that has written to the table, and is open. */
  const writer = async () => {
    const client = await other("forgetful");
    await client.query(`BEGIN; UPDATE ${TABLE} SET is_active = false`);
    return client;
  };
  const drop = () => owner.query(`DROP INDEX ${INDEX}`);
  /** Whether the index can be used; undefined when there is none. */
  const valid = async (): Promise<boolean | undefined> =>
    (await owner.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [INDEX])).rows[0]
      ?.indisvalid;
  const invalid = async () =>
    (await owner.query("SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid")).rows;
  const optimize = (line: string, options: RunOptions, role = test.server.owner) =>
    test.json<OptimizationDocument>(role, ["optimize", ...line.split(" ")], options);
  const outcome = ({ document }: { document: OptimizationDocument }) => document.steps[0]?.outcomes.at(-1);
  const quick = { lockMs: 600, tries: 2, pauseMs: 50 };
  const waitingAtGate = () =>
    until(async () => {
      const { rows } = await owner.query(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted",
        [GATE],
      );
      return rows[0]?.pid as number | undefined;
    });

  it("waits for who uses the table before it begins an index, says who, and leaves nothing when that takes too long", async () => {
    await drop();
    const holder = await writer();
    const pid = await pidOf(holder);
    const done = await optimize("--only indexes", { limits: quick });
    assert.equal(done.code, 3);
    const who = new RegExp(`process ${pid} \\(forgetful, pynomaly_owner, idle in transaction, last statement begun 20`);
    assert.match(outcome(done)?.message ?? "", new RegExp(`^${TABLE} is in use by ${who.source}`));
    const notes = done.notes.join("\n");
    assert.match(notes, new RegExp(`${TABLE}: waits for ${who.source}`));
    assert.match(notes, /try 1 of 2: .*; again in 50 ms/);
    assert.ok(!notes.includes("is_active"), "a statement of somebody else");
    assert.deepEqual([await valid(), await invalid()], [undefined, []]);
  });

  it("begins when they are done", async () => {
    await drop();
    const holder = await writer();
    const running = optimize("--only indexes", {
      note: (line) => {
        if (line.includes("waits for process")) void holder.query("COMMIT");
      },
    });
    assert.equal((await running).code, 0);
    assert.equal(await valid(), true);
  });

  it("drops what it began when somebody came between, and tries again", async () => {
    await drop();
    const gate = await other("gate");
    await gate.query(`SELECT pg_advisory_lock(${GATE})`);
    const notes: string[] = [];
    const running = optimize("--only indexes", {
      limits: { lockMs: 2000, tries: 5, pauseMs: 50 },
      note: (line) => notes.push(line),
    });
    await waitingAtGate();
    const holder = await writer();
    await gate.query(`SELECT pg_advisory_unlock(${GATE})`);
    await until(() => notes.some((line) => line.includes("try 1 of 5")));
    assert.equal(await valid(), false);
    await holder.query("COMMIT");
    const done = await running;
    assert.equal(done.code, 0, notes.join("\n"));
    assert.deepEqual([await valid(), await invalid()], [true, []]);
    assert.match(notes.join("\n"), new RegExp(`${INDEX}: waiting for writers before build`));
  });

  it("gives up a table that somebody has for himself, says who, and vacuums the others", async () => {
    await owner.query(`UPDATE ${TABLE} SET is_active = is_active; INSERT INTO users (name) VALUES ('ana')`);
    await owner.query(`INSERT INTO api_keys (user_id, prefix, secret_hash, scopes)
                       SELECT id, 'p', decode(repeat('00', 32), 'hex'), '{read}' FROM users`);
    await owner.query("SELECT pg_stat_force_next_flush()");
    const holder = await other("migrator");
    await holder.query(`BEGIN; LOCK TABLE ${TABLE}`);
    const pid = await pidOf(holder);
    const { code, document } = await optimize("--only vacuum", { limits: quick }, MAINTENANCE);
    assert.equal(code, 3);
    const status = new Map(document.steps[0]?.outcomes.map((one) => [one.subject, one]));
    assert.match(status.get(TABLE)?.message ?? "", new RegExp(`^${TABLE} is in use by process ${pid} \\(migrator`));
    assert.equal(status.get("users")?.status, "done");
  });

  it("does not work while another run or a migration does, and says who that is", async () => {
    const busy = await other("pynomaly-maintenance");
    await takeTurn(busy, 0);
    const { code, output, notes } = await test.run(MAINTENANCE, ["optimize"], { limits: { turnMs: 300 } });
    assert.deepEqual({ code, output }, { code: 2, output: "" });
    assert.match(notes.at(-2) ?? "", /^waits for its turn: /);
    assert.match(
      notes.at(-1) ?? "",
      new RegExp(
        `^another migration or maintenance has run for more than 0.3 s: process ${await pidOf(busy)} of pynomaly_owner from 127.0.0.1 \\(pynomaly-maintenance\\), connected since .*, last statement begun `,
      ),
    );
  });

  it("lets a migration that waits go first, between two statements", async () => {
    const later = "idx_user_sessions_user";
    await owner.query(`DROP INDEX ${INDEX}, ${later}`);
    const gate = await other("gate");
    await gate.query(`SELECT pg_advisory_lock(${GATE})`);
    const running = optimize("--only indexes", {});
    await waitingAtGate();
    const migration = await other(MIGRATION_APPLICATION);
    const turn = takeTurn(migration, 20_000);
    await gate.query(`SELECT pg_advisory_unlock(${GATE})`);
    await turn;
    const { rows } = await owner.query("SELECT to_regclass($1) AS first, to_regclass($2) AS later", [INDEX, later]);
    assert.deepEqual(rows, [{ first: INDEX, later: null }]);
    await migration.end();
    assert.equal((await running).code, 0);
    assert.deepEqual(await valid(), true);
  });

  /** Has the tool's process begin an index, which an open transaction keeps from its end. */
  const stuck = async (line: string, role = test.server.owner) => {
    const gate = await other("gate");
    await gate.query(`SELECT pg_advisory_lock(${GATE})`);
    const tool = test.start(role, ["optimize", ...line.split(" ")]);
    await waitingAtGate();
    const holder = await writer();
    await gate.query(`SELECT pg_advisory_unlock(${GATE})`);
    await until(async () => (await invalid()).length > 0);
    return { tool, holder };
  };

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`on ${signal} cancels its statement on the server, drops the index that it began, and exits 130`, async () => {
      await drop();
      const { tool, holder } = await stuck("--only indexes,refresh --format json");
      tool.process.kill(signal);
      // The server ends the statement at once; to drop the index it waits for who uses the table.
      await until(async () => {
        const { rows } = await owner.query(
          "SELECT FROM pg_stat_activity WHERE application_name = 'pynomaly-maintenance' AND query LIKE 'DROP INDEX%' AND state = 'active'",
        );
        return rows.length === 1;
      });
      await holder.query("COMMIT");
      const { code, output, notes } = await tool.ended;
      assert.equal(code, 130, notes.join("\n"));
      assert.deepEqual([await valid(), await invalid()], [undefined, []]);
      const document: OptimizationDocument = JSON.parse(output);
      assert.equal(document.interrupted, true);
      assert.deepEqual(
        document.steps.map(({ step, outcomes }) => [step, ...outcomes.map(({ status }) => status)]),
        [["indexes", "interrupted"]],
      );
    });
  }

  it("leaves at once when it is told twice, and says before what it does", async () => {
    await drop();
    const { tool, holder } = await stuck("--only indexes");
    tool.process.kill("SIGINT");
    await until(async () => {
      const { rows } = await owner.query(
        "SELECT FROM pg_stat_activity WHERE query LIKE 'DROP INDEX%' AND state = 'active'",
      );
      return rows.length === 1;
    });
    tool.process.kill("SIGINT");
    const { code, notes } = await tool.ended;
    assert.equal(code, 130);
    assert.ok(notes.includes("interrupted: it cleans up; once more to leave at once"));
    await holder.query("COMMIT");
  });

  it("says what was done when its connection breaks, and that a second run goes on", async () => {
    await drop();
    const { tool, holder } = await stuck("--only refresh,indexes,vacuum");
    await owner.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'",
    );
    const { code, output } = await tool.ended;
    assert.equal(code, 3);
    assert.match(output, new RegExp(`^indexes +${INDEX} +failed .*the connection broke: terminating connection`, "m"));
    assert.match(output, /\n0 done, 1 failed: run it again, it goes on with what is left\n$/);
    await holder.query("COMMIT");
  });

  it("goes on where a killed run ended: what that left is dropped and made again", async () => {
    await drop();
    const { tool, holder } = await stuck("--only indexes");
    tool.process.kill("SIGKILL");
    await tool.ended;
    // The killed run's statement ends by itself, and its turn with it.
    const again = optimize("--only indexes", {});
    await until(async () => {
      const { rows } = await owner.query(
        "SELECT count(DISTINCT pid)::int AS n FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX CONCURRENTLY%'",
      );
      return rows[0].n === 0;
    });
    assert.equal(await valid(), false);
    await holder.query("COMMIT");
    const done = await again;
    assert.equal(done.code, 0, done.notes.join("\n"));
    assert.deepEqual(
      done.document.steps[0]?.outcomes.map(({ sql, status }) => [sql, status]),
      [
        [`DROP INDEX CONCURRENTLY public.${INDEX}`, "done"],
        [`CREATE INDEX CONCURRENTLY ${INDEX} ON ${TABLE} (user_id)`, "done"],
      ],
    );
    assert.deepEqual([await valid(), await invalid()], [true, []]);
  });

  it("as the maintenance role drops what a rebuild left that was interrupted", async () => {
    await owner.query(`INSERT INTO metrics (timestamp, metric_name, granularity, value)
      SELECT now(), 'm', 'day', n FROM generate_series(1, 60000) n; DELETE FROM metrics WHERE id % 20 <> 0`);
    await owner.query("VACUUM (ANALYZE) metrics");
    const gate = await other("gate");
    await gate.query(`SELECT pg_advisory_lock(${GATE})`);
    const tool = test.start(MAINTENANCE, ["optimize", "--only", "reindex"]);
    await waitingAtGate();
    const holder = await other("forgetful");
    await holder.query("BEGIN; DELETE FROM metrics WHERE id = 20");
    await gate.query(`SELECT pg_advisory_unlock(${GATE})`);
    const left = await until(async () => (await invalid())[0]?.name as string | undefined);
    assert.match(left, /_ccnew$/);
    tool.process.kill("SIGINT");
    await until(async () => (await owner.query("SELECT FROM pg_stat_progress_create_index")).rowCount === 0);
    await holder.query("COMMIT");
    const { code, output, notes } = await tool.ended;
    assert.equal(code, 130, notes.join("\n"));
    if ((await invalid()).length > 0) assert.match(output, /is left invalid until the next run drops it/);
    assert.equal((await optimize("--only indexes", {}, MAINTENANCE)).code, 0);
    assert.deepEqual(await invalid(), []);
  });
});
