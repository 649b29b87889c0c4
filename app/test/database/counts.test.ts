import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type pg from "pg";
import { connect } from "../../local/postgres.ts";
import { migrate, revert } from "../../src/database/migration.ts";
import { readMigrations } from "../../src/database/migrations/files.ts";
import { APP, DATABASE_NAME, startTestDatabase, type TestDatabase } from "../support/database.ts";

/** What the statistics are to be: all records, counted. */
const COUNTED = `
  SELECT dataset_id::int AS id, count(*)::int AS records, count(*) FILTER (WHERE is_anomaly)::int AS anomalies
  FROM dataset_records GROUP BY dataset_id ORDER BY dataset_id`;
const STATISTICS = `
  SELECT d.id::int, s.record_count::int AS records, round(s.record_count * s.anomaly_rate)::int AS anomalies
  FROM datasets d, get_dataset_stats(d.id) s WHERE s.record_count <> 0 ORDER BY d.id`;

/** Statements that change records; n is any number. */
const CHANGES: readonly ((n: number) => string)[] = [
  (n) => `INSERT INTO dataset_records (dataset_id, timestamp, values, is_anomaly)
          SELECT i % 3 + 1, now(), '{1}', i % 5 = 0 FROM generate_series(1, ${n}) i`,
  (n) => `UPDATE dataset_records SET is_anomaly = NOT is_anomaly WHERE id % 7 = ${n % 7}`,
  (n) => `UPDATE dataset_records SET dataset_id = dataset_id % 3 + 1 WHERE id % 11 = ${n % 11}`,
  (n) => `DELETE FROM dataset_records WHERE id % 13 = ${n % 13}`,
  () => "DELETE FROM dataset_records WHERE false",
];

describe("the counts of datasets' records", () => {
  let test: TestDatabase;
  let owner: pg.Client;
  let other: pg.Client;
  before(async () => {
    test = await startTestDatabase();
    owner = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    other = await connect(test.server.port, APP, DATABASE_NAME);
  });
  after(async () => {
    await Promise.all([owner?.end(), other?.end()]);
    await test?.stop();
  });
  beforeEach(() =>
    owner.query(`TRUNCATE datasets RESTART IDENTITY CASCADE;
                 INSERT INTO datasets (name) SELECT 'dataset ' || n FROM generate_series(1, 3) n`),
  );
  const rows = async (text: string, client = owner) => (await client.query(text)).rows;
  const agree = async (message?: string) => assert.deepEqual(await rows(STATISTICS), await rows(COUNTED), message);
  const add = (dataset: number, count: number) =>
    `INSERT INTO dataset_records (dataset_id, timestamp, values) SELECT ${dataset}, now(), '{1}' FROM generate_series(1, ${count})`;

  it("are what counting all records gives, whatever was done", async () => {
    for (let n = 1; n <= 60; n += 1) {
      const change = CHANGES[(n * n) % CHANGES.length]?.(n) ?? "";
      await owner.query(change);
      await agree(change);
    }
    await owner.query("DELETE FROM datasets WHERE id = 2");
    await agree();
    assert.ok((await rows(STATISTICS)).length === 2);
    await owner.query("TRUNCATE dataset_records");
    await agree();
  });

  it("count what is copied, with the transaction that it is in", async () => {
    const copy = test.database.transaction(async (tx) => {
      const lines = async function* () {
        yield "1\t2026-01-01Z\t{1}\tt\n1\t2026-01-01Z\t{2}\tf\n";
      };
      await tx.copyFrom("COPY dataset_records (dataset_id, timestamp, values, is_anomaly) FROM STDIN", lines());
      assert.deepEqual(await rows(STATISTICS), []);
      throw new Error("broken off");
    });
    await assert.rejects(copy, /broken off/);
    assert.deepEqual(await rows("SELECT FROM dataset_counts"), []);
  });

  it("let uploads into one dataset go on beside each other, in a row for each", async () => {
    await other.query("SET lock_timeout = '1s'");
    for (let round = 0; round < 3; round += 1) {
      await owner.query(`BEGIN; ${add(1, 10)}`);
      await other.query(`BEGIN; ${add(1, 5)}; ${add(1, 5)}`);
      await other.query("COMMIT");
      await owner.query("COMMIT");
      await agree();
    }
    assert.equal((await rows("SELECT FROM dataset_counts")).length, 2);
  });

  it("begin with the records that were there before them", async () => {
    const options = {
      target: { host: test.server.host, port: test.server.port, database: DATABASE_NAME },
      owner: test.server.owner,
      log: () => undefined,
    };
    const all = readMigrations();
    const before = all.findIndex(({ name }) => name.endsWith("dataset-counts"));
    await revert(options, before);
    await owner.query(add(1, 20));
    await migrate({ ...options, migrations: all.slice(0, before + 1) }, { app: APP, models: [] });
    await owner.query(`${add(1, 3)}; ${add(2, 4)}; DELETE FROM dataset_records WHERE id % 4 = 0`);
    await migrate(options, { app: APP, models: [] });
    await agree();
    await owner.query(CHANGES[0]?.(10) ?? "");
    await agree();
  });

  it("are all that the statistics read", async () => {
    const [plan] = await rows("EXPLAIN (FORMAT JSON) SELECT * FROM get_dataset_stats(1)", other);
    const text = JSON.stringify(plan);
    assert.ok(text.includes("dataset_counts") && !text.includes("dataset_records"), text);
  });
});
