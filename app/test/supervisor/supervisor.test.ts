import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { afterEach, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../../local/postgres.ts";
import { until } from "../support/until.ts";
import { ask as askAt, clients, type Program, start } from "./process.ts";

const primary = fileURLToPath(new URL("fixture/primary.ts", import.meta.url));

describe("the supervisor", () => {
  let running: Program | undefined;
  let port: number;
  let internal: string;

  /** A primary with fixture workers, all of them ready unless something is to prevent it. */
  const supervised = async (env: Record<string, string> = {}, ready = true) => {
    const [own, metricsPort] = [await freePort(), await freePort()];
    port = own;
    internal = `http://127.0.0.1:${metricsPort}`;
    const program = start(primary, {
      WORKERS: "2",
      DRAIN_MS: "15000",
      SHUTDOWN_MS: "20000",
      START_PINGS: "600",
      ...env,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
    });
    running = program;
    if (!ready) return program;
    await until(() => program.output().includes("listening") || program.child.exitCode !== null, "listening");
    assert.equal(program.child.exitCode, null, program.output());
    return program;
  };
  afterEach(async () => {
    if (running?.child.exitCode === null) {
      running.child.kill("SIGKILL");
      await running.exit;
    }
  });

  const ask = async (path: string) => JSON.parse((await askAt(`http://127.0.0.1:${port}${path}`)).body);
  const health = async () => {
    const { status, body } = await askAt(`${internal}/health`);
    const workers: { pid: number; ready: boolean }[] = JSON.parse(body).workers;
    return { status, pids: workers.map(({ pid }) => pid), ready: workers.every((worker) => worker.ready) };
  };
  /** The value of the first line of the metrics that begins so. */
  const metric = async (start: string) => {
    const { body } = await askAt(`${internal}/metrics`);
    const line = body.split("\n").find((text) => text.startsWith(start));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  };

  it("says that it listens once, when all workers do, and is then healthy", async () => {
    const { output } = await supervised();
    assert.equal(output().match(/"listening"/g)?.length, 1);
    const { status, pids, ready } = await health();
    assert.deepEqual([status, new Set(pids).size, ready], [200, 2, true]);
    const served = new Set<number>();
    await until(async () => served.add((await ask("/pid")).pid).size === 2, "both serve");
    assert.deepEqual([...served].sort(), pids.sort());
  });

  it("adds up the workers' metrics, and keeps those of a worker that died", async () => {
    await supervised();
    const load = clients(4, (agent) => askAt(`http://127.0.0.1:${port}/count`, { agent }));
    await until(() => load.answers.length > 200, "some requests");
    await load.stop();
    const count = 'http_request_duration_seconds_count{route="/count"';
    assert.equal(new Set(load.answers.map(({ body }) => JSON.parse(body).pid)).size, 2);
    assert.equal(await metric(count), load.answers.length);
    const before = await health();
    process.kill(before.pids[0] ?? 0, "SIGKILL");
    await until(async () => {
      const now = await health();
      return now.ready && !now.pids.includes(before.pids[0] ?? 0);
    }, "a new worker");
    assert.equal(await metric(count), load.answers.length);
    assert.equal(await metric("pynomaly_worker_restarts_total"), 1);
    assert.equal(await metric("pynomaly_workers_ready"), 2);
  });

  it("replaces a worker that crashes under load, while the others' requests go on", async () => {
    const { output } = await supervised();
    const load = clients(8, (agent) => askAt(`http://127.0.0.1:${port}/pid`, { agent }));
    await until(() => load.answers.length > 50, "some requests");
    const before = await health();
    const crashing = askAt(`http://127.0.0.1:${port}/crash`);
    await assert.rejects(crashing, { code: "ECONNRESET" });
    await until(async () => (await health()).status === 503, "the crash is seen");
    const survivor = (await health()).pids.find((pid) => before.pids.includes(pid));
    const answered = () => load.answers.filter(({ body }) => JSON.parse(body).pid === survivor).length;
    const then = answered();
    await until(() => answered() > then + 50, "the survivor serves");
    await until(async () => (await health()).ready, "a replacement");
    await load.stop();
    // A connection of the crashed worker is lost once each; no more than there were.
    assert.ok(load.errors.length <= 8, `${load.errors.length}`);
    assert.match(output(), /"reason":"signal SIGABRT"[^\n]*"a worker died"/);
  });

  it("gives up when workers die again and again without having been ready, and says why", async () => {
    const { output, exit } = await supervised({ FAIL: "no such model folder" }, false);
    assert.deepEqual(await exit, [1, null]);
    assert.match(
      output(),
      /"fatal"[^\n]*5 workers died without having been ready; the last with exit code 3: no such model folder/,
    );
  });

  it("starts workers again that could not be started", async () => {
    const { output } = await supervised({ UNSTARTABLE: "1" });
    assert.equal(output().match(/"a worker died"/g)?.length, 2);
    assert.match(output(), /"reason":"spawn \/nonexistent ENOENT"/);
    assert.equal((await health()).status, 200);
  });

  it("gives up as well on workers that are there and never become ready", async () => {
    const { output, exit } = await supervised({ HANG: "1", START_PINGS: "5" }, false);
    assert.deepEqual(await exit, [1, null]);
    assert.match(output(), /"a worker does not become ready"/);
    assert.match(output(), /5 workers died without having been ready; the last with signal SIGKILL/);
  });

  it("kills and replaces a worker whose event loop is stuck, and still answers for its metrics", async () => {
    const { output } = await supervised();
    const before = await health();
    const frozen = askAt(`http://127.0.0.1:${port}/freeze`);
    frozen.catch(() => undefined);
    await until(() => output().includes("a worker is frozen"), "it is seen");
    await assert.rejects(frozen, { code: "ECONNRESET" });
    await until(async () => (await health()).ready, "a replacement");
    const after = await health();
    assert.equal(after.pids.filter((pid) => before.pids.includes(pid)).length, 1);
  });

  it("blames no worker when it was itself held up", async () => {
    const { child, output } = await supervised();
    const before = await health();
    child.kill("SIGSTOP");
    await delay(2500);
    child.kill("SIGCONT");
    await delay(500);
    assert.deepEqual(await health(), before);
    assert.doesNotMatch(output(), /frozen/);
  });

  it("passes an invalidation on to the other workers, and tells all of them to relieve the memory", async () => {
    const { child } = await supervised({ WORKERS: "3" });
    const { pid: sender } = await ask("/invalidate");
    const heard = new Map<number, unknown[]>();
    const askAll = async () => {
      const { pid, value } = await ask("/heard");
      heard.set(pid, value);
    };
    const relayed = { namespace: "models" };
    await until(async () => {
      await askAll();
      return [...heard.values()].filter((messages) => messages.length === 1).length === 2;
    }, "the others hear it");
    assert.deepEqual(heard.get(sender) ?? [], []);
    child.kill("SIGUSR2");
    await until(async () => {
      await askAll();
      return heard.size === 3 && [...heard.values()].every((messages) => messages.length > 0);
    }, "all hear of the memory");
    const relief = { trim: true, shed: true };
    await until(async () => {
      await askAll();
      return [...heard].every(([pid, messages]) => messages.length === (pid === sender ? 1 : 2));
    }, "all heard all");
    for (const [pid, messages] of heard) assert.deepEqual(messages, pid === sender ? [relief] : [relayed, relief]);
    // A worker that comes later sheds as well.
    process.kill(sender, "SIGKILL");
    await until(async () => (await health()).ready && !(await health()).pids.includes(sender), "a replacement");
    heard.clear();
    await until(async () => {
      await askAll();
      return [...heard.values()].some(([first]) => JSON.stringify(first) === '{"trim":false,"shed":true}');
    }, "it is told");
  });

  it("lets every request finish on SIGTERM under load, and exits 0", async () => {
    const { child, exit, output } = await supervised();
    const load = clients(8, (agent) =>
      askAt(`http://127.0.0.1:${port}/slow?ms=${Math.round(Math.random() * 40)}`, { agent }),
    );
    const slow = Array.from({ length: 4 }, () => askAt(`http://127.0.0.1:${port}/slow?ms=1500`));
    await until(() => load.answers.length > 50, "some requests");
    child.kill("SIGTERM");
    await load.left;
    assert.deepEqual(load.errors, []);
    for (const { status } of [...load.answers, ...(await Promise.all(slow))]) assert.equal(status, 200);
    assert.deepEqual(await exit, [0, null]);
    assert.match(output(), /"every request finished"/);
  });

  it("cuts off what outlasts the time to drain, and exits 1", async () => {
    const { child, exit, output } = await supervised({ DRAIN_MS: "300" });
    const slow = askAt(`http://127.0.0.1:${port}/slow?ms=60000`);
    slow.catch(() => undefined);
    await delay(100);
    child.kill("SIGTERM");
    await assert.rejects(slow, { code: "ECONNRESET" });
    assert.deepEqual(await exit, [1, null]);
    assert.match(output(), /"requests were cut off"/);
  });

  it("kills a worker that does not leave in time, and exits 1", async () => {
    const { child, exit } = await supervised({ BLOCK_MS: "60000", SHUTDOWN_MS: "300" });
    child.kill("SIGINT");
    assert.deepEqual(await exit, [1, null]);
  });

  it("leaves at once on a second signal", async () => {
    const { child, exit } = await supervised({ BLOCK_MS: "60000", SHUTDOWN_MS: "60000" });
    const { pids } = await health();
    child.kill("SIGTERM");
    await delay(200);
    child.kill("SIGTERM");
    assert.deepEqual(await exit, [1, null]);
    await until(() => pids.every((pid) => !alive(pid)), "the workers are gone");
  });

  it("shares the heap among the workers", async () => {
    await supervised({ NODE_OPTIONS: "--max-old-space-size-percentage=10" });
    const share = /^--max-old-space-size-percentage=(.*)$/.exec((await ask("/arguments")).value.at(-1))?.[1];
    assert.ok(Math.abs(Number(share) - 5) < 1, share);
  });

  it("lets a worker's heap grow to four times what lives in it", async () => {
    await supervised();
    assert.ok((await ask("/arguments")).value.includes("--heap-growing-percent=300"));
  });

  it("lets no worker make what a request needs in the old heap at once", async () => {
    await supervised();
    assert.ok((await ask("/arguments")).value.includes("--no-allocation-site-pretenuring"));
  });

  it("gives each worker as many of V8's threads as it has CPUs, and never more than Node does", async () => {
    const cpus = availableParallelism();
    await supervised({ WORKERS: "1" });
    assert.ok((await ask("/arguments")).value.includes(`--v8-pool-size=${Math.min(4, cpus)}`));
  });

  it("gives a worker one of V8's threads at least", async () => {
    await supervised({ WORKERS: String(availableParallelism() + 1) });
    assert.ok((await ask("/arguments")).value.includes("--v8-pool-size=1"));
  });

  it("answers on its own port, and says what there is", async () => {
    await supervised();
    assert.equal((await askAt(`${internal}/other`)).status, 404);
    assert.deepEqual(Object.keys(JSON.parse((await askAt(`${internal}/monitor`)).body)), [
      "current",
      "summary",
      "alerts",
      "history",
    ]);
    assert.equal((await fetch(`${internal}/metrics`, { method: "POST" })).status, 405);
    assert.match((await fetch(`${internal}/metrics`)).headers.get("content-type") ?? "", /^text\/plain; version=0.0.4/);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
