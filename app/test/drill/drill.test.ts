import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type pg from "pg";
import { connect, type Postgres, startReplica } from "../../local/postgres.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { serverConfig } from "../../src/config.ts";
import { buildApp } from "../../src/http/app.ts";
import { standIn } from "../../src/http/openapi-text.ts";
import type { App } from "../../src/http/services.ts";
import type { AlertName } from "../../src/monitor/alerts.ts";
import { createMonitor, type Monitor } from "../../src/monitor/monitor.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { IDENTITY } from "../http/support.ts";
import { openBoth } from "../support/service.ts";
import { until } from "../support/until.ts";

/** Another loopback address; on macOS it has to be added first. */
const REPLICA = "127.0.0.2";

/** Requests between two measurements: enough that one answer is not a share that alerts. */
const REQUESTS = 30;

/**
 * The service on servers of its own, its database with a replica, and the monitor of its pod. What the pod does every half
 * minute is done here whenever the drill wants to know: the clock is all that is left out.
 */
describe("a drill", () => {
  let stack: Stack;
  let replica: Postgres;
  let onReplica: pg.Client;
  let owner: pg.Client;
  let app: App;
  let monitor: Monitor;
  const told: string[] = [];
  const close: (() => Promise<unknown>)[] = [];

  before(async () => {
    stack = await startStack();
    close.push(() => stack.stop());
    replica = await startReplica(stack.postgres, REPLICA);
    close.push(() => replica.stop());
    onReplica = await connect(replica.port, replica.owner, "pynomaly", REPLICA);
    owner = await stack.connect();
    // A stopped server ends its clients, which is meant.
    for (const client of [onReplica, owner]) client.on("error", () => undefined);

    const config = { ...serverConfig(stack.environment), DATABASE_READER_HOSTS: [REPLICA] };
    const { logger, database, cache } = openBoth(config);
    const metrics = createMetrics();
    app = await buildApp({
      config,
      logger,
      database,
      cache,
      metrics,
      limiter: { take: () => ({ allowed: true, remaining: 1000, retryAfterSeconds: 0 }) },
      sessions: standIn("sessions", { identify: () => IDENTITY, remembers: () => true }),
      models: standIn("models", { check: async () => {} }),
      isDraining: () => false,
    });
    metrics.attach({ database, cache, models: { stats: () => ({ loaded: 0, bytes: 0 }) }, server: app.server });
    close.push(async () => {
      await app.close();
      await Promise.all([database.close(), cache.close(), owner.end(), onReplica.end()]);
    });
    await database.warm();
    await until(() => cache.stats().connected);
    monitor = await createMonitor({
      collect: async () => ({
        time: performance.now() / 1000,
        workers: new Map([[1, await metrics.snapshot()]]),
        retired: [],
      }),
      sinks: [async ({ alert, state }) => void told.push(`${alert} ${state}`)],
      logger,
      relieve: () => undefined,
    });
  });
  after(async () => {
    for (const end of close.reverse()) await end();
  });

  let asked = 0;
  /** Clients' requests that the cache has no answer to, each of which asks a replica; one asks the writer. */
  const load = async () => {
    for (let count = 0; count < REQUESTS; count += 1) {
      asked += 1;
      await app.inject({
        url: `/api/v1/anomalies?limit=1&offset=${asked % 10_000}`,
        headers: { authorization: "Bearer token", "cache-control": "no-cache" },
      });
    }
    await app.inject("/ready");
  };
  /** The alerts that are raised, of those that the faults are to raise: whether the machine is busy is another matter. */
  const raised = async () => {
    await load();
    await monitor.measure();
    const names: readonly AlertName[] = ["cache", "writer", "replicas", "error_rate"];
    return monitor
      .report()
      .alerts.map(({ alert }) => alert)
      .filter((alert) => names.includes(alert))
      .sort();
  };
  const eventually = (...alerts: AlertName[]) =>
    until(async () => JSON.stringify(await raised()) === JSON.stringify([...alerts].sort()));
  const status = async (): Promise<string> => (await app.inject("/ready")).json().status;

  it("all is well: no alert", async () => {
    await eventually();
    assert.deepEqual(
      told.filter((line) => !/^(cpu|memory|response_time) /.test(line)),
      [],
    );
  });

  it("Redis is killed: the alert says so, no request fails, and it clears when Redis is back", async () => {
    await stack.redis.pause();
    await eventually("cache");
    assert.equal(monitor.report().current?.error_rate, 0);
    await stack.redis.resume();
    await eventually();
    assert.deepEqual(
      told.filter((line) => line.startsWith("cache ")),
      ["cache raised", "cache resolved"],
    );
  });

  it("a replica falls behind: it is taken out, no request fails, and it clears when the replica has caught up", async () => {
    await onReplica.query("SELECT pg_wal_replay_pause()");
    // Nothing that comes from now on is applied.
    await owner.query("INSERT INTO datasets (name) VALUES ('behind')");
    await eventually("replicas");
    assert.equal(monitor.report().current?.error_rate, 0);
    await onReplica.query("SELECT pg_wal_replay_resume()");
    await eventually();
    assert.deepEqual(
      told.filter((line) => line.startsWith("replicas ")),
      ["replicas raised", "replicas resolved"],
    );
  });

  it("PostgreSQL restarts: writer and errors are told, and both clear when it is back", async () => {
    await replica.pause();
    await stack.postgres.pause();
    await until(async () => {
      const alerts = await raised();
      return alerts.includes("writer") && alerts.includes("error_rate");
    });
    await stack.postgres.resume();
    await replica.resume();
    await eventually();
    await until(async () => (await status()) === "ready");
    for (const alert of ["writer", "error_rate"]) {
      assert.deepEqual(
        told.filter((line) => line.startsWith(`${alert} `)),
        [`${alert} raised`, `${alert} resolved`],
      );
    }
  });
});
