import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type pg from "pg";
import { pageRequest } from "../../src/anomalies/query.ts";
import type { AnomalyListQuery } from "../../src/anomalies/schemas.ts";
import { countCall } from "../../src/anomalies/total.ts";
import { migrateDown, migrateUp } from "../../src/database/migrations/runner.ts";
import { APP } from "../support/database.ts";
import { type Sessions, startSessions, totalOf } from "../support/sessions.ts";

/** The steps that a day is counted by: severities of at least these. */
const STEPS = Array.from({ length: 1001 }, (_, n) => n / 1000);

/** More than 0.282, and a thousand times it is 282. */
const JUST_ABOVE = 0.28200000000000003;

/** Thousandths, and severities between them. */
const SEVERITY = "least(i * 29 % 1001 / 1000.0 + i % 3 * 0.0037, 1)";

/** Anomalies of the last days, six of each; the oldest first. */
const insert = (days: number, age = 0) =>
  `INSERT INTO anomalies (timestamp, value, severity, model_id)
   SELECT now() - interval '${age} days' - i * interval '4 hours', 1, ${SEVERITY}, 1 FROM generate_series(${days * 6}, 1, -1) i`;

/** Statements that change anomalies; n is any number. */
const CHANGES: readonly ((n: number) => string)[] = [
  (n) => insert((n % 5) + 1),
  (n) => insert(2, n % 20),
  () => "SELECT count_anomaly_days(3)",
  (n) => `UPDATE anomalies SET severity = 1 - severity WHERE id % 53 = ${n % 53}`,
  (n) => `UPDATE anomalies SET timestamp = timestamp - interval '${n % 50} hours' WHERE id % 53 = ${n % 53}`,
  (n) => `DELETE FROM anomalies WHERE id % 53 = ${n % 53}`,
  () => "SELECT count_anomaly_days()",
  () => "SELECT delete_expired(15, NULL, 5)",
];

