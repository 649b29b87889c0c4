import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, type Postgres, startPostgres } from "./support/postgres.ts";
import { startSecretsManager } from "./support/secrets-manager.ts";

const source = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url));

/** Runs a program with exactly this environment; its output is what it wrote so far. */
function start(file: string, env: Record<string, string>): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [source(file)], { env, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => chunks.push(chunk));
  return { child, output: () => Buffer.concat(chunks).toString() };
}

const settings = {
  AWS_REGION: "us-east-1",
  DATABASE_NAME: "postgres",
  DATABASE_PORT: "5432",
  DATABASE_WRITER_HOST: "localhost",
  DATABASE_MIGRATION_HOST: "localhost",
  DATABASE_SECRET_ARN: "arn:app",
  DATABASE_OWNER_SECRET_ARN: "arn:owner",
  DATABASE_WRITER_POOL_MAX: "2",
  DATABASE_POOL_IDLE_SECONDS: "300",
  PORT: "8000",
  STATEMENT_TIMEOUT_SECONDS: "25",
  KEEP_ALIVE_TIMEOUT_SECONDS: "65",
  HEADERS_TIMEOUT_SECONDS: "66",
  SHUTDOWN_TIMEOUT_SECONDS: "1",
};

describe("the programs without a sound environment", () => {
  for (const file of ["server.ts", "migrate.ts"]) {
    it(`${file} names each wrong variable once, without a stack trace, and exits 1`, async () => {
      const { child, output } = start(file, { ...settings, DATABASE_PORT: "0", DATABASE_NAME: "" });
      assert.deepEqual(await once(child, "exit"), [1, null]);
      assert.equal(
        output(),
        [
          "the environment is wrong:",
          '  DATABASE_NAME: found ""; allowed: any text',
          '  DATABASE_PORT: found "0"; allowed: a whole number from 1 to 65535',
          "",
        ].join("\n"),
      );
    });
  }
});

describe("the programs with a database", () => {
  let server: Postgres;
  let secretsManager: Awaited<ReturnType<typeof startSecretsManager>>;
  let environment: Record<string, string>;
  let port: number;

  before(async () => {
    server = await startPostgres();
    secretsManager = await startSecretsManager({
      "arn:owner": server.owner,
      "arn:app": { username: "pynomaly_app", password: "app-secret" },
    });
    port = await freePort();
    environment = {
      ...settings,
      ...secretsManager.environment,
      NODE_EXTRA_CA_CERTS: server.certificate,
      PORT: String(port),
      DATABASE_PORT: String(server.port),
    };
  });
  after(async () => {
    secretsManager?.stop();
    await server?.stop();
  });

  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.json() };
  };
  const listening = async (output: () => string) => {
    for (let attempt = 0; !output().includes("listening") && attempt < 100; attempt += 1) await delay(50);
    assert.match(output(), /listening/);
  };

  it("migrate, then serve: ready over verified TLS; not ready while the database is gone; exit 0 on SIGTERM", async () => {
    const migration = start("migrate.ts", environment);
    assert.deepEqual(await once(migration.child, "exit"), [0, null], migration.output());

    const { child, output } = start("server.ts", environment);
    const exit = once(child, "exit");
    await listening(output);
    assert.deepEqual(await get("/health"), { status: 200, body: { status: "ok" } });
    assert.deepEqual(await get("/ready"), { status: 200, body: { status: "ready" } });
    await server.pause();
    assert.deepEqual(await get("/ready"), { status: 503, body: { status: "unavailable", reason: "database" } });
    assert.deepEqual(await get("/health"), { status: 200, body: { status: "ok" } });
    await server.resume();
    assert.deepEqual(await get("/ready"), { status: 200, body: { status: "ready" } });
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null], output());
    assert.doesNotMatch(output(), /secret/);
  });

  it("cuts off a request that outlasts SHUTDOWN_TIMEOUT_SECONDS, and says so", async () => {
    const { child, output } = start("server.ts", environment);
    const exit = once(child, "exit");
    await listening(output);
    const socket = connectSocket(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET /health HTTP/1.1\r\nHost: never-finished\r\n");
    await delay(200);
    const sent = performance.now();
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [1, null], output());
    assert.ok(performance.now() - sent >= 950);
    assert.match(output(), /requests were cut off/);
  });
});
