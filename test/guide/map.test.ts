import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { webAclRules } from "../../components/edge/web-acl-rules";
import { packs } from "../../policy/packs";
import { fields } from "../../settings/fields";
import { AUTOSCALING } from "../../sizing/autoscaling";
import { LIMITS } from "../../sizing/limits";
import { postgresCatalogue } from "../../sizing/postgres";
import { SERVICE } from "../../sizing/service";
import { THRESHOLDS } from "../../sizing/thresholds";
import { timeline } from "../../sizing/timeline";
import { targets } from "../../targets";
import { code, HEADER, ownCode, type Row, root, rows, tables } from "./map";
import { GUIDE } from "./settings";
import { productionStack } from "./stack";

const POSTGRES = "PostgreSQL Configuration Optimization";
const constants: Readonly<Record<string, unknown>> = { AUTOSCALING, LIMITS, SERVICE, THRESHOLDS, targets, timeline };

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const valueAt = (path: string): unknown =>
  path.split(".").reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), constants);

/** Words of SQL, Redis and HTTP that look like variables. */
const WORDS = ["ANALYZE", "CONCURRENTLY", "DESC", "KEYS", "SET"];

const asGiven = (row: Row) => row.here.startsWith("as given");
/** The names that rows give after a word: "policy `a`", "alarms `a` (pages), `b` and `c`". */
function named(word: string): string[] {
  const name = "`[^`]+`(?: \\([^)]*\\))?";
  const list = new RegExp(`\\b${word} (${name}(?:(?:, | and )${name})*)`, "g");
  return rows.flatMap(({ here, reason }) =>
    [...`${here} | ${reason}`.matchAll(list)].flatMap(([, names = ""]) => code(names)),
  );
}

