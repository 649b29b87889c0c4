import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { connect } from "../../local/postgres.ts";
import type { Database, Statement, Transaction } from "../../src/database/database.ts";
import { schemaVersion } from "../../src/database/migrations/files.ts";
import { isoTimestamp } from "../../src/database/types.ts";
import { DATABASE_NAME, openDatabase, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { memoryLogger } from "../support/logger.ts";

const sql = (text: string): Statement => ({ name: text.slice(0, 40), text });
const violates = (code: string) => (error: unknown) => error instanceof pg.DatabaseError && error.code === code;

describe("the database, on a real server", () => {
  let test: TestDatabase;
  let database: Database;
  before(async () => {
    test = await startTestDatabase();
    database = test.database;
  });
  after(() => test?.stop());

  const owner = async <T>(action: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    try {
      return await action(client);
    } finally {
      await client.end();
    }
  };
  const count = async (name: string) =>
    (await database.read<{ n: number }>(sql("SELECT count(*) AS n FROM datasets WHERE name LIKE $1"), [name]))[0]?.n;
  const insert = (name: string, tx: Pick<Transaction, "query">) =>
    tx.query(sql("INSERT INTO datasets (name) VALUES ($1)"), [name]);

  it("has identities, counts and numerics as numbers, and times with their microseconds in UTC", async () => {
    const [row] = await database.read(
      sql("SELECT 9007199254740991::int8 AS a, 1.25::numeric AS b, '2026-11-23 10:00:00.123456+01'::timestamptz AS c"),
    );
    assert.deepEqual({ ...(row as object) }, { a: 9007199254740991, b: 1.25, c: "2026-11-23T09:00:00.123456Z" });
  });

  it("leaves the types of other users of node-postgres alone", async () => {
    const { rows } = await owner((client) => client.query("SELECT 1::int8 AS a, now() AS b"));
    assert.equal(rows[0].a, "1");
    assert.ok(rows[0].b instanceof Date);
  });

  it("gives PostgreSQL's own text where that is asked for", async () => {
    const rows = await database.readText(
      sql("SELECT 12::int8, 0.1::float8, true, NULL, '{1,NULL}'::int[], '2026-01-02 03:04:05+00'::timestamptz"),
    );
    assert.deepEqual(rows, [["12", "0.1", "t", null, "{1,NULL}", "2026-01-02 03:04:05+00"]]);
  });

  it("turns every time that PostgreSQL writes, in any zone, into what PostgreSQL itself writes in UTC", async () => {
    const times = `
      SELECT t FROM unnest(ARRAY['2026-11-23 10:00:00.123456', '2026-11-23 10:00:00.1', '2026-11-23 10:00:00',
        '1969-12-31 23:59:59.999999', '2000-02-29 23:59:59.5', '0001-01-01 00:00:00', '12026-01-01 00:00:00.000001',
        '0044-03-15 12:00:00 BC', '1850-01-01 00:00:00.25']::timestamptz[]) t
      UNION ALL SELECT '2026-03-01 00:00:00.000001+00'::timestamptz + n * interval '31 days 5:07:11.000013'
      FROM generate_series(-60, 60) n`;
    const rows = await owner(async (client) => {
      const all: { text: string; utc: string; before: boolean; long: boolean }[] = [];
      for (const zone of ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Europe/Amsterdam"]) {
        await client.query(`SET timezone = '${zone}'`);
        const { rows } = await client.query(
          `SELECT t::text AS text, to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS utc,
                  t < '0001-01-01 00:00+00' AS before, t >= '10000-01-01 00:00+00' AS long FROM (${times}) times`,
        );
        all.push(...rows);
      }
      return all;
    });
    // ISO 8601 writes years of more digits with a sign, and 44 BC as -43; to_char does neither.
    for (const { text, utc, long } of rows.filter((row) => !row.before)) {
      assert.equal(isoTimestamp(text), long ? `+0${utc}` : utc, text);
    }
    assert.equal(isoTimestamp("0044-03-15 12:00:00+00 BC"), "-000043-03-15T12:00:00.000000Z");
    for (const text of ["infinity", "", "2026-11-23", "2026-11-23T10:00:00+00", "Mon 23 Nov 10:00:00 2026 UTC"]) {
      assert.throws(() => isoTimestamp(text), /is not a timestamptz/, text);
    }
  });

  it("does a transaction as a whole", async () => {
    const answer = await database.transaction(async (tx) => {
      await insert("whole-1", tx);
      await insert("whole-2", tx);
      assert.equal(await count("whole-%"), 0);
      return "done";
    });
    assert.equal(answer, "done");
    assert.equal(await count("whole-%"), 2);
  });

  it("rolls a transaction back when its work rejects, with the work's own error", async () => {
    const reason = new Error("changed my mind");
    await assert.rejects(
      database.transaction(async (tx) => {
        await insert("rolled-back", tx);
        throw reason;
      }),
      (error) => error === reason,
    );
    assert.equal(await count("rolled-back"), 0);
  });

  it("does not pretend to have committed when the work went on after a failed statement", async () => {
    await assert.rejects(
      database.transaction(async (tx) => {
        await insert("lost", tx);
        await insert("lost", tx).catch(() => undefined);
      }),
      /nothing was committed/,
    );
    assert.equal(await count("lost"), 0);
  });

  it("refuses statements of a transaction that is over", async () => {
    let kept: Transaction | undefined;
    await database.transaction(async (tx) => {
      kept = tx;
    });
    await assert.rejects(async () => kept && insert("late", kept), /transaction is over/);
    assert.equal(await count("late"), 0);
  });

  it("streams rows in, and none of them when the stream breaks off", async () => {
    const [{ id } = { id: 0 }] = await database.write<{ id: number }>(
      sql("INSERT INTO datasets (name) VALUES ('stream') RETURNING id"),
    );
    const copy = (rows: () => AsyncIterable<string>) =>
      database.transaction((tx) =>
        tx.copyFrom("COPY dataset_records (dataset_id, timestamp, values) FROM STDIN", rows()),
      );
    const records = async () =>
      (
        await database.read<{ n: number }>(sql("SELECT count(*) AS n FROM dataset_records WHERE dataset_id = $1"), [id])
      )[0]?.n;
    const line = (n: number) => `${id}\t2026-01-01T00:00:00Z\t{${n},${n}}\n`;

    assert.equal(
      await copy(async function* () {
        for (let n = 0; n < 5000; n += 1) yield line(n);
      }),
      5000,
    );
    assert.equal(await records(), 5000);

    const reason = new Error("line 3 is wrong");
    await assert.rejects(
      copy(async function* () {
        yield line(1);
        yield line(2);
        throw reason;
      }),
      (error) => error === reason,
    );
    await assert.rejects(
      copy(async function* () {
        yield `${id}\t2026-01-01T00:00:00Z\t{NaN}\n`;
      }),
      violates("23514"),
    );
    assert.equal(await records(), 5000);
    // The connections are as good as before.
    assert.equal(database.stats()[0]?.idle, database.stats()[0]?.total);
  });

  it("passes errors of the statement itself on, and keeps the connection", async () => {
    const before = database.stats()[0]?.total;
    await insert("twice", { query: (statement, values) => database.write(statement, values) });
    await assert.rejects(database.write(sql("INSERT INTO datasets (name) VALUES ('twice')")), violates("23505"));
    await assert.rejects(database.read(sql("SELECT 1 / 0")), violates("22012"));
    assert.equal(database.stats()[0]?.total, before);
  });

  it("parses each statement on the writer anew: a proxy would pin the connection to a prepared one", async () => {
    await database.read(sql("SELECT $1::int AS unprepared"), [1]);
    assert.deepEqual(await database.read(sql("SELECT name FROM pg_prepared_statements")), []);
  });

  it("names itself to the server", async () => {
    const rows = await database.readText(
      sql("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"),
    );
    assert.deepEqual(rows, [["pynomaly-api"]]);
  });

  it("opens ten connections when it is warmed", async () => {
    await database.warm();
    assert.deepEqual(database.stats(), [{ name: "writer", total: 10, idle: 10, waiting: 0, max: 10, healthy: true }]);
  });

  it("runs a statement on each connection that it opens when it is warmed", async () => {
    await database.warm(sql("SELECT set_config('application_name', $1, false)"), ["warmed"]);
    const warmed = await owner((client) =>
      client.query("SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'warmed'"),
    );
    assert.equal(warmed.rows[0].n, 10);
  });

  it("does without a statement that fails when it is warmed, says so, and keeps the connections", async () => {
    const logger = memoryLogger();
    const cold = openDatabase(test.server, {}, logger);
    try {
      await cold.warm(sql("SELECT FROM nothing"));
      assert.equal(cold.stats()[0]?.idle, 10);
      assert.deepEqual(logger.lines, ['warn connections are not warm: writer: relation "nothing" does not exist']);
    } finally {
      await cold.close();
    }
  });

  it("is ready with its schema or a newer one, and not with an older one", async () => {
    const record = (version: number) =>
      owner((client) =>
        client.query("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, 'newer', '')", [version]),
      );
    const forget = (version: number) =>
      owner((client) =>
        client.query<{ name: string }>("DELETE FROM schema_migrations WHERE version = $1 RETURNING name", [version]),
      );
    await database.check();
    await record(schemaVersion + 1);
    await database.check();
    await forget(schemaVersion + 1);
    await forget(schemaVersion);
    await assert.rejects(
      database.check(),
      new RegExp(`the schema is at version ${schemaVersion - 1}; needed: ${schemaVersion}`),
    );
  });
});
