import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseSettings } from "../../settings";
import { plainParameters } from "../../sizing/machine";
import { startServer, type TestServer } from "../support/postgres";
import { PRODUCTION } from "../support/production";

const root = join(__dirname, "..", "..");

describe("npm run database", function () {
  this.timeout(60_000);
  const { plan } = parseSettings("prod", PRODUCTION);
  let server: TestServer<unknown>;
  let url: string;

  before(async () => {
    const { parameters } = plainParameters(plan.database.parameters);
    const given = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
    server = await startServer({ parameters: given, migrated: true });
    url = server.url;
  });

  after(() => server.stop());

  const run = (line: string, env: Readonly<Record<string, string>> = {}) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const { STACK: _, ...rest } = process.env;
      const child = execFile(
        process.execPath,
        ["--require", join(root, "ops/preview/typescript.cjs"), join(root, "ops/database.ts"), ...line.split(" ")],
        { cwd: __dirname, env: { ...rest, PGPASSWORD: server.password, ...env } },
        (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      );
    });

  it("finds a server that has the stack's parameters and the service's schema as it is to be", async () => {
    const { code, stdout, stderr } = await run(`verify --url ${url} --format json`);
    assert.equal(code, 0, stdout + stderr);
    const { differences, unchecked, checked } = JSON.parse(stdout);
    assert.deepEqual(differences, []);
    assert.deepEqual(
      unchecked.map(({ name }: { name: string }) => name),
      ["shared_preload_libraries: pgaudit", "rds.force_ssl", "pgaudit.log", "rds.log_retention_period"],
    );
    assert.ok(checked > plan.database.parameters.length);
  });

  it("compares with another stack, and passes the tool's exit code on", async () => {
    const { code, stdout } = await run(`verify --url ${url}`, { STACK: "dev" });
    assert.equal(code, 1);
    assert.match(stdout, /^parameter +max_connections +100 +200$/m);
    assert.match(stdout, /^parameter +work_mem +4 MB +16 MB$/m);
  });

  it("leaves a file that was given, and commands that compare nothing, alone", async () => {
    assert.match((await run(`verify --url ${url} --expected /nowhere.json`)).stderr, /^\/nowhere.json cannot be read/);
    const { code, stdout } = await run(`optimize --dry-run --only refresh --url ${url}`, { STACK: "nothing" });
    assert.equal(code, 0);
    assert.match(stdout, /^REFRESH MATERIALIZED VIEW CONCURRENTLY mv_recent_anomalies;$/m);
  });

  it("says which stack there is not, and what the tool says of its arguments", async () => {
    const unknown = await run(`verify --url ${url}`, { STACK: "nothing" });
    assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
    assert.match(unknown.stderr, /^stack "nothing": there is no Pulumi.<stack>.yaml of it; there are: dev, prod\n$/);
    const wrong = await run("optimise");
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /^the first argument is analyze, optimize or verify, not "optimise"\n$/);
  });
});