describe("the guide's map", () => {
  describe("has a row for every setting of the guide, and no other", () => {
    it("in the guide's sections", () => {
      assert.deepEqual([...new Set(rows.map(({ section }) => section))], Object.keys(GUIDE));
    });
    for (const [section, settings] of Object.entries(GUIDE)) {
      it(section, () => {
        const mapped = rows.filter((row) => row.section === section).flatMap((row) => row.settings);
        assert.deepEqual([...new Set(mapped)].sort(), [...new Set(settings)].sort());
      });
    }
  });

  it("has one form of table", () => {
    for (const { section, line, cells } of tables) {
      assert.equal(cells.length, HEADER.length, `line ${line}`);
      if (cells[0] === HEADER[0]) assert.deepEqual(cells, HEADER, section);
    }
  });

  it("says for every setting where it lives, and gives a reason wherever there is none", () => {
    for (const { here, reason, line } of rows) {
      assert.notEqual(here, "", `line ${line}`);
      if (here.startsWith("none")) assert.notEqual(reason, "", `line ${line}`);
    }
  });

  it("names files that exist", () => {
    const paths = ownCode().filter((span) => /^[\w.-]+(\/[\w.-]+)*(\.(ts|json|md|yaml)|\/|\/Dockerfile)$/.test(span));
    assert.ok(paths.length > 20);
    // What lies in the image is written relative to app/.
    const missing = paths.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, "app", path)));
    assert.deepEqual(missing, []);
  });

  it("names constants that exist", () => {
    const names = ownCode().filter((span) => (/^(\w+)\.(?!ts$)/.exec(span)?.[1] ?? "") in constants);
    assert.ok(names.length > 20);
    assert.deepEqual(
      names.filter((span) => valueAt(span) === undefined),
      [],
    );
  });

  it("names settings that exist", () => {
    const names = ownCode().filter((span) => /^(api|cache|cluster|compute|database|system)[A-Z]\w*$/.test(span));
    assert.ok(names.length > 15);
    assert.deepEqual(
      names.filter((name) => !(name in fields)),
      [],
    );
  });

  it("names policies and web ACL rules that exist", () => {
    const policies = named("polic(?:y|ies)");
    const ids = packs.flatMap((pack) => pack.rules.map(({ id }): string => id));
    assert.ok(policies.length > 10);
    assert.deepEqual(
      policies.filter((name) => !ids.includes(name)),
      [],
    );
    const webRules = named("rule");
    const known = webAclRules().map(({ name }) => name);
    assert.ok(webRules.length > 4);
    assert.deepEqual(
      webRules.filter((name) => !known.includes(name)),
      [],
    );
  });

  it("names every alarm of the production stack, and no other", async () => {
    const { graph } = await productionStack();
    const types = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"];
    const alarms = types.flatMap((type) => graph.byType(type)).map(({ name }) => name.replace(/^monitoring-/, ""));
    // `*` stands for any text.
    const patterns = named("alarms?");
    const matches = (pattern: string, alarm: string) =>
      new RegExp(`^${pattern.replaceAll("*", "[a-z0-9-]+")}$`).test(alarm);
    assert.deepEqual(
      patterns.filter((pattern) => !alarms.some((alarm) => matches(pattern, alarm))),
      [],
    );
    // The windows of a burn rate only tell something together.
    const told = alarms.filter((alarm) => !/^error-budget-\w+-(long|short)$/.test(alarm));
    assert.deepEqual(
      told.filter((alarm) => !patterns.some((pattern) => matches(pattern, alarm))),
      [],
    );
  });

  it("names variables that the pods get, and marks with † those that the service does not read", async () => {
    const { variables } = await productionStack();
    const folder = join(root, "app", "src");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const service = files.map((file) => readFileSync(join(folder, file), "utf8"));
    const image = readFileSync(join(root, "app", "Dockerfile"), "utf8");
    for (const { here, reason, line } of rows) {
      for (const [, name = "", dagger] of `${here} ${reason}`.matchAll(/`([A-Z]+(?:_[A-Z]+)*)`( †)?/g)) {
        if (WORDS.includes(name)) continue;
        assert.ok(variables.has(name) || image.includes(`${name}=`), `line ${line}: ${name} is given to no pod`);
        // What begins with NODE_ is for Node itself.
        const read = name.startsWith("NODE_") || service.some((source) => new RegExp(`\\b${name}\\b`).test(source));
        assert.equal(
          dagger === undefined,
          read,
          `line ${line}: the service ${read ? "reads" : "does not read"} ${name}`,
        );
      }
    }
  });

  describe(`guide, ${POSTGRES}: as given`, () => {
    for (const row of rows.filter(({ section }) => section === POSTGRES).filter(asGiven)) {
      for (const setting of row.settings) {
        const [name = "", literal = ""] = setting.split(" = ");
        it(setting, async () => {
          const entry = postgresCatalogue.find((candidate) => candidate.name === name);
          assert.ok(entry && !("refused" in entry), `${name} is not set`);
          assert.equal(entry.guide, literal);
          const { parameters } = await productionStack();
          for (const group of ["database-writer", "database-replica"]) {
            assert.equal(quantity(parameters(group).get(name) ?? "", entry.unit), quantity(literal), group);
          }
        });
      }
    }
  });

  it(`guide, ${POSTGRES}: a row that is not as given has another value than the guide's, or none`, async () => {
    const { parameters } = await productionStack();
    const values = parameters("database-writer");
    for (const row of rows.filter(({ section }) => section === POSTGRES).filter((each) => !asGiven(each))) {
      for (const setting of row.settings) {
        const [name = "", literal = ""] = setting.split(" = ");
        const entry = postgresCatalogue.find((candidate) => candidate.name === name);
        const unit = entry && !("refused" in entry) ? entry.unit : undefined;
        const value = values.get(name);
        assert.ok(value === undefined || quantity(value, unit) !== quantity(literal), setting);
      }
    }
  });
});

const KB = 1024;
/** Bytes, or milliseconds, in one of each unit; `8kB` is a page. */
const UNITS: Readonly<Record<string, number>> = {
  kB: KB,
  "8kB": 8 * KB,
  MB: KB ** 2,
  GB: KB ** 3,
  ms: 1,
  s: 1000,
  min: 60_000,
};

/** A PostgreSQL value, in the guide's words or in RDS's, so that both compare: "4GB" is 524288 pages of 8 kB. */
function quantity(value: string, unit?: string): number | string {
  if (value === "on") return 1;
  const [, digits, own] = /^([\d.]+)(\w*)$/.exec(value) ?? [];
  if (digits === undefined) return value.replaceAll("'", "");
  const scale = own === "" && Number(digits) !== 0 ? unit : own;
  return Number(digits) * (scale === undefined || scale === "" ? 1 : (UNITS[scale] ?? Number.NaN));
}
