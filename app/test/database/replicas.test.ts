import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from "node:net";
import { after, before, beforeEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type pg from "pg";
import { connect, type Postgres, startReplica } from "../../local/postgres.ts";
import type { Database, Statement } from "../../src/database/database.ts";
import { DATABASE_NAME, openDatabase, startTestDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryLogger, memoryLogger } from "../support/logger.ts";
import { until } from "../support/until.ts";

/** Another loopback address; on macOS it has to be added first. */
const REPLICA = "127.0.0.2";
const WRITER = "127.0.0.1";

const WHERE: Statement = { name: "where", text: "SELECT host(inet_server_addr()) AS host" };
const SLEEP_ON_REPLICA = "CASE WHEN pg_is_in_recovery() THEN pg_sleep(60)::text END";
const NAMES: Statement = { name: "names", text: "SELECT name FROM datasets ORDER BY name" };

/** A line to a server, which can hold back what that sends. */
async function startLine(target: number) {
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  let holding = false;
  const server = createServer((socket) => {
    const there = connectSocket(target, WRITER);
    for (const one of [socket, there]) {
      sockets.add(one);
      one.on("error", () => undefined).on("close", () => sockets.delete(one));
    }
    socket.on("data", (chunk) => there.write(chunk)).on("close", () => there.destroy());
    there.on("close", () => socket.destroy());
    there.on("data", (chunk) => {
      if (holding) held.push(() => socket.write(chunk));
      else socket.write(chunk);
    });
  });
  server.listen(0, WRITER);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      for (const send of held.splice(0)) send();
    },
    stop: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe("a database with a replica", () => {
  let test: TestDatabase;
  let replica: Postgres;
  let onReplica: pg.Client;
  let database: Database;
  let logger: MemoryLogger;
  before(async () => {
    test = await startTestDatabase();
    replica = await startReplica(test.server, REPLICA);
    onReplica = await connect(replica.port, replica.owner, DATABASE_NAME, REPLICA);
  });
  after(async () => {
    await database?.close();
    await onReplica?.end();
    await replica?.stop();
    await test?.stop();
  });
  beforeEach(async () => {
    await database?.close();
    logger = memoryLogger();
    const since = await now();
    database = openDatabase(test.server, { DATABASE_READER_HOSTS: [REPLICA] }, logger);
    // On a machine that is held up, the first look may come too late, and the replica is out for a moment.
    await lookedAt(since);
    await until(healthy);
    logger.lines.length = 0;
  });

  const host = async (fresh?: boolean) =>
    (await database.read<{ host: string }>(WHERE, [], { ...(fresh && { fresh }) }))[0]?.host;
  const add = (name: string) =>
    database.write({ name: "add", text: "INSERT INTO datasets (name) VALUES ($1)" }, [name]);
  const arrived = (name: string) => async () =>
    (await onReplica.query("SELECT 1 FROM datasets WHERE name = $1", [name])).rowCount === 1;
  const notes = () => logger.lines.filter((line) => !line.startsWith("debug")).map((line) => line.split(":")[0]);
  const now = async () => (await onReplica.query<{ now: Date }>("SELECT clock_timestamp() AS now")).rows[0]?.now;
  /** Until the replica was looked at after a time, and has answered. */
  const lookedAt = (since: Date | undefined) =>
    until(
      async () =>
        (
          await onReplica.query(
            "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_last_wal_receive_lsn()%' AND state = 'idle' AND query_start > $1",
            [since],
          )
        ).rowCount === 1,
    );
  const opened = () => database.stats().map(({ total }) => total);
  const healthy = () => database.stats()[1]?.healthy;

  it("reads from the replica, and from the writer what has to be fresh", async () => {
    assert.equal(await host(), REPLICA);
    assert.equal(await host(true), WRITER);
    assert.deepEqual(await database.transaction((tx) => tx.query(WHERE)), [{ host: WRITER }]);
    assert.deepEqual(await database.readText(WHERE), [[REPLICA]]);
    assert.deepEqual(
      database.stats().map(({ name }) => name),
      ["writer", "reader-0"],
    );
  });

  it("prepares statements on the replica under their names, but for those whose values decide the plan", async () => {
    await database.read(WHERE);
    await database.read({ name: "unprepared", text: "SELECT 1", unprepared: true });
    assert.deepEqual(
      await database.read({ name: "prepared", text: "SELECT name FROM pg_prepared_statements ORDER BY name" }),
      [{ name: "prepared" }, { name: "where" }],
    );
  });

  it("takes turns among replicas, and leaves out one that is not there", async () => {
    await database.close();
    // One server under two names serves as two.
    database = openDatabase(test.server, { DATABASE_READER_HOSTS: [REPLICA, WRITER, "127.0.0.3"] }, logger);
    await until(() => notes().length >= 2);
    // 127.0.0.1 is no standby, and nothing listens on 127.0.0.3.
    assert.match(logger.lines.join("\n"), /replica taken out: reader-1: it is no standby/);
    assert.match(logger.lines.join("\n"), /replica taken out: reader-2: no connection to reader-2: .*ECONNREFUSED/);
    assert.deepEqual(await Promise.all(Array.from({ length: 6 }, () => host())), Array(6).fill(REPLICA));
    await database.close();
    database = openDatabase(test.server, { DATABASE_READER_HOSTS: [REPLICA, REPLICA] }, logger);
    await Promise.all([1, 2, 3, 4].map(() => host()));
    const [, first, second] = database.stats();
    assert.ok((first?.total ?? 0) >= 2 && (second?.total ?? 0) >= 2, JSON.stringify(database.stats()));
  });

  it("opens the connections of each pool when it is warmed, and does without a replica that is not there", async () => {
    await database.close();
    database = openDatabase(
      test.server,
      { DATABASE_READER_HOSTS: [REPLICA, "127.0.0.3"], DATABASE_READER_POOL_MAX: 3 },
      logger,
    );
    await database.warm();
    // Now and then a look tries to reach the one that is not there.
    await until(() => isDeepStrictEqual(opened(), [10, 3, 0]));
  });

  it("repeats a read that lost its replica elsewhere, and takes the replica back when it is there again", async () => {
    await database.warm();
    const slow = database.read<{ host: string }>({
      name: "slow",
      text: `SELECT host(inet_server_addr()) AS host, ${SLEEP_ON_REPLICA}`,
    });
    await until(
      async () =>
        (
          await onReplica.query(
            "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
          )
        ).rowCount,
    );
    await onReplica.end();
    await replica.pause();
    // None of the readers notices.
    assert.equal((await slow)[0]?.host, WRITER);
    assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => host())), Array(20).fill(WRITER));
    assert.equal(healthy(), false);
    await replica.resume();
    await until(healthy);
    assert.equal(await host(), REPLICA);
    assert.deepEqual(notes(), ["warn replica taken out", "info replica taken back"]);
    onReplica = await connect(replica.port, replica.owner, DATABASE_NAME, REPLICA);
  });

  it("takes a replica out that answers none of those who wait for it, though they have all its connections", async () => {
    await database.close();
    const readers = { DATABASE_READER_HOSTS: [REPLICA], DATABASE_READER_POOL_MAX: 2 };
    database = openDatabase(test.server, readers, logger);
    await database.warm();
    const asleep = { name: "asleep", text: "SELECT pg_sleep(60)" };
    const reads = Promise.allSettled([database.read(asleep), database.read(asleep)]);
    await until(() => healthy() === false);
    assert.match(logger.lines.join("\n"), /replica taken out: reader-0: all 2 connections of reader-0 are in use/);
    assert.equal(await host(), WRITER);
    await onReplica.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = $1", [asleep.text]);
    await reads;
    await until(healthy);
  });

  it("repeats a read that replay cancelled, and leaves the replica in", async () => {
    await add("removed");
    await until(arrived("removed"));
    await onReplica.query("ALTER SYSTEM SET max_standby_streaming_delay = 0");
    await onReplica.query("SELECT pg_reload_conf()");
    await until(
      async () =>
        (await onReplica.query("SHOW max_standby_streaming_delay")).rows[0].max_standby_streaming_delay === "0",
    );
    // The read's snapshot still sees what the writer removes, and replay does not wait for it.
    const read = database.read<{ host: string }>({
      name: "conflict",
      text: `SELECT host(inet_server_addr()) AS host, (SELECT count(*) FROM datasets), ${SLEEP_ON_REPLICA}`,
    });
    await until(
      async () => (await onReplica.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount,
    );
    const owner = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    await owner.query("DROP INDEX idx_datasets_created; DELETE FROM datasets WHERE name = 'removed'");
    await owner.query("VACUUM datasets");
    await owner.end();
    assert.equal((await read)[0]?.host, WRITER);
    await onReplica.query("ALTER SYSTEM RESET max_standby_streaming_delay");
    await onReplica.query("SELECT pg_reload_conf()");
    assert.equal(healthy(), true);
    assert.deepEqual(notes(), []);
  });

  it("repeats a prepared read whose columns a migration changed", async () => {
    await database.close();
    const oneConnection = { DATABASE_READER_HOSTS: [REPLICA], DATABASE_READER_POOL_MAX: 1 };
    database = openDatabase(test.server, oneConnection, logger);
    const owner = await connect(test.server.port, test.server.owner, DATABASE_NAME);
    await owner.query("CREATE TABLE changing (a int); GRANT SELECT ON changing TO pynomaly_app");
    await until(async () => (await onReplica.query("SELECT to_regclass('changing') AS table")).rows[0].table);
    const all = { name: "all", text: "SELECT host(inet_server_addr()) AS host, * FROM changing" };
    await database.read(all);
    await owner.query("ALTER TABLE changing ADD COLUMN b int; INSERT INTO changing VALUES (1, 2)");
    await owner.end();
    await until(async () => (await onReplica.query("SELECT FROM changing")).rowCount);
    assert.deepEqual(await database.read(all), [{ host: WRITER, a: 1, b: 2 }]);
    assert.deepEqual(await database.read(all), [{ host: REPLICA, a: 1, b: 2 }]);
    assert.deepEqual(notes(), []);
  });

  describe("whose last transaction was more than five seconds ago", () => {
    before(async () => {
      await add("last");
      await until(arrived("last"));
      await until(
        async () =>
          (await onReplica.query("SELECT now() - pg_last_xact_replay_timestamp() > '5.5 s' AS old")).rows[0]
            .old as boolean,
      );
    });
    const receiving = async () => (await onReplica.query("SELECT FROM pg_stat_wal_receiver")).rowCount === 1;
    const behind = /^warn replica taken out: reader-0: it is [\d.]+ s behind$/m;

    it("is read from: the writer has written nothing", async () => {
      await lookedAt(await now());
      assert.equal(healthy(), true);
      assert.equal(await host(), REPLICA);
    });

    const follow = async (writer: string) => {
      await onReplica.query(`ALTER SYSTEM SET primary_conninfo = '${writer}'`);
      await onReplica.query("SELECT pg_reload_conf()");
    };

    it("is taken out when it no longer receives what the writer may write, and back", async () => {
      const { primary_conninfo } = (await onReplica.query("SHOW primary_conninfo")).rows[0];
      await follow("host=127.0.0.1 port=1");
      await until(() => healthy() === false);
      assert.equal(await host(), WRITER);
      assert.match(logger.lines.join("\n"), behind);
      await follow(primary_conninfo);
      await until(healthy);
    });

    it("is taken out when it applies at once what it receives late, and back when that is over", async (t) => {
      const { primary_conninfo } = (await onReplica.query("SHOW primary_conninfo")).rows[0];
      const line = await startLine(test.server.port);
      t.after(line.stop);
      await follow(primary_conninfo.replace(/port=\d+/, `port=${line.port}`));
      await add("in time");
      await until(arrived("in time"));
      await until(async () => line.connections() > 0 && (await receiving()));
      line.hold();
      await add("late");
      await delay(8000);
      assert.equal(healthy(), true);
      line.release();
      await until(() => healthy() === false);
      assert.match(logger.lines.join("\n"), behind);
      await until(healthy);
      await follow(primary_conninfo);
      await until(receiving);
    });

    it("is read from when the writer is down: it writes nothing", async () => {
      await until(receiving);
      await test.server.pause();
      await assert.rejects(database.check());
      await until(async () => !(await receiving()));
      await lookedAt(await now());
      assert.equal(healthy(), true);
      assert.equal(await host(), REPLICA);
      await test.server.resume();
      await until(receiving);
    });

    it("is taken out when it does not apply what it receives, and back when it has caught up", async () => {
      await onReplica.query("SELECT pg_wal_replay_pause()");
      await add("behind");
      await until(() => healthy() === false);
      assert.equal(await host(), WRITER);
      assert.match(logger.lines.join("\n"), behind);
      await onReplica.query("SELECT pg_wal_replay_resume()");
      await until(arrived("behind"));
      await until(healthy);
      assert.ok((await database.read<{ name: string }>(NAMES)).some(({ name }) => name === "behind"));
    });
  });

  it("takes a replica out that was promoted: its rows go their own way", async () => {
    await until(async () => (await host()) === REPLICA);
    await onReplica.query("SELECT pg_promote()");
    await until(() => /^warn replica taken out: reader-0: it is no standby$/m.test(logger.lines.join("\n")));
    assert.equal(await host(), WRITER);
  });
});
