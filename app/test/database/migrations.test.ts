import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type pg from "pg";
import { connect, type Postgres, startPostgres } from "../../local/postgres.ts";
import { type Migration, readMigrations } from "../../src/database/migrations/files.ts";
import { takeTurn } from "../../src/database/migrations/lock.ts";
import { migrateDown, migrateUp } from "../../src/database/migrations/runner.ts";
import { concurrentIndex, splitStatements } from "../../src/database/migrations/statements.ts";
import { until } from "../support/until.ts";

describe("a script's statements", () => {
  it("end at semicolons, but for those in texts, names and comments", () => {
    assert.deepEqual(
      splitStatements(`-- no; statement
        SELECT ';''--' AS "a;b"; /* one ; more */
        DO $body$ BEGIN PERFORM 1; END $body$;
        SELECT $$;$$ -- last;
      `),
      [`SELECT ';''--' AS "a;b"`, "DO $body$ BEGIN PERFORM 1; END $body$", "SELECT $$;$$"],
    );
  });

  for (const [statement, index] of [
    ["CREATE INDEX CONCURRENTLY a ON t (x)", "a"],
    ["create unique index concurrently if not exists a_1 on t (x)", "a_1"],
    ['CREATE INDEX CONCURRENTLY "a b" ON t (x)', '"a b"'],
    ["CREATE INDEX a ON t (x)", undefined],
    ["DROP INDEX CONCURRENTLY a", undefined],
  ] as const) {
    it(`make an index CONCURRENTLY or not: ${statement}`, () => {
      assert.equal(concurrentIndex(statement), index);
    });
  }
});

