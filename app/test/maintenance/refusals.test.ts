import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { freePort } from "../../local/postgres.ts";
import { requireVersion } from "../../src/maintenance/connection.ts";
import { maintain } from "../../src/maintenance/main.ts";
import { APP, DATABASE_NAME } from "../support/database.ts";
import { type AnalysisDocument, MAINTENANCE, type Maintained, READONLY, startMaintained } from "./support.ts";

const PASSWORD = "a-secret-nobody-has";

describe("the database tool, where it cannot begin", () => {
  let test: Maintained;
  before(async () => {
    // Without the library of pg_stat_statements, whose extension the migrations create nevertheless.
    test = await startMaintained({});
  });
  after(() => test?.stop());

  /** One line and exit code 2, without a document. */
  const refused = async (url: string, message: RegExp, command = "analyze", env: Record<string, string> = {}) => {
    let output = "";
    const notes: string[] = [];
    const code = await maintain([command, "--url", url], {
      environment: { PGPASSFILE: "/nowhere", ...env },
      write: (text) => {
        output += text;
      },
      note: (line) => notes.push(line),
      interrupted: new AbortController().signal,
    });
    assert.deepEqual({ code, output }, { code: 2, output: "" }, notes.join("\n"));
    assert.match(notes.at(-1) ?? "", message);
    assert.ok(!notes.join("\n").includes(PASSWORD));
    return notes;
  };
  const local = (rest = "", user = "pynomaly_readonly") => `postgresql://${user}:${PASSWORD}@127.0.0.1${rest}`;
  const server = (rest = `/${DATABASE_NAME}`, user?: string) => local(`:${test.server.port}${rest}`, user);

  it("says that there is no such host", async () => {
    await refused(
      `postgresql://a:${PASSWORD}@no-such-host.invalid/d`,
      /^(there is no host|the name of the host) no-such/,
    );
  });

  it("says that nothing listens", async () => {
    const port = await freePort();
    await refused(local(`:${port}/d`), new RegExp(`^nothing listens on 127.0.0.1:${port}$`));
  });

  it("says that what listens is no PostgreSQL", async () => {
    const other = createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    assert.ok(typeof address === "object" && address !== null);
    await refused(local(`:${address.port}/d`), /closed the connection: it may be no PostgreSQL server$/);
    other.close();
  });

  it("says that the password is wrong, or missing", async () => {
    await refused(server(), /^the password of pynomaly_readonly is wrong, or there is no such role$/);
    await refused(server(undefined, "nobody"), /^the password of nobody is wrong, or there is no such role$/);
    const without = `postgresql://pynomaly_readonly@127.0.0.1:${test.server.port}/${DATABASE_NAME}`;
    await refused(without, /^pynomaly_readonly needs a password: in PGPASSWORD, in .pgpass or in the URL$/);
  });

  it("says that there is no such database, or that the role may not connect to it", async () => {
    const url = (database: string) => `postgresql://pynomaly_readonly@127.0.0.1:${test.server.port}/${database}`;
    const env = { PGPASSWORD: READONLY.password };
    await refused(url("nothing"), /^there is no database nothing$/, "analyze", env);
    await test.owner.query("CREATE DATABASE closed");
    await test.owner.query("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
    await refused(url("closed"), /^pynomaly_readonly may not connect to closed: GRANT CONNECT/, "analyze", env);
  });

  it("says that the server's certificate is not trusted", async () => {
    await refused(server(`/${DATABASE_NAME}?sslmode=verify-full`), /^the certificate of 127.0.0.1 is not trusted/);
  });

  it("reaches a server through a tunnel, whose certificate is another host's", async () => {
    const { code } = await test.run(READONLY, ["verify"]);
    assert.equal(code, 0);
    const url = `postgresql://pynomaly_readonly@127.0.0.1:${test.server.port}/${DATABASE_NAME}?sslmode=require`;
    const encrypted: unknown[] = [];
    const running = maintain(["verify", "--url", url], {
      environment: { PGPASSWORD: READONLY.password },
      write: () => undefined,
      note: () => undefined,
      interrupted: new AbortController().signal,
    });
    while (encrypted.length === 0) {
      const { rows } = await test.owner.query(
        "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'pynomaly-maintenance'",
      );
      encrypted.push(...rows);
    }
    assert.equal(await running, 0);
    assert.deepEqual(encrypted[0], { ssl: true });
  });

  it("says that an old server is too old", () => {
    assert.throws(() => requireVersion(130_014, "13.14"), {
      name: "Refusal",
      message: "PostgreSQL 13.14 is too old for this tool: it needs 14 or newer",
    });
    requireVersion(140_000, "14.0");
  });

  it("names the membership that a role lacks", async () => {
    for (const command of ["analyze", "verify", "optimize"]) {
      const { code, output, notes } = await test.run(APP, [command]);
      assert.deepEqual({ code, output }, { code: 2, output: "" });
      assert.deepEqual(notes, ["pynomaly_app may not read what others do: GRANT pg_monitor TO pynomaly_app"]);
    }
    const { code, notes } = await test.run(READONLY, ["optimize"]);
    assert.equal(code, 2);
    assert.match(
      notes.at(-1) ?? "",
      /^pynomaly_readonly may not vacuum, refresh or reindex anomalies and \d+ other tables: GRANT MAINTAIN on them, or membership in pg_maintain, to pynomaly_readonly$/,
    );
    await test.owner.query("GRANT pg_maintain TO pynomaly_readonly");
    const { code: partly, output } = await test.run(READONLY, ["optimize"]);
    assert.equal(partly, 3);
    assert.match(output, /^counts +days of anomalies +failed .*pynomaly_readonly may not run count_anomaly_days\(\)/m);
    assert.match(output, /, 1 failed: run it again/);
    await test.owner.query("REVOKE pg_maintain FROM pynomaly_readonly");
  });

  it("says which file of expected parameters is wrong, and what in it", async () => {
    const { code, notes } = await test.run(READONLY, ["verify", "--expected", "/nowhere.json"]);
    assert.deepEqual({ code, notes }, { code: 2, notes: ["/nowhere.json cannot be read (ENOENT)"] });
    const file = new URL(import.meta.url).pathname;
    assert.match((await test.run(READONLY, ["verify", "--expected", file])).notes[0] ?? "", /is not JSON/);
  });

  describe("and where statements have no statistics", () => {
    const slow = async () => {
      const { code, document } = await test.json<AnalysisDocument>(READONLY, ["analyze"]);
      assert.equal(code, 0);
      assert.ok(document.findings.some(({ check }) => check === "connections"));
      return document.findings
        .filter(({ check }) => check === "slow-queries")
        .map(({ found, advice }) => [found, advice]);
    };

    it("says that the library was not loaded, and analyzes the rest", async () => {
      assert.deepEqual(await slow(), [
        [
          "slow statements are not known: pg_stat_statements was not loaded at the server's start",
          "add it to shared_preload_libraries and restart the server",
        ],
      ]);
    });

    it("says that the extension is missing, and verify that it is a difference", async () => {
      await test.owner.query("DROP EXTENSION pg_stat_statements");
      assert.deepEqual(await slow(), [
        ["slow statements are not known: pg_stat_statements is not created in pynomaly", "run the migrations"],
      ]);
      const { code, output } = await test.run(READONLY, ["verify"]);
      assert.equal(code, 1);
      assert.match(output, /^extension +pg_stat_statements +created +missing$/m);
    });

    it("says that they cannot be reset", async () => {
      await test.owner.query("DROP FUNCTION reset_statement_statistics()");
      const { code, output } = await test.run(MAINTENANCE, ["optimize", "--only", "refresh", "--reset-statistics"]);
      assert.equal(code, 3);
      assert.match(output, /^statistics +statistics +failed .*may not run reset_statement_statistics/m);
      assert.match(output, /3 done, 1 failed: run it again/);
    });
  });
});
