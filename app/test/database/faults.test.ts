import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type pg from "pg";
import { localEnvironment } from "../../local/environment.ts";
import { connect } from "../../local/postgres.ts";
import { serverConfig } from "../../src/config.ts";
import { createDatabase, type Database, DatabaseUnavailable, type Statement } from "../../src/database/database.ts";
import type { UnavailableReason } from "../../src/database/unavailable.ts";
import {
  APP,
  DATABASE_NAME,
  openDatabase,
  secretOf,
  startTestDatabase,
  type TestDatabase,
  writeSecret,
} from "../support/database.ts";
import { memoryLogger } from "../support/logger.ts";
import { until } from "../support/until.ts";

const ONE: Statement = { name: "one", text: "SELECT 1 AS one" };
const sleep = (seconds: number): Statement => ({ name: "sleep", text: `SELECT pg_sleep(${seconds})` });
const unavailable = (reason: UnavailableReason) => (error: unknown) =>
  error instanceof DatabaseUnavailable && error.reason === reason;
const settled = async (promise: Promise<unknown>) => (await Promise.allSettled([promise]))[0];

describe("a database that cannot be used", () => {
  let test: TestDatabase;
  const opened: Database[] = [];
  const open: typeof openDatabase = (...args) => {
    const database = openDatabase(...args);
    opened.push(database);
    return database;
  };
  let owner: pg.Client;
  before(async () => {
    test = await startTestDatabase();
    owner = await connect(test.server.port, test.server.owner, DATABASE_NAME);
  });
  after(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await owner?.end();
    await test?.stop();
  });
  const running = async (text: string) =>
    (await owner.query("SELECT 1 FROM pg_stat_activity WHERE query = $1 AND state = 'active'", [text])).rowCount;
  const byTls = async (tls: "on" | "off") => {
    if (tls === "on") {
      setDefaultCACertificates([...getCACertificates(), await readFile(test.server.certificate, "utf8")]);
    }
    return { DATABASE_TLS: tls, DATABASE_WRITER_HOST: tls === "on" ? "localhost" : "127.0.0.1" };
  };

  for (const tls of ["off", "on"] as const) {
    it(`gives a statement up after its time, and cancels it on the server (TLS ${tls})`, async () => {
      const logger = memoryLogger();
      const database = open(test.server, { ...(await byTls(tls)), STATEMENT_TIMEOUT_SECONDS: 0.2 }, logger);
      const process = async () => (await database.readText({ name: "pid", text: "SELECT pg_backend_pid()" }))[0]?.[0];
      const first = await process();
      const slow = sleep(tls === "on" ? 61 : 60);
      const began = performance.now();
      const outcome = settled(database.read(slow));
      await until(async () => (await running(slow.text)) === 1);
      const { reason } = (await outcome) as PromiseRejectedResult;
      assert.ok(unavailable("timeout")(reason), reason);
      assert.ok(performance.now() - began < 10_000);
      await until(async () => (await running(slow.text)) === 0);
      // On the old connection a cancellation that comes late would hit the next statement.
      assert.notEqual(await process(), first);
      assert.deepEqual(logger.lines, []);
    });
  }

  it("gives a stream of rows up after its time, and stops reading it, whether it is fast or slow", async () => {
    const database = open(test.server, { STATEMENT_TIMEOUT_SECONDS: 0.2 });
    for (const [row, pauseMs] of [
      ["name\n", 20],
      [`${"name".repeat(4000)}\n`.repeat(8), 0],
    ] as const) {
      let stopped = false;
      const rows = async function* () {
        try {
          for (;;) {
            yield row;
            if (pauseMs > 0) await delay(pauseMs);
          }
        } finally {
          stopped = true;
        }
      };
      const copy = database.transaction(async (tx) => {
        await tx.query({ name: "temporary", text: "CREATE TEMPORARY TABLE copied (name text)" });
        await tx.copyFrom("COPY copied (name) FROM STDIN", rows());
      });
      await assert.rejects(copy, unavailable("timeout"));
      await until(() => stopped);
    }
    assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
  });

  it("says so when a connection breaks in a statement, a transaction and a stream of rows, and goes on with others", async () => {
    const logger = memoryLogger();
    const database = open(test.server, {}, logger);
    const killed = (text: string) =>
      until(async () => {
        const { rows } = await owner.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = $1 AND pid <> pg_backend_pid()",
          [text],
        );
        return rows.length > 0;
      });
    const statement = settled(database.write(sleep(70)));
    await killed(sleep(70).text);
    assert.ok(unavailable("connection")(((await statement) as PromiseRejectedResult).reason));
    assert.equal(database.stats()[0]?.healthy, false);

    const idleInTransaction = database.transaction(async (tx) => {
      await tx.query({ name: "two", text: "SELECT 2 AS two" });
      await killed("SELECT 2 AS two");
      // The server's farewell and the end of the connection come in their own time.
      return until(async () => {
        const [outcome] = await Promise.allSettled([tx.query(ONE)]);
        if (outcome?.status === "rejected") throw outcome.reason;
        return false;
      });
    });
    await assert.rejects(idleInTransaction, unavailable("connection"));

    const text = "COPY users (name) FROM STDIN";
    let sendRest = () => {};
    const rest = new Promise<void>((resolve) => {
      sendRest = resolve;
    });
    const stalled = async function* () {
      yield "user\n";
      await rest;
    };
    const copy = settled(database.transaction((tx) => tx.copyFrom(text, stalled())));
    await killed(text);
    const copied = (await copy) as PromiseRejectedResult;
    assert.ok(unavailable("connection")(copied.reason), copied.reason);
    sendRest();

    assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
    assert.equal(database.stats()[0]?.healthy, true);
    assert.equal(logger.lines.filter((line) => line.startsWith("warn")).length, 1);
    assert.equal(logger.lines.filter((line) => line.startsWith("info writer back")).length, 1);
  });

  describe("waited for", { concurrency: true }, () => {
    it("says so when every connection is in use for five seconds", async () => {
      const database = open(test.server, { DATABASE_WRITER_POOL_MAX: 2 });
      let finish = () => {};
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      const holders = [1, 2].map(() => database.transaction(() => finished));
      await until(() => database.stats()[0]?.total === 2 && database.stats()[0]?.idle === 0);
      const began = performance.now();
      const waiter = settled(database.read(ONE));
      assert.equal(database.stats()[0]?.waiting, 1);
      const { reason } = (await waiter) as PromiseRejectedResult;
      assert.ok(unavailable("exhausted")(reason), reason);
      assert.match(reason.message, /all 2 connections of writer are in use/);
      assert.ok(performance.now() - began > 4900);
      // Busy is not broken.
      assert.equal(database.stats()[0]?.healthy, true);
      finish();
      await Promise.all(holders);
      assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
    });

    it("waits for a server that does not answer no longer than five seconds, and a readiness check no longer than two", async () => {
      const silent = createServer(() => undefined).listen(0, "127.0.0.1");
      await until(() => silent.listening);
      const { port } = silent.address() as { port: number };
      const database = open(test.server, { DATABASE_PORT: port });
      const began = performance.now();
      const read = settled(database.read(ONE));
      await assert.rejects(database.check(), unavailable("timeout"));
      assert.ok(performance.now() - began < 4000);
      const { reason } = (await read) as PromiseRejectedResult;
      assert.ok(unavailable("connection")(reason), reason);
      silent.close();
    });
  });

  it("says so when the password is wrong, without the password, and takes the right one as soon as it is there", async () => {
    await writeSecret(test.server, { ...APP, password: "hunter2" });
    const database = open(test.server);
    await assert.rejects(database.warm(), (error: Error) => {
      assert.ok(unavailable("connection")(error));
      assert.match(error.message, /password authentication failed/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
    await writeSecret(test.server, APP);
    assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
  });

  it("opens new connections with the password of the moment, and keeps those that are open", async () => {
    const database = open(test.server);
    await database.read(ONE);
    const rotated = { ...APP, password: "rotated-secret" };
    await owner.query(`ALTER ROLE ${APP.username} PASSWORD '${rotated.password}'`);
    await writeSecret(test.server, rotated);
    assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
    assert.equal(database.stats()[0]?.total, 1);
    await Promise.all([database.read(ONE), database.read(ONE), database.read(ONE)]);
    assert.equal(database.stats()[0]?.total, 3);
    await owner.query(`ALTER ROLE ${APP.username} PASSWORD '${APP.password}'`);
    await writeSecret(test.server, APP);
  });

  it("takes a secret as soon as it is there", async () => {
    const later = { ...APP, username: "later" };
    const database = open(test.server, { DATABASE_SECRET_ARN: secretOf(test.server, later) });
    await assert.rejects(database.read(ONE), /no connection to writer: ENOENT/);
    await owner.query(`CREATE ROLE later LOGIN PASSWORD '${later.password}'`);
    await writeSecret(test.server, later);
    assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
  });

  it("opens no connection while the secret cannot be read", async () => {
    let connections = 0;
    const counting = createServer(() => {
      connections += 1;
    }).listen(0, "127.0.0.1");
    await until(() => counting.listening);
    const { port } = counting.address() as { port: number };
    let readings = 0;
    const database = createDatabase({
      config: serverConfig(localEnvironment({ databasePort: port, databaseSecret: "arn:app", cachePort: port })),
      // Its role's name is known, its password then not.
      readCredential: async () => {
        readings += 1;
        if (readings > 1) throw new Error("secret arn:app cannot be read");
        return APP;
      },
      logger: memoryLogger(),
    });
    await assert.rejects(database.read(ONE), (error: Error) => {
      assert.ok(unavailable("connection")(error));
      assert.match(error.message, /secret arn:app cannot be read/);
      return true;
    });
    assert.equal(connections, 0);
    await database.close();
    counting.close();
  });

  it("leaves the connections to a writer that became read-only, and finds the new one", async () => {
    const insert = { name: "user", text: "INSERT INTO users (name) VALUES (gen_random_uuid())" };
    // Sessions that are open keep the setting they began with, as they keep the server after a failover.
    await owner.query(`ALTER DATABASE ${DATABASE_NAME} SET default_transaction_read_only = on`);
    const database = open(test.server);
    await database.warm();
    await owner.query(`ALTER DATABASE ${DATABASE_NAME} RESET default_transaction_read_only`);
    await assert.rejects(database.write(insert), unavailable("read-only"));
    assert.equal(database.stats()[0]?.healthy, false);
    await database.write(insert);
    assert.equal(database.stats()[0]?.healthy, true);
  });

  it("fails while the server is down, and works again when it is back", async () => {
    const logger = memoryLogger();
    const database = open(test.server, {}, logger);
    await database.warm();
    const midway = settled(database.read(sleep(80)));
    await until(async () => (await running(sleep(80).text)) === 1);
    await owner.end();
    await test.server.pause();
    assert.ok(unavailable("connection")(((await midway) as PromiseRejectedResult).reason));
    await assert.rejects(database.read(ONE), unavailable("connection"));
    await assert.rejects(
      database.transaction((tx) => tx.query(ONE)),
      unavailable("connection"),
    );
    await assert.rejects(database.check(), unavailable("connection"));
    await test.server.resume();
    assert.deepEqual(await database.read(ONE), [{ one: 1 }]);
    await database.check();
    owner = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    assert.deepEqual(
      logger.lines.filter((line) => !line.startsWith("debug")).map((line) => line.split(":")[0]),
      ["warn writer unavailable", "info writer back"],
    );
  });
});