describe("the days that are counted", () => {
  let test: Sessions;
  let owner: pg.Client;
  let others: readonly pg.Client[];
  before(async () => {
    test = await startSessions();
    ({ owner, others } = test);
    await owner.query("SET timezone = 'UTC'");
    await owner.query(`GRANT EXECUTE ON FUNCTION delete_expired, count_anomaly_days TO ${APP.username}`);
  });
  after(() => test?.stop());
  beforeEach(async () => {
    // What a test that failed left open.
    for (const client of others) await client.query("ROLLBACK");
    await owner.query(`ROLLBACK; TRUNCATE models RESTART IDENTITY CASCADE;
      INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
      VALUES ('model', '1', 'a', 'm.onnx', repeat('0', 64), 1, 0.5)`);
  });
  const rows = async (text: string, client = owner) => (await client.query(text)).rows;
  const days = async (condition: string) =>
    (await rows(`SELECT (current_date - day)::int AS age FROM anomaly_days WHERE ${condition} ORDER BY 1`)).map(
      ({ age }) => age,
    );
  /** Two days ago is written to as an old day, and not counted yet. */
  const takenAway = () => days("from_thousandth IS NULL AND day < current_date - 2");
  const count = async (client = owner) => Number((await rows("SELECT count_anomaly_days() AS n", client))[0].n);
  /** What is kept of each day that is counted is what its anomalies are. */
  const agree = async (message?: string, client = owner) => {
    const kept = await rows(
      "SELECT day::text, from_thousandth FROM anomaly_days WHERE from_thousandth IS NOT NULL",
      client,
    );
    const anomalies = await rows(
      "SELECT (timestamp AT TIME ZONE 'UTC')::date::text AS day, severity FROM anomalies",
      client,
    );
    for (const { day, from_thousandth } of kept) {
      const severities = anomalies.filter((anomaly) => anomaly.day === day).map(({ severity }) => severity);
      const counted = STEPS.map((step) => severities.filter((severity) => severity >= step).length);
      assert.deepEqual(from_thousandth, counted, `${day} ${message ?? ""}`);
    }
  };
  const total = (filters: AnomalyListQuery, client = owner) => totalOf(client, filters);

  it("are those that ended two days ago, counted once", async () => {
    await owner.query(`INSERT INTO anomalies (timestamp, value, severity, model_id)
      SELECT current_date - i * interval '1 day', 1, 0.7, 1 FROM generate_series(-2, 9) i`);
    assert.equal(await count(), 7);
    assert.deepEqual(await days("from_thousandth IS NOT NULL"), [3, 4, 5, 6, 7, 8, 9]);
    await agree();
    assert.equal(await count(), 0);
  });

  it("are right whatever was done, and so are totals", async () => {
    for (let n = 1; n <= 120; n += 1) {
      const change = CHANGES[(n * n + n + (n >> 3)) % CHANGES.length]?.(n) ?? "";
      await owner.query(change);
      await agree(change);
    }
    for (const change of CHANGES) {
      await owner.query(change(30));
      await agree(change(30));
    }
    await count();
    assert.ok((await days("from_thousandth IS NOT NULL")).length > 10);
    await agree();
  });

  it("are not those that are written to, until they are counted again", async () => {
    await owner.query(insert(10));
    await count();
    await owner.query(
      `INSERT INTO anomalies (timestamp, value, severity, model_id) VALUES (now() - interval '5 days', 1, 0.5, 1)`,
    );
    assert.deepEqual(await takenAway(), [5]);
    assert.equal(await total({ min_severity: 0 }), 61);
    assert.equal(
      await total({ min_severity: 0.01 }),
      Number((await rows("SELECT count(*) FROM anomalies WHERE severity >= 0.01"))[0].count),
    );
    assert.equal(await count(), 1);
    await agree();
  });

  it("stay counted when only a status or a dataset changes", async () => {
    await owner.query("INSERT INTO datasets (name) VALUES ('a')");
    await owner.query(insert(10));
    await count();
    await owner.query("UPDATE anomalies SET status = 'resolved', dataset_id = (SELECT id FROM datasets)");
    await owner.query("DELETE FROM datasets");
    assert.deepEqual(await takenAway(), []);
  });

  it("are gone when their anomalies are", async () => {
    await owner.query(insert(10));
    await count();
    await owner.query("DELETE FROM anomalies WHERE timestamp < now() - interval '4 days'");
    assert.equal(await count(), 1);
    assert.equal((await days("true")).at(-1), 4);
    await agree();
    await owner.query("TRUNCATE anomalies");
    assert.deepEqual(await days("true"), []);
  });

  it("take nothing from who writes to today: no row is made or locked", async () => {
    const [writer] = others;
    await owner.query(insert(1));
    assert.deepEqual(await days("true"), []);
    await owner.query(insert(10, 5));
    await count();
    await writer?.query(`BEGIN; ${insert(1)}`);
    const locked = "SELECT count(*)::int AS n FROM pg_locks WHERE relation = 'anomaly_days'::regclass AND pid = $1";
    const { rows: found } = await owner.query(locked, [(writer as unknown as { processID: number }).processID]);
    assert.deepEqual(found, [{ n: 0 }]);
    await writer?.query("ROLLBACK");
  });

  describe("while others write", () => {
    const old =
      "INSERT INTO anomalies (timestamp, value, severity, model_id) VALUES (now() - interval '5 days', 1, 0.9, 1)";

    for (const [what, prepare] of [
      ["a day that was never counted", []],
      ["a day that was counted", ["SELECT count_anomaly_days()"]],
      ["a day whose count was taken away", ["SELECT count_anomaly_days()", old]],
    ] as const) {
      it(`leave out ${what} until the writer has ended`, async () => {
        const [writer, counter] = others;
        await owner.query(insert(10));
        for (const statement of prepare) await owner.query(statement);
        await writer?.query(`BEGIN; ${old}`);
        await counter?.query("BEGIN; SET LOCAL lock_timeout = '500ms'");
        await count(counter).catch((error: Error) => assert.match(error.message, /lock timeout/));
        await counter?.query("COMMIT");
        await agree();
        await writer?.query("COMMIT");
        await agree();
        await count(counter);
        assert.deepEqual(await takenAway(), []);
        await agree();
      });
    }

    it("have a writer wait for a count under way, and take it away then", async () => {
      const [writer, counter] = others;
      await owner.query(insert(10));
      await counter?.query("BEGIN");
      await count(counter);
      const written = writer?.query(old);
      await counter?.query("COMMIT");
      await written;
      await agree();
      assert.deepEqual(await takenAway(), [5]);
    });

    it("let writers to one uncounted day not wait for each other", async () => {
      const [one, two] = others;
      await owner.query(insert(10));
      await count();
      await owner.query(old);
      await one?.query(`BEGIN; ${old}`);
      await two?.query(`BEGIN; ${old}; COMMIT`);
      await one?.query("COMMIT");
      await agree();
    });

    it("are right, and totals at every moment, while many write, delete, take back and count", async () => {
      await owner.query(insert(20));
      let done = false;
      const work = async (client: pg.Client, own: number) => {
        for (let n = 0; n < 60; n += 1) {
          const write = [
            insert(2, (n * 7 + own) % 20),
            "SELECT count_anomaly_days()",
            "SELECT delete_expired(16, NULL, 20)",
          ];
          await client.query("BEGIN");
          await client.query(write[(n + own) % 3] ?? "");
          await client.query(n % 5 === 0 ? "ROLLBACK" : "COMMIT");
        }
      };
      const look = async (client: pg.Client) => {
        while (!done) {
          await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
          await agree("while others write", client);
          const [{ n }] = await rows("SELECT count(*)::int AS n FROM anomalies WHERE severity >= 0.2955", client);
          assert.equal(await total({ min_severity: 0.2955 }, client), n);
          await client.query("COMMIT");
        }
      };
      const [reader, ...writers] = others;
      const looking = look(reader as pg.Client);
      // All of them have ended before the next test begins, whichever fails.
      const worked = await Promise.allSettled(writers.map(work));
      done = true;
      await looking;
      for (const result of worked) if (result.status === "rejected") throw result.reason;
      await count();
      assert.ok((await days("from_thousandth IS NOT NULL")).length > 10);
      await agree();
    });

    it("refuse to be counted in a transaction that sees what was", async () => {
      await owner.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
      await assert.rejects(count(), /read committed/);
    });
  });

  it("are, with what lies between them, the totals of a range of time and of severities", async () => {
    await owner.query(`
      INSERT INTO anomalies (timestamp, value, severity, model_id)
      SELECT timestamptz '2026-02-25Z' + i * interval '37 minutes', 1, ${SEVERITY}, 1 FROM generate_series(0, 400) i`);
    await owner.query(
      "INSERT INTO anomalies (timestamp, value, severity, model_id) VALUES ('2026-02-26Z', 1, 0.282, 1)",
    );
    await count();
    // Gaps between counted days, at both ends, and days without any.
    await owner.query(
      "UPDATE anomaly_days SET from_thousandth = NULL WHERE day IN ('2026-02-28', '2026-03-03', '2026-03-04')",
    );
    await owner.query(insert(4));
    const times = [
      undefined,
      "0001-01-01T00:00:00Z",
      "2026-02-25T00:00:00Z",
      "2026-02-27T00:00:00Z",
      "2026-03-01T10:11:00.000001Z",
      "2026-03-01T23:59:59.999999Z",
      "2026-03-02T01:30:00+02:00",
      "2026-03-04T12:00:00Z",
      "9999-12-31T23:59:59Z",
    ];
    const severities = [undefined, 0.0004, 0.07, 0.282, JUST_ABOVE, 0.2901, 0.45, 0.58, 0.7123, 0.9991, 1];
    const different = new Set<number>();
    for (const from of times) {
      for (const to of times) {
        if (from !== undefined && to !== undefined && Date.parse(from) >= Date.parse(to)) continue;
        for (const min_severity of severities) {
          const [{ n }] = await rows(`SELECT count(*)::int AS n FROM anomalies
            WHERE timestamp >= '${from ?? "-infinity"}' AND timestamp < '${to ?? "infinity"}' AND severity >= ${min_severity ?? 0}`);
          assert.equal(await total({ from, to, min_severity }), n, `${from} ${to} ${min_severity}`);
          different.add(n);
        }
      }
    }
    assert.ok(different.size > 100, `${different.size} different totals`);
  });

  it("are counted anew when the schema comes from hundredths, or goes back to them", async () => {
    const log = () => {};
    await owner.query(insert(10));
    await count();
    await migrateDown(owner, 15, { log });
    assert.ok((await count()) > 5);
    assert.deepEqual(await days("at_least IS NULL AND day < current_date - 2"), []);
    await migrateUp(owner, { log });
    assert.deepEqual(await days("at_least IS NOT NULL OR from_thousandth IS NOT NULL"), []);
    assert.equal(await total({ min_severity: 0 }), 60);
    assert.ok((await count()) > 5);
    await agree();
  });

  it("are totalled by a statement whose name is of one text", () => {
    const texts = new Map<string, string>();
    for (const from of [undefined, "2026-03-01T00:00:00Z"]) {
      for (const to of [undefined, "2026-03-02T10:00:00Z"]) {
        for (const min_severity of [undefined, 0.5, 0.5555]) {
          for (const model_id of [undefined, 1]) {
            const { name, text } = countCall(pageRequest({ from, to, min_severity, model_id })).statement;
            assert.equal(texts.get(name) ?? text, text, name);
            texts.set(name, text);
          }
        }
      }
    }
    assert.equal(texts.size, 6 + 1 + 8);
  });
});
