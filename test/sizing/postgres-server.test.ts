import assert from "node:assert/strict";
import { plainParameters } from "../../sizing/machine";
import { settableParameter, sizedPostgresParameters } from "../../sizing/postgres";
import { gib, mib } from "../../sizing/units";
import { startServer, type TestServer } from "../support/postgres";

/** A parameter as the server has it. */
interface Setting {
  readonly name: string;
  readonly setting: string;
  readonly unit: string | null;
  readonly type: string;
  readonly context: string;
  readonly source: string;
}

const QUERY = "SELECT name, setting, unit, vartype AS type, context, source FROM pg_settings";

/** PostgreSQL shows truth values otherwise than RDS writes them. */
const shown = (value: string, type: string): string => (type === "bool" ? (value === "1" ? "on" : "off") : value);

/** `1.0` and `1` are the same number. */
const plain = (text: string): string => (Number.isNaN(Number(text)) ? text : String(Number(text)));

/** Every entry of the catalogue is in one of them. */
const KINDS = [
  { role: "writer", statementLogging: "production" },
  { role: "replica", statementLogging: "analysis" },
] as const;

for (const { role, statementLogging } of KINDS) {
  describe(`the ${role}'s parameters of the catalogue, with ${statementLogging} logging, on a real PostgreSQL`, function () {
    this.timeout(60_000);
    const { parameters, leftOut } = plainParameters(
      sizedPostgresParameters({
        memoryBytes: gib(1),
        engineMajor: "17",
        maxConnections: 100,
        workMemBytes: mib(1),
        statementLogging,
        statementTimeoutMs: 25_000,
        role,
      }),
    );
    let server: TestServer<Setting>;
    before(async () => {
      const given = Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
      server = await startServer<Setting>({ parameters: given, query: QUERY });
    });
    after(() => server.stop());

    it("are all taken, in the units that RDS reads them in", () => {
      for (const { name, value, unit } of parameters) {
        const setting = server.rows.find((row) => row.name === name);
        assert.ok(setting, `${name} is unknown to the server`);
        assert.equal(plain(setting.setting), plain(shown(value, setting.type)), name);
        assert.equal(setting.source, "command line", name);
        if (unit !== undefined) assert.equal(unit, setting.unit, name);
      }
    });

    it("are static where the server needs a restart, but for the one that RDS calls so", () => {
      for (const { name } of parameters) {
        const { context = "" } = server.rows.find((row) => row.name === name) ?? {};
        const expected = context === "postmaster" || name === "wal_compression" ? "static" : "dynamic";
        assert.equal(settableParameter(name).change, expected, name);
      }
    });

    it("leave out what RDS alone has, and no more", () => {
      assert.deepEqual(
        leftOut.map(({ name }) => name),
        ["shared_preload_libraries: pgaudit", "rds.force_ssl", "pgaudit.log", "rds.log_retention_period"],
      );
    });
  });
}
