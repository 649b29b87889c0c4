import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RepositoryCopy } from "../preview/repository-copy";

const RESULT = "bench/api/results/2026-11-27.json";

describe("capacity command", function () {
  this.timeout(120_000);
  let copy: RepositoryCopy;

  beforeEach(() => {
    copy = new RepositoryCopy();
  });

  afterEach(() => copy.delete());

  it("tells what a load needs, what breaks first, and which measurement that rests on", async () => {
    const { code, stdout, stderr } = await copy.capacity({ RPS: "200000", USERS: "50000" });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^prod at 200,000 requests\/s\n {2}measured 2026-11-27 on 2 x AMD EPYC, Node \S+ \(bench\/api\/results/,
    );
    assert.match(stdout, /^Limits of prod as it is: \S.* first, at [\d,]+ requests\/s$/m);
    assert.match(stdout, /^ {2}pulumi config set --stack prod apiMaxReplicas \d+$/m);
    assert.match(stdout, /with the window of 60 s: .*\n {4}without a window: /);
  });

  it("prints what README shows", async () => {
    const readme = readFileSync(join(copy.root, "README.md"), "utf8");
    const [, sample = ""] = /^\$ make capacity RPS=30000\n([^`]*)^```/m.exec(readme) ?? [];
    const lines = sample.split("\n").filter((line) => line !== "" && line !== "…");
    assert.ok(lines.length > 5);
    const { stdout } = await copy.capacity({ RPS: "30000" });
    const printed = new Set(stdout.split("\n"));
    assert.deepEqual(
      lines.filter((line) => !printed.has(line)),
      [],
    );
  });

  it("takes a newer result of this machine", async () => {
    const result = JSON.parse(readFileSync(join(copy.root, RESULT), "utf8"));
    copy.write(
      ".cache/bench-api.json",
      JSON.stringify({ ...result, date: "2027-01-01T00:00:00.000Z", machine: "mine" }),
    );
    assert.match(
      (await copy.capacity({ RPS: "1" })).stdout,
      /measured 2027-01-01 on mine \(\.cache\/bench-api\.json\)/,
    );
    copy.write(".cache/bench-api.json", JSON.stringify({ ...result, date: "2026-01-01T00:00:00.000Z" }));
    assert.match((await copy.capacity({ RPS: "1" })).stdout, /\(bench\/api\/results\/2026-11-27\.json\)/);
  });

  it("passes over a run of a part of the benchmark; where there is no other, it says what was found", async () => {
    const result = JSON.parse(readFileSync(join(copy.root, RESULT), "utf8"));
    const rounds = result.rounds.map((cells: { kind: string }[]) => cells.filter(({ kind }) => kind === "cached"));
    copy.write(".cache/bench-api.json", JSON.stringify({ ...result, date: "2027-01-01T00:00:00.000Z", rounds }));
    assert.match((await copy.capacity({ RPS: "1" })).stdout, /\(bench\/api\/results\/2026-11-27\.json\)/);
    rmSync(join(copy.root, "bench/api/results"), { recursive: true });
    const { code, stderr } = await copy.capacity({ RPS: "1" });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: benchmark: found no result with cached-gzip and uncached \(\.cache\/bench-api\.json: cached\); allowed: what make bench-api/,
    );
  });

  it("writes JSON, and a page with plots", async () => {
    const json = JSON.parse((await copy.capacity({ RPS: "20000", FORMAT: "json", STACK: "dev" })).stdout);
    assert.equal(json.stack, "dev");
    assert.ok(json.limits.length >= 4);
    assert.equal(json.simulation.scenarios[0].withWindow.moments.length, 900);
    const { stdout } = await copy.capacity({ RPS: "20000", FORMAT: "html" });
    assert.match(stdout, /^<!doctype html>/);
    assert.equal(stdout.match(/ role="img">/g)?.length, 10);
  });

  it("exits 2 for what was given wrong", async () => {
    const wrong: readonly (readonly [Record<string, string>, RegExp])[] = [
      [{}, /RPS: found nothing; allowed: a whole number from 1/],
      [{ RPS: "many" }, /RPS: found "many"; allowed: a whole number/],
      [{ RPS: "-5" }, /RPS: found "-5"/],
      [{ RPS: "20000", USERS: "0" }, /USERS: found "0"/],
      [{ RPS: "20000", STACK: "staging" }, /stack "staging".*there are: dev, prod/],
      [{ RPS: "20000", FORMAT: "markdown" }, /FORMAT: found "markdown"; allowed: text, json, html/],
    ];
    for (const [env, message] of wrong) {
      const { code, stdout, stderr } = await copy.capacity(env);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    }
    copy.write(".cache/bench-api.json", '{ "date": "yesterday" }');
    assert.match(
      (await copy.capacity({ RPS: "1" })).stderr,
      /\.cache\/bench-api\.json: found no result of make bench-api: date: .*; machine: /,
    );
    rmSync(join(copy.root, ".cache"), { recursive: true });
    rmSync(join(copy.root, "bench/api/results"), { recursive: true });
    assert.match((await copy.capacity({ RPS: "1" })).stderr, /bench\/api\/results: found no result/);
  });
});
