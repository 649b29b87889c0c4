import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { maintenanceCommand, STEPS, USAGE } from "../../src/maintenance/command.ts";
import { Refusal } from "../../src/maintenance/exit.ts";

const read = (line: string) => maintenanceCommand(line === "" ? [] : line.split(" "));
const optimize = {
  command: "optimize",
  format: "text",
  dryRun: false,
  steps: ["indexes", "refresh", "counts", "vacuum", "reindex"],
  keep: {},
  resetStatistics: false,
};

describe("the database tool's arguments", () => {
  it("name a command, where the database is and how the result is written", () => {
    assert.deepEqual(read("analyze --url postgresql://a@h/d --format json --expected file"), {
      command: "analyze",
      url: "postgresql://a@h/d",
      format: "json",
      expected: "file",
    });
    assert.deepEqual(read("verify"), { command: "verify", format: "text" });
  });

  it("have optimize delete no rows unless that is asked for", () => {
    assert.deepEqual(read("optimize"), optimize);
    assert.deepEqual(read("optimize --keep-anomalies 90 --keep-metrics 7"), {
      ...optimize,
      steps: STEPS,
      keep: { anomalies: 90, metrics: 7 },
    });
    assert.deepEqual(read("optimize --only retention"), { ...optimize, steps: ["retention"] });
  });

  it("leave out steps, print only, and begin the statistics anew", () => {
    assert.deepEqual(read("optimize --dry-run --only vacuum,refresh --reset-statistics"), {
      ...optimize,
      dryRun: true,
      steps: ["refresh", "vacuum"],
      resetStatistics: true,
    });
  });

  it("ask for help, or are none", () => {
    assert.deepEqual([read("--help"), read("optimize --help"), read("")], Array(3).fill({ command: "help" }));
    for (const step of STEPS) assert.ok(USAGE.includes(step), step);
  });

  for (const [line, message] of [
    ["--format json", "the first argument is analyze, optimize or verify"],
    ["optimise", 'the first argument is analyze, optimize or verify, not "optimise"'],
    ["analyze twice", 'an argument too many: "twice"'],
    ["analyze --dry-run", "--dry-run does not belong to analyze"],
    ["optimize --expected file", "--expected does not belong to optimize"],
    ["analyze --url", "Option '--url <value>' argument missing"],
    ["analyze --speed fast", "Unknown option '--speed'"],
    ["analyze --format xml", '--format takes text or json, not "xml"'],
    ["optimize --only reindex,all", '--only takes retention, indexes, refresh, counts, vacuum, reindex, not "all"'],
    ["optimize --keep-anomalies 0", '--keep-anomalies takes a whole number of days from 1 to 36500, not "0"'],
    ["optimize --keep-metrics 1e3", '--keep-metrics takes a whole number of days from 1 to 36500, not "1e3"'],
    [
      "optimize --keep-metrics 9 --only vacuum",
      "days to keep rows belong to the step retention, which --only leaves out",
    ],
  ] as const) {
    it(`are refused: ${line}`, () => {
      assert.throws(() => read(line), new Refusal(message));
    });
  }

  for (const line of [
    "analyze postgresql://ana:secret@h/d",
    "postgresql://ana:secret@h/d analyze",
    "analyze --ulr=postgresql://ana:secret@h/d",
    "analyze --postgresql://ana:secret@h/d",
    "analyze --format postgresql://ana:secret@h/d",
    "optimize --only postgresql://ana:secret@h/d",
  ]) {
    it(`that are wrong are not repeated where a password may be among them: ${line}`, () => {
      assert.throws(
        () => read(line),
        (error) => error instanceof Refusal && !error.message.includes("secret"),
      );
    });
  }
});
