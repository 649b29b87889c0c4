import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { parseSettings } from "../../settings";
import { expectedDatabase } from "../../sizing/expected";
import { api, args, CONFIG, CRON_JOB, type Reader } from "../components/api/fixture";
import { PRODUCTION } from "../support/production";

const root = join(__dirname, "..", "..");

/** Passwords of the roles, which the migration gives them. */
const CREDENTIALS = Object.fromEntries(
  ["app", "readonly", "maintenance"].map((role) => [
    role,
    { username: `pynomaly_${role}`, password: `${role}-secret` },
  ]),
);

/** A server with given parameters, the service's database and its roles; it says its port, and ends with its standard input. */
const SERVER = `
import { connect, startPostgres } from ${JSON.stringify(join(root, "app/local/postgres.ts"))};
import { migrate } from ${JSON.stringify(join(root, "app/src/database/migration.ts"))};
const server = await startPostgres(JSON.parse(process.argv[1]));
const { host, port, owner } = server;
const client = await connect(port, owner);
await client.query("CREATE DATABASE pynomaly");
await client.end();
const needs = { ...JSON.parse(process.argv[2]), models: [] };
await migrate({ target: { host, port, database: "pynomaly" }, owner, log: () => undefined }, needs);
console.log(port);
process.stdin.resume().once("end", async () => {
  await server.stop();
});
`;

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { name: string; value: string }[];
  readonly volumeMounts?: readonly { mountPath: string }[];
}

describe("the nightly jobs, run here as their containers say", function () {
  this.timeout(120_000);
  const { plan, settings } = parseSettings("prod", PRODUCTION);
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-nightly-"));
  let server: ChildProcess;
  let made: Reader;

  before(async () => {
    // What a server that is not RDS cannot have: RDS' own parameters, and pgAudit's library.
    const parameters = plan.database.parameters
      .filter(({ name }) => !/^(rds|pgaudit)\./.test(name))
      .map(({ name, value }) => [name, name === "shared_preload_libraries" ? "pg_stat_statements" : value]);
    const given = [JSON.stringify(Object.fromEntries(parameters)), JSON.stringify(CREDENTIALS)];
    server = spawn(process.execPath, ["--input-type=module", "-e", SERVER, ...given], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    assert.ok(server.stdout);
    const [port] = await once(createInterface(server.stdout), "line");
    const secret = (role: string) => {
      const file = join(folder, `${role}.json`);
      writeFileSync(file, JSON.stringify(CREDENTIALS[role]));
      return pathToFileURL(file).href;
    };
    const database = {
      ...args.database,
      writerEndpoint: "127.0.0.1",
      replicas: [],
      port: Number(port),
      readonlySecretArn: secret("readonly"),
      maintenanceSecretArn: secret("maintenance"),
    };
    const expected = expectedDatabase(plan.database, settings.databaseEngineVersion);
    made = await api({ database, maintenance: { ...args.maintenance, expected } });
  });

  after(async () => {
    server.stdin?.end();
    await once(server, "exit");
    rmSync(folder, { recursive: true });
  });

  /** Runs a job's container with the environment and the files that Kubernetes would give it; without TLS, on this machine. */
  const run = (command: string) => {
    const path = "spec.jobTemplate.spec.template.spec.containers";
    const [container] = made.at(CRON_JOB, `api-maintenance-${command}`, path) as Container[];
    assert.ok(container);
    const config = made.at(CONFIG, "api-config", "data") as Record<string, string>;
    const files = made.at(CONFIG, "api-maintenance-expected", "data") as Record<string, string>;
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const mounted = container.volumeMounts?.[0]?.mountPath;
    const words = container.args.map((word) => (mounted === undefined ? word : word.replace(mounted, folder)));
    const own = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const options = { cwd: join(root, "app"), env: { ...config, ...own, DATABASE_TLS: "off" } };
      const child = execFile(process.execPath, words, options, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  };

  it("analyze finds its way to the database, as the role that reads", async () => {
    const { code, stdout, stderr } = await run("analyze");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /^pynomaly, PostgreSQL 17\.\d+, primary, as pynomaly_readonly$/m);
    assert.match(stdout, /^0 critical, /m);
  });

  it("optimize takes every step, as the role that maintains", async () => {
    const { code, stdout, stderr } = await run("optimize");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stderr, /primary, as pynomaly_maintenance$/m);
    for (const step of ["retention", "indexes", "refresh", "counts", "vacuum", "reindex"]) {
      assert.match(stderr, new RegExp(`^${step}: `, "m"));
    }
  });

  it("verify finds the server as the stack sets it", async () => {
    const { code, stdout, stderr } = await run("verify");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /, 0 differences$/m);
  });
});
