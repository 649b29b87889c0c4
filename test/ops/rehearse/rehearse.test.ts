import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alive, descendants } from "../../../app/test/support/processes.ts";
import { until } from "../../../app/test/support/until.ts";
import type { Result } from "../../../ops/rehearse/result";
import { indexRows, sideRows } from "../../../ops/rehearse/result";
import type { TargetVerdict } from "../../../ops/rehearse/verdicts";
import { targets } from "../../../targets";

const root = join(__dirname, "..", "..", "..");

/** Servers start and end, on a machine that may be busy. */
const PATIENCE_SECONDS = 120;

describe("make rehearse", function () {
  this.timeout(240_000);
  let folder: string;
  let rehearsal: ChildProcess;
  let output: string;
  let errors: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pynomaly-rehearsal-test-"));
    // PostgreSQL runs as nobody where the tests run as root.
    chmodSync(folder, 0o711);
  });
  afterEach(() => {
    if (rehearsal.exitCode === null && rehearsal.signalCode === null) rehearsal.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  });

  /** What is in its temporary folder, but for what tsx keeps there of every program that it compiles. */
  const left = () => readdirSync(folder).filter((name) => !name.startsWith("tsx-"));

  /** Starts it as a terminal does: in a process group of its own. */
  function start(env: Readonly<Record<string, string>>): Promise<[number | null]> {
    const { STACK: _, ANOMALIES: __, EXACT: ___, PORT: ____, ...rest } = process.env;
    [output, errors] = ["", ""];
    rehearsal = spawn(
      process.execPath,
      ["--require", join(root, "ops/preview/typescript.cjs"), join(root, "ops/rehearse/main.ts")],
      { detached: true, cwd: root, env: { ...rest, TMPDIR: folder, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    rehearsal.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    rehearsal.stderr?.on("data", (chunk) => {
      errors += chunk;
    });
    return once(rehearsal, "close") as Promise<[number | null]>;
  }

  it("runs the stack's parameters on a real database, compares them, judges the targets and writes a report", async () => {
    const [code] = await start({ STACK: "dev", ANOMALIES: "1500", EXACT: "1" });
    assert.ok(code === 0 || code === 1, `${code}: ${errors}`);
    assert.deepEqual(left(), []);

    assert.match(output, /^ {2}\d+ of 20 items pass/m);
    const path = /^report: (.*\.html)$/m.exec(output)?.[1] ?? "";
    const page = readFileSync(join(root, path), "utf8");
    assert.match(page, /<h1>Rehearsal of dev<\/h1>/);
    const result: Result & { verdicts: TargetVerdict[] } = JSON.parse(
      readFileSync(join(root, path.replace(/html$/, "json")), "utf8"),
    );

    for (const { title, status } of result.checklist) {
      const [, cells = ""] = page.split(`<th scope="row">${title}</th>`);
      assert.equal(/^<td><span class="badge \w+">. ([\w ]+)</.exec(cells)?.[1], status, title);
    }
    // Nothing is left in the database of what was tried on it before the service came.
    const database = result.checklist.flatMap(({ evidence }) => evidence.filter(({ source }) => source === "database"));
    assert.ok(database.length > 5);
    assert.deepEqual(
      database.filter(({ status }) => status === "fail"),
      [],
    );
    assert.deepEqual(result.parameters.differences, []);
    assert.equal(result.parameters.inForce, result.plan.sizing.database.parameters.length);
    assert.match(output, /left out: .*rds\.force_ssl, rds\.log_retention_period \(RDS alone has it\)/);

    assert.deepEqual(
      result.verdicts.map(({ name }) => name),
      Object.keys(targets),
    );
    assert.equal(
      code === 1,
      result.verdicts.some(({ verdict }) => verdict === "missed"),
    );
    const query = result.verdicts.find(({ name }) => name === "queryTime");
    assert.ok((query?.measured ?? 0) > 0);
    for (const { target } of result.verdicts) assert.ok(output.includes(target.title), target.title);

    assert.equal(result.rounds.length, 3);
    const sides = sideRows(result);
    assert.ok(sides.some(({ name }) => name === "10 anomalies of a prediction"));
    for (const { name, tuned, defaults } of sides) assert.ok(tuned.pages > 0 && defaults.pages > 0, name);

    const { report, peaks } = result.loaded;
    assert.equal(report.stages[0]?.statuses["200"], report.stages[0]?.requests);
    assert.match(readFileSync(join(root, path.replace(/\.html$/, "-load.html")), "utf8"), /<h1>Load test of http/);
    const item = result.checklist.find(({ id }) => id === "metrics-collected");
    assert.deepEqual(
      item?.evidence.flatMap(({ source, property, status }) => (source === "load test" ? [[property, status]] : [])),
      report.targets.map(({ name, verdict }) => [
        name,
        { met: "pass", missed: "fail", unknown: "not checked" }[verdict],
      ]),
    );
    assert.ok(peaks.connections > 0 && peaks.connections < peaks.maxConnections);
    assert.equal(peaks.maxConnections, 100);
    assert.ok(peaks.cacheBytes > 0);

    const list = indexRows(result).find(({ name }) => name === "list of a model, page near the end");
    assert.ok(list && list.pagesWithout > list.pages, JSON.stringify(list));
  });

  for (const { moment, said } of [
    { moment: "while the servers start", said: /^Rehearsal of dev$/m },
    { moment: "while one side is loaded", said: /^round 1: tuned/m },
    { moment: "in the load test", said: /^warm-up: /m },
  ]) {
    it(`leaves neither process nor file behind after Ctrl-C ${moment}`, async () => {
      const ended = start({ STACK: "dev", ANOMALIES: "1500" });
      await until(
        () => said.test(output + errors) || rehearsal.exitCode !== null,
        `${said}; it said ${errors}`,
        PATIENCE_SECONDS,
      );
      assert.equal(rehearsal.exitCode, null, errors);
      const pids = descendants(rehearsal.pid ?? 0);
      assert.ok(pids.length >= 1);
      process.kill(-(rehearsal.pid ?? 0), "SIGINT");
      assert.deepEqual(await ended, [130, null], errors);
      await until(() => !pids.some(alive), `the end of ${pids}`, PATIENCE_SECONDS);
      assert.deepEqual(left(), []);
      assert.doesNotMatch(errors, /Error|at .*\.ts/);
    });
  }

  for (const { wrong, said } of [
    {
      wrong: { STACK: "nothing" },
      said: 'stack "nothing": there is no Pulumi.<stack>.yaml of it; there are: dev, prod\n',
    },
    {
      wrong: { ANOMALIES: "12", EXACT: "yes" },
      said:
        'environment:\n  ANOMALIES: found "12"; allowed: a whole number from 1000 to 100000000\n' +
        '  EXACT: found "yes"; allowed: 1, or nothing\n',
    },
  ]) {
    it(`starts nothing with ${Object.entries(wrong).map((pair) => pair.join("="))}, and says what is allowed`, async () => {
      assert.deepEqual(await start(wrong), [2, null]);
      assert.deepEqual([output, errors], ["", said]);
      assert.deepEqual(left(), []);
    });
  }

  it("starts nothing when its port is in use", async () => {
    const other = createServer().listen(0);
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    assert.deepEqual(await start({ STACK: "dev", PORT: String(port) }), [2, null]);
    other.close();
    assert.equal(errors, `PORT=${port}: something listens there; without PORT a free one is taken\n`);
    assert.deepEqual(left(), []);
  });

  it("starts nothing when the disk has no room for the anomalies", async () => {
    assert.deepEqual(await start({ STACK: "dev", ANOMALIES: "100000000" }), [2, null]);
    assert.match(
      errors,
      /^ANOMALIES=100000000: they take 382\.\d GiB of disk, and \S+ has \S+ \wiB free; allowed: fewer/,
    );
    assert.deepEqual(left(), []);
  });
});
