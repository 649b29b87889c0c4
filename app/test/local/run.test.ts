import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../../local/postgres.ts";
import { alive, descendants } from "../support/processes.ts";
import { until } from "../support/until.ts";

const RUN = fileURLToPath(new URL("../../local/run.ts", import.meta.url));
/** Servers start and end, on a machine that may be busy. */
const PATIENCE_SECONDS = 120;
const MAINTAIN = fileURLToPath(new URL("../../src/maintain.ts", import.meta.url));

describe("make run", () => {
  let folder: string;
  let port: number;
  let runner: ChildProcess;
  let output: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "pynomaly-run-test-"));
    chmodSync(folder, 0o711);
    port = await freePort();
    output = "";
  });
  afterEach(() => {
    if (runner.exitCode === null && runner.signalCode === null) runner.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts it as a terminal does: in a process group of its own. */
  async function start(): Promise<void> {
    runner = spawn(process.execPath, [RUN], {
      detached: true,
      env: { PATH: process.env.PATH, TMPDIR: folder, PORT: String(port), METRICS_PORT: String(await freePort()) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [runner.stdout, runner.stderr]) {
      stream?.on("data", (chunk) => {
        output += chunk;
      });
    }
  }

  async function started(): Promise<void> {
    await start();
    await until(
      () => output.includes("Ctrl-C stops") || runner.exitCode !== null,
      `its welcome; it said ${output}`,
      PATIENCE_SECONDS,
    );
    assert.equal(runner.exitCode, null, output);
  }

  it("prints commands that answer when pasted, and leaves neither process nor file behind after Ctrl-C", async () => {
    await started();
    const commands = output.split("\n").filter((line) => /^ {2}(TOKEN=|curl| {2}-d )/.test(line));
    const answers = execFileSync("sh", ["-ec", commands.join("\n").replaceAll("curl -s", "curl -sS --fail")], {
      encoding: "utf8",
    });
    assert.match(answers, /"anomalies":\[\{"id":\d+/);
    assert.match(answers, /"labels":\[0,1\]/);
    const [, url = ""] = /^ {2}database +(\S+)$/m.exec(output) ?? [];
    const analysis = execFileSync(process.execPath, [MAINTAIN, "analyze", "--url", url], { encoding: "utf8" });
    assert.match(analysis, /^\d+ critical, /m);

    const pids = descendants(runner.pid ?? 0);
    assert.ok(pids.length >= 6, `run, service, workers, PostgreSQL and Redis: ${pids}`);
    process.kill(-(runner.pid ?? 0), "SIGINT");
    assert.deepEqual(await once(runner, "exit"), [0, null]);
    await until(() => !pids.some(alive), `the end of ${pids}`, PATIENCE_SECONDS);
    assert.deepEqual(readdirSync(folder), []);
  });

  it("killed without a chance to clean up, takes everything that it started along", async () => {
    await started();
    const pids = descendants(runner.pid ?? 0);
    runner.kill("SIGKILL");
    await until(() => !pids.some(alive), `the end of ${pids}`, PATIENCE_SECONDS);
    await until(() => readdirSync(folder).length === 0, "an empty folder", PATIENCE_SECONDS);
  });

  it("starts nothing when its port is in use, and says what to do", async () => {
    const other = createServer().listen(port);
    await once(other, "listening");
    await start();
    assert.deepEqual(await once(runner, "exit"), [1, null]);
    other.close();
    assert.equal(
      output,
      `port ${port} is in use: stop what listens there, or choose another: PORT=${port + 1} make run\n`,
    );
    assert.deepEqual(readdirSync(folder), []);
  });
});