describe("a folder of migrations", () => {
  let folder: string;
  const write = (...files: string[]) => {
    for (const file of files) writeFileSync(join(folder, file), "SELECT 1");
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pynomaly-migrations-"));
    write("0001-first.up.sql", "0001-first.down.sql");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  for (const [title, files, message] of [
    ["a gap", ["0003-third.up.sql", "0003-third.down.sql"], /0003-third: version 2 is expected here/],
    ["a version twice", ["0001-other.up.sql", "0001-other.down.sql"], /0001-other: version 2 is expected here/],
    ["no way down", ["0002-second.up.sql"], /0002-second.down.sql is missing/],
    ["no way up", ["0002-second.down.sql"], /0002-second.up.sql is missing/],
    ["another file", ["notes.sql"], /notes.sql is not named like 0001-name.up.sql/],
  ] as const) {
    it(`is refused with ${title}`, () => {
      write(...files);
      assert.throws(() => readMigrations(folder), message);
    });
  }
});

describe("a run of migrations, on a real server", () => {
  let server: Postgres;
  let client: pg.Client;
  let folder: string;
  let lines: string[];
  const clients: pg.Client[] = [];
  const session = async (database = "postgres") => {
    const opened = await connect(server.port, server.owner, database);
    opened.on("error", () => undefined);
    clients.push(opened);
    return opened;
  };
  before(async () => {
    server = await startPostgres();
    client = await session();
  });
  after(async () => {
    await Promise.all(clients.map((opened) => opened.end()));
    await server?.stop();
  });
  beforeEach(async () => {
    lines = [];
    folder = mkdtempSync(join(tmpdir(), "pynomaly-migrations-"));
    await client.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  /** Migrations of a folder of their own, from their ways up and down. */
  const migrations = (...scripts: readonly (readonly [up: string, down: string])[]): Migration[] => {
    const own = mkdtempSync(join(folder, "run-"));
    scripts.forEach(([up, down], index) => {
      writeFileSync(join(own, `000${index + 1}-step.up.sql`), up);
      writeFileSync(join(own, `000${index + 1}-step.down.sql`), down);
    });
    return readMigrations(own);
  };
  const run = (list: readonly Migration[]) => ({ migrations: list, log: (line: string) => lines.push(line) });
  const up = (list: readonly Migration[], by = client) => migrateUp(by, run(list));
  const down = (list: readonly Migration[], version: number) => migrateDown(client, version, run(list));
  const versions = async () =>
    (await client.query("SELECT version FROM schema_migrations ORDER BY version")).rows.map(({ version }) => version);
  const table = async (name: string) =>
    (await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [name])).rows[0].there;
  const valid = async (index: string) =>
    (await client.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", [index])).rows[0]
      ?.indisvalid;
  const FIRST = ["CREATE TABLE a (x int)", "DROP TABLE a"] as const;
  const SECOND = ["CREATE TABLE b (x int)", "DROP TABLE b"] as const;
  const INDEXES = [
    "-- no transaction\nCREATE INDEX CONCURRENTLY a_1 ON a (x);\nCREATE UNIQUE INDEX CONCURRENTLY a_2 ON a (x);\n",
    "-- no transaction\nDROP INDEX CONCURRENTLY IF EXISTS a_2;\nDROP INDEX CONCURRENTLY IF EXISTS a_1;\n",
  ] as const;

  it("applies what is not applied, in order, and nothing the second time", async () => {
    await up(migrations(FIRST));
    await up(migrations(FIRST, SECOND));
    await up(migrations(FIRST, SECOND));
    assert.deepEqual(await versions(), [1, 2]);
    assert.deepEqual(
      lines.map((line) => line.replace(/\d+ ms/, "n ms")),
      ["0001-step up in n ms", "0002-step up in n ms"],
    );
  });

  it("goes down to a version and no further", async () => {
    const list = migrations(FIRST, SECOND, INDEXES);
    await up(list);
    await down(list, 1);
    assert.deepEqual([await versions(), await table("a"), await table("b")], [[1], true, false]);
    await assert.rejects(down(list, 2), /the schema is at version 1; allowed: down to a version from 0 to 1/);
    await down(list, 0);
    assert.deepEqual([await versions(), await table("a")], [[], false]);
  });

  it("leaves nothing of a migration that fails", async () => {
    await assert.rejects(
      up(migrations(FIRST, ["CREATE TABLE b (x int); SELECT 1 / 0", "DROP TABLE b"])),
      /division by zero/,
    );
    assert.deepEqual([await versions(), await table("b")], [[1], false]);
  });

  it("refuses an applied file that changed, by its name", async () => {
    await up(migrations(FIRST, SECOND));
    const changed = migrations(FIRST, ["CREATE TABLE b (x bigint)", "DROP TABLE b"], INDEXES);
    const refusal = /^Error: 0002-step\.up\.sql is not what was applied as 0002-step/;
    await assert.rejects(up(changed), refusal);
    await assert.rejects(down(changed, 0), refusal);
    assert.deepEqual(await versions(), [1, 2]);
  });

  it("leaves a newer schema as it is, for an older release, which cannot take it back", async () => {
    await up(migrations(FIRST, SECOND));
    await up(migrations(FIRST));
    assert.equal(lines.at(-1), "the schema is at version 2, newer than this code's 1");
    await assert.rejects(down(migrations(FIRST), 0), /0002-step was applied by newer code/);
    assert.deepEqual(await versions(), [1, 2]);
  });

  it("makes an index again that a killed run left invalid, and keeps those that it finished", async () => {
    await up(migrations(FIRST));
    await client.query("INSERT INTO a VALUES (1)");
    const killed = await session();
    const blocker = await session();
    const list = migrations(FIRST, INDEXES);
    // The second index waits for a writer that is under way, and its run is killed while it waits.
    await killed.query("CREATE INDEX CONCURRENTLY a_1 ON a (x)");
    await blocker.query("BEGIN; INSERT INTO a VALUES (2)");
    const { rows } = await killed.query("SELECT pg_backend_pid() AS pid");
    const attempt = Promise.allSettled([up(list, killed)]);
    await until(async () => (await valid("a_2")) === false);
    await client.query("SELECT pg_terminate_backend($1)", [rows[0].pid]);
    assert.equal((await attempt)[0].status, "rejected");
    await blocker.query("COMMIT");
    assert.deepEqual([await valid("a_1"), await valid("a_2"), await versions()], [true, false, [1]]);
    const oid = async () => (await client.query("SELECT 'a_1'::regclass::oid AS oid")).rows[0].oid;
    const first = await oid();
    lines = [];
    await up(list);
    assert.deepEqual([await valid("a_1"), await valid("a_2"), await versions()], [true, true, [1, 2]]);
    assert.equal(await oid(), first);
    assert.equal(lines[0], "a_2 was left invalid: it is made again");
  });

  it("makes indexes again that somebody dropped or that became invalid, and no other", async () => {
    const list = migrations(FIRST, INDEXES, ["CREATE INDEX a_3 ON a (x); DROP INDEX a_1", "DROP INDEX a_3"]);
    await up(list);
    lines = [];
    await up(list);
    assert.equal(lines.length, 0);
    await client.query("DROP INDEX a_3; UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_2'::regclass");
    await up(list);
    assert.deepEqual([await valid("a_1"), await valid("a_2"), await valid("a_3")], [undefined, true, true]);
    assert.deepEqual(
      lines.map((line) => line.replace(/\d+ ms/, "n ms")),
      [
        "a_2 was left invalid: it is made again",
        "a_2 was lost and is made again in n ms",
        "a_3 was lost and is made again in n ms",
      ],
    );
  });

  it("waits for a table without holding up those who use it, and gets it when they are done", async () => {
    await up(migrations(FIRST));
    const reader = await session();
    await reader.query("BEGIN; SELECT * FROM a");
    const altered = up(
      migrations(FIRST, ["ALTER TABLE a ADD COLUMN y int", "ALTER TABLE a DROP COLUMN y"]),
      await session(),
    );
    await until(() => lines.some((line) => /a table is in use, try 1 of 30/.test(line)));
    // In the pause between two tries others get through.
    await client.query("SET lock_timeout = '1s'; SELECT * FROM a; RESET lock_timeout");
    await reader.query("COMMIT");
    await altered;
    assert.deepEqual(await versions(), [1, 2]);
  });

  it("of two at once lets one wait, without an open snapshot that the other's CONCURRENTLY would wait for", async () => {
    const [first, second] = [await session(), await session()];
    const list = migrations(FIRST, INDEXES, SECOND);
    await takeTurn(first, 0);
    const waiting = takeTurn(second, 20_000).then(() => up(list, second));
    await up(list, first);
    assert.deepEqual(await versions(), [1, 2, 3]);
    await first.end();
    await waiting;
    assert.deepEqual(
      lines.map((line) => line.split(" ")[0]),
      ["0001-step", "0002-step", "0003-step"],
    );
    await second.end();
  });

  it("does not wait for ever for its turn, and names who has it", async () => {
    const holder = await session();
    await takeTurn(holder, 0);
    const { rows } = await holder.query("SELECT pg_backend_pid() AS pid");
    await assert.rejects(
      takeTurn(client, 300),
      new RegExp(
        `another migration or maintenance has run for more than 0.3 s: process ${rows[0].pid} of pynomaly_owner from 127.0.0.1`,
      ),
    );
    await holder.end();
  });
});
