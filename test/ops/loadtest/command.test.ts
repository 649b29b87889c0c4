import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readLoadReport } from "../../../ops/loadtest/report";
import { type Outcome, RepositoryCopy } from "../../preview/repository-copy";
import { API_KEY, ApiServer, answer, type Behaviour, TOKEN } from "./api-server";

/** A load that any machine can make, and bounds that any can keep. */
const TARGETS = "requestRate=10 concurrentUsers=3 apiLatencyP50=60000 apiLatencyP95=60000 apiLatencyP99=60000";

describe("loadtest command", function () {
  this.timeout(60_000);
  let copy: RepositoryCopy;
  let server: ApiServer | undefined;

  before(() => {
    copy = new RepositoryCopy();
  });

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  after(() => copy.delete());

  async function load(
    behaviour: Behaviour,
    env: Readonly<Record<string, string>> = {},
    started?: Parameters<RepositoryCopy["loadtest"]>[1],
  ): Promise<Outcome> {
    server = await ApiServer.start(behaviour);
    const outcome = await copy.loadtest({ URL: server.origin, API_KEY, TARGETS, SECONDS: "4", ...env }, started);
    const all = [outcome.stdout, outcome.stderr, kept("json"), kept("html")].join("\n");
    assert.ok(!all.includes(API_KEY) && !all.includes(TOKEN), "a secret was shown");
    return outcome;
  }

  const kept = (format: string) => readFileSync(join(copy.root, ".cache", `loadtest.${format}`), "utf8");

  it("exits 0 when every target is met, and keeps the report in both formats", async () => {
    const { code, stdout, stderr } = await load(answer);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^whole +10\.5 +10\.\d+ +4 /m);
    assert.match(stdout, /^Users served at the same time +above 3 users +4 users +✔ met$/m);
    assert.match(stdout, /^✔ met {2}http:\/\/127\.0\.0\.1:\d+: 6 of 6 targets met, 0 missed\n$/m);
    assert.match(stderr, /^warm-up: 1\.05 requests\/s, 1 users, 1 s$/m);
    assert.equal(readLoadReport(join(copy.root, ".cache", "loadtest.json")).verdict, "met");
    assert.match(kept("html"), /<title>Load test of http:\/\/127\.0\.0\.1:\d+<\/title>[\s\S]*Latency by percentile/);
  });

  it("says in one line that nobody answers, and leaves the last report as it is", async () => {
    await load(answer);
    const [last, gone] = [kept("json"), server?.origin ?? ""];
    await server?.stop();
    server = undefined;
    const { code, stdout } = await copy.loadtest({ URL: gone, API_KEY, TARGETS, SECONDS: "4" });
    assert.equal(code, 1);
    assert.equal(
      stdout,
      `? unknown  ${gone}: nothing was measured: ${gone} cannot be reached: connection refused (ECONNREFUSED)\n`,
    );
    assert.equal(kept("json"), last);
  });

  it("exits 1 when one is missed, and prints the document that was asked for", async () => {
    const missed = await load((response, ask) => response.writeHead(ask % 4 === 0 ? 500 : 200).end(), {
      FORMAT: "json",
      TARGETS: `${TARGETS} availability`,
    });
    assert.equal(missed.code, 1, missed.stderr);
    assert.equal(missed.stdout, kept("json"));
    assert.equal(JSON.parse(missed.stdout).verdict, "missed");
  });

  it("takes the key from a file, and says what it has measured when it is interrupted", async () => {
    copy.write("key", `${API_KEY}\n`);
    const env = { SECONDS: "60", API_KEY: "", API_KEY_FILE: join(copy.root, "key") };
    const { code, stdout } = await load(answer, env, (child) => {
      const poll = setInterval(() => {
        if ((server?.asked.length ?? 0) < 3) return;
        clearInterval(poll);
        child.kill("SIGINT");
      }, 20);
    });
    assert.equal(code, 1);
    assert.match(stdout, /^warm-up +1\.05 /m);
    assert.match(stdout, /^\? unknown .* stopped: interrupted$/m);
  });

  it("exits 2 with one error, and without asking anybody, when something is wrong", async () => {
    server = await ApiServer.start();
    const URL = server.origin;
    copy.write("key", "");
    const cases: readonly [Readonly<Record<string, string>>, RegExp][] = [
      [
        { URL: "https://example.com", API_KEY },
        /^error: URL: found the host "example\.com"; allowed: .*https:\/\/api\.pynomaly\.com of the stack/,
      ],
      [{ URL }, /^error: API_KEY: found nothing; allowed: /],
      [{ URL, API_KEY, API_KEY_FILE: "x" }, /^error: API_KEY: found API_KEY_FILE too; allowed: one of both/],
      [{ URL, API_KEY_FILE: "/nowhere" }, /^error: API_KEY_FILE: ENOENT/],
      [{ URL, API_KEY, TARGETS: "speed" }, /^error: TARGETS: found "speed"/],
      [{ URL, API_KEY, SECONDS: "1e9" }, /^error: SECONDS: found "1e9"; allowed: a whole number from 1 to 3600/],
      [{ URL, API_KEY, FORMAT: "pdf" }, /^error: FORMAT: found "pdf"; allowed: text, json, html/],
    ];
    const outcomes = await Promise.all(cases.map(([env]) => copy.loadtest(env)));
    for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, cases[index]?.[1] ?? /$^/);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }
    assert.deepEqual(server.asked, []);
  });

  it("refuses a key on make's command line, which everybody sees", async () => {
    const { code, stdout, stderr } = await copy.make("loadtest", `API_KEY=${API_KEY}`);
    assert.equal(code, 2);
    assert.match(stderr, /API_KEY: found on the command line/);
    assert.ok(!(stdout + stderr).includes(API_KEY));
  });
});
