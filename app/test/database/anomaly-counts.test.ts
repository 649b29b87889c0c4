import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type pg from "pg";
import { migrate, revert } from "../../src/database/migration.ts";
import { readMigrations } from "../../src/database/migrations/files.ts";
import { APP, DATABASE_NAME } from "../support/database.ts";
import { type Sessions, startSessions, totalOf } from "../support/sessions.ts";

/** What the counts are to be: all anomalies, counted. */
const COUNTED = `
  SELECT model_id, dataset_id::int, count(*)::int AS anomalies FROM anomalies
  GROUP BY model_id, dataset_id ORDER BY model_id, dataset_id`;
const KEPT = `
  SELECT model_id, dataset_id::int, sum(anomaly_count)::int AS anomalies FROM anomaly_counts
  GROUP BY model_id, dataset_id HAVING sum(anomaly_count) <> 0 ORDER BY model_id, dataset_id`;

const insert = (count: number, model = "i % 2 + 1", dataset = "nullif(i % 4, 0)") =>
  `INSERT INTO anomalies (timestamp, value, severity, model_id, dataset_id)
   SELECT now() - i * interval '1 hour', 1, 0.5, ${model}, ${dataset} FROM generate_series(1, ${count}) i`;

/** Statements that change anomalies; n is any number. */
const CHANGES: readonly ((n: number) => string)[] = [
  (n) => insert(n),
  (n) => `UPDATE anomalies SET status = 'resolved' WHERE id % 7 = ${n % 7}`,
  (n) => `UPDATE anomalies SET dataset_id = nullif((coalesce(dataset_id, 0) + 1) % 4, 0) WHERE id % 11 = ${n % 11}`,
  (n) => `UPDATE anomalies SET model_id = 3 - model_id WHERE id % 11 = ${n % 11}`,
  (n) => `DELETE FROM anomalies WHERE id % 13 = ${n % 13}`,
  () => "DELETE FROM anomalies WHERE false",
  () => "SELECT delete_expired(2, NULL, 5)",
];

describe("the counts of anomalies", () => {
  let test: Sessions;
  let owner: pg.Client;
  let others: readonly pg.Client[];
  before(async () => {
    test = await startSessions();
    ({ owner, others } = test);
  });
  after(() => test?.stop());
  beforeEach(async () => {
    // What a test that failed left open.
    for (const client of others) await client.query("ROLLBACK");
    await owner.query(`
      TRUNCATE models, datasets RESTART IDENTITY CASCADE;
      INSERT INTO datasets (name) SELECT 'dataset ' || n FROM generate_series(1, 3) n;
      INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
      SELECT 'model ' || n, '1', 'a', 'm.onnx', repeat('0', 64), 1, 0.5 FROM generate_series(1, 2) n`);
  });
  const rows = async (text: string) => (await owner.query(text)).rows;
  const agree = async (message?: string) => assert.deepEqual(await rows(KEPT), await rows(COUNTED), message);
  const total = (filters: { model_id?: number; dataset_id?: number }) => totalOf(owner, filters);

  it("are what counting all anomalies gives, whatever was done", async () => {
    for (let n = 1; n <= 98; n += 1) {
      const change = CHANGES[(n * n + n) % CHANGES.length]?.(n) ?? "";
      await owner.query(change);
      await agree(change);
    }
    for (const change of CHANGES) {
      await owner.query(change(30));
      await agree(change(30));
    }
    assert.ok((await rows(COUNTED)).length > 4);
  });

  it("follow a dataset's anomalies when it is deleted, and go with a model", async () => {
    await owner.query(insert(40));
    await owner.query("DELETE FROM datasets WHERE id = 2");
    await agree();
    assert.equal(await total({}), 40);
    assert.deepEqual(await rows("SELECT FROM anomaly_counts WHERE dataset_id = 2"), []);
    await owner.query("DELETE FROM anomalies WHERE model_id = 1; DELETE FROM models WHERE id = 1");
    await agree();
    assert.deepEqual(await rows("SELECT FROM anomaly_counts WHERE model_id = 1"), []);
    await owner.query("TRUNCATE anomalies");
    await agree();
  });

  it("are of the transaction that they are in", async () => {
    const [writer] = others;
    await writer?.query(`BEGIN; ${insert(10)}`);
    assert.equal(await total({}), 0);
    await writer?.query("ROLLBACK");
    assert.equal(await total({}), 0);
    await owner.query(`BEGIN; ${insert(10)}`);
    assert.equal(await total({}), 10);
    await owner.query("COMMIT");
    await agree();
  });

  it("are not written when a status changes", async () => {
    await owner.query(insert(8));
    const versions = () => rows("SELECT id, xmin FROM anomaly_counts ORDER BY id");
    const before = await versions();
    await owner.query("UPDATE anomalies SET status = 'resolved'");
    assert.deepEqual(await versions(), before);
  });

  it("let nobody wait for another, in a row for each", async () => {
    const [one, two] = others;
    for (let round = 0; round < 3; round += 1) {
      await one?.query(`BEGIN; ${insert(10, "1", "NULL")}`);
      await two?.query(`BEGIN; ${insert(5, "1", "NULL")}; ${insert(5, "1", "NULL")}; COMMIT`);
      await one?.query("COMMIT");
      await agree();
    }
    assert.equal((await rows("SELECT FROM anomaly_counts")).length, 2);
  });

  it("are right after many wrote, deleted and took back at the same time", async () => {
    const work = async (client: pg.Client, own: number) => {
      for (let n = 0; n < 50; n += 1) {
        const write = n % 3 === own % 3 ? "SELECT delete_expired(1, NULL, 20)" : insert(30 + own);
        await client.query("BEGIN");
        await client.query(write);
        await client.query(n % 5 === 0 ? "ROLLBACK" : "COMMIT");
      }
    };
    await owner.query(`GRANT EXECUTE ON FUNCTION delete_expired TO ${APP.username}`);
    await Promise.all(others.map(work));
    assert.ok((await total({})) > 0);
    await agree();
  });

  it("begin with the anomalies that were there before them", async () => {
    const options = {
      target: { host: test.server.host, port: test.server.port, database: DATABASE_NAME },
      owner: test.server.owner,
      log: () => undefined,
    };
    const all = readMigrations();
    const before = all.findIndex(({ name }) => name.endsWith("anomaly-counts"));
    await revert(options, before);
    await owner.query(insert(20));
    await migrate({ ...options, migrations: all.slice(0, before + 1) }, { app: APP, models: [] });
    await owner.query(`${insert(3)}; DELETE FROM anomalies WHERE id % 4 = 0`);
    await migrate(options, { app: APP, models: [] });
    await agree();
    await owner.query(insert(10));
    await agree();
  });

  it("are the totals of a list, of a model's, a dataset's and of both", async () => {
    await owner.query(insert(41));
    for (const [filters, where] of [
      [{}, "true"],
      [{ model_id: 2 }, "model_id = 2"],
      [{ dataset_id: 3 }, "dataset_id = 3"],
      [{ model_id: 2, dataset_id: 1 }, "model_id = 2 AND dataset_id = 1"],
      [{ model_id: 9 }, "false"],
    ] as const) {
      const [counted] = await rows(`SELECT count(*)::int AS n FROM anomalies WHERE ${where}`);
      assert.equal(await total(filters), counted.n, where);
    }
  });
});
