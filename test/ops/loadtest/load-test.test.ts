import assert from "node:assert/strict";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Goals, MEASURED, readGoals } from "../../../ops/loadtest/goals";
import { type LoadOptions, loadTest } from "../../../ops/loadtest/load-test";
import { type LoadReport, loadReport } from "../../../ops/loadtest/report";
import { API_KEY, ApiServer, answer, type Behaviour, TOKEN } from "./api-server";

/** A small load, which any machine can answer at any time: 4 users, 42 requests/s. */
const goals: Goals = readGoals(
  "requestRate=40 concurrentUsers=3 apiLatencyP50=60000 apiLatencyP95=60000 apiLatencyP99=60000",
);
/** Those of its targets that a slow machine cannot miss. */
const steady: Goals = { ...goals, judged: MEASURED.filter((name) => name !== "requestRate") };

describe("load test", function () {
  this.timeout(60_000);
  let server: ApiServer | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  async function load(behaviour: Behaviour, options: Partial<LoadOptions> = {}): Promise<LoadReport> {
    server = await ApiServer.start(behaviour);
    return loadAt(server.origin, options);
  }

  async function loadAt(origin: string, options: Partial<LoadOptions> = {}): Promise<LoadReport> {
    const report = await loadTest({ origin, apiKey: API_KEY, goals: steady, seconds: 1, ...options });
    const text = JSON.stringify(report);
    assert.ok(!text.includes(API_KEY) && !text.includes(TOKEN), "a secret in the report");
    // It is what its readers were promised, once written and read.
    return loadReport.parse(JSON.parse(text));
  }

  const judged = ({ stages }: LoadReport) => {
    const stage = stages.find((stage) => stage.judged);
    assert.ok(stage);
    return stage;
  };
  const verdicts = ({ targets }: LoadReport) => Object.fromEntries(targets.map(({ name, verdict }) => [name, verdict]));

  it("meets its targets at a server that answers, with as many requests and users as it says", async () => {
    const report = await load(answer);
    assert.equal(report.verdict, "met");
    assert.deepEqual(Object.keys(verdicts(report)), steady.judged);
    assert.deepEqual(
      report.stages.map(({ name, users, usersServed, requests, statuses }) => [
        name,
        users,
        usersServed,
        requests,
        statuses,
      ]),
      [
        ["warm-up", 1, 1, 4, { 200: 4 }],
        ["quarter", 1, 1, 11, { 200: 11 }],
        ["half", 2, 2, 21, { 200: 21 }],
        ["whole", 4, 4, 42, { 200: 42 }],
      ],
    );
    assert.equal(server?.asked.length, 4 + 11 + 21 + 42);
    assert.equal(
      report.timeline.reduce((sum, { answered }) => sum + answered, 0),
      4 + 11 + 21 + 42,
    );
    assert.ok(new Set(server?.asked).size > 5, "different pages");
    assert.ok(server?.asked.every((request) => request.startsWith("GET /api/v1/anomalies?")));
    assert.deepEqual(server?.ended, [TOKEN]);
    assert.equal(report.stopped, undefined);
  });

  it("shows a pause to every request that was due in it, not only to the few that were on their way", async () => {
    let heldUntil: number | undefined;
    let held = 0;
    const report = await load(
      (response, ask) => {
        // In the whole load, which begins after 36 requests.
        if (ask === 60) heldUntil = Date.now() + 2_000;
        const left = (heldUntil ?? 0) - Date.now();
        if (left > 0) held += 1;
        setTimeout(() => response.end("{}"), Math.max(0, left));
      },
      { seconds: 3, goals: { ...steady, values: { ...goals.values, requestRate: 40 } } },
    );
    const { latency, requests, users } = judged(report);
    assert.ok(held <= users, `${held} of ${users} users were held`);
    // Two of three seconds' requests were due in the pause, and half of these in its first half.
    assert.equal(requests, 126);
    assert.ok((latency.p50 ?? 0) >= 500, `p50 ${latency.p50} ms`);
    assert.ok((latency.p95 ?? 0) >= 1_500, `p95 ${latency.p95} ms`);
  });

  it("counts answers that are none, says what to do about a quota, and which targets are missed", async () => {
    const values = { ...goals.values, apiLatencyP50: 20, apiLatencyP95: 20 };
    const report = await load(
      (response, ask) => setTimeout(() => response.writeHead(ask % 4 === 0 ? 429 : 200).end(), 30),
      { goals: { ...steady, values } },
    );
    const { statuses, requests, answered } = judged(report);
    assert.deepEqual(statuses, { 200: answered, 429: requests - answered });
    assert.match(
      report.notes.join("\n"),
      /^19 requests were refused with 429: .* --requests-per-second 84 --burst 168/,
    );
    assert.equal(report.verdict, "missed");
    const { apiLatencyP50, apiLatencyP95, apiLatencyP99, availability } = verdicts(report);
    assert.deepEqual(
      [apiLatencyP50, apiLatencyP95, apiLatencyP99, availability],
      ["missed", "missed", "met", "missed"],
    );
  });

  it("says what may be the reason when the service refuses to answer a key that it knows", async () => {
    const report = await load((response, ask) => response.writeHead(ask % 10 === 0 ? 403 : 200).end());
    assert.match(report.notes.join("\n"), /^7 requests were refused with 403: the API key lacks the scope read, or /);
  });

  it("counts connections that break by what happened to them, and connects anew", async () => {
    const report = await load((response, ask, request) => (ask % 5 === 0 ? request.socket.destroy() : response.end()));
    const { failures, usersServed } = judged(report);
    assert.deepEqual(Object.keys(failures), ["connection broken"]);
    assert.equal(usersServed, 4);
  });

  it("stops when most requests fail, and reports what it had", async () => {
    const report = await load((response, ask) => response.writeHead(ask > 15 ? 503 : 200).end(), { seconds: 8 });
    assert.equal(report.stopped?.reason, "failing");
    assert.match(report.stopped?.message ?? "", /^\d+ of the last \d+ requests failed$/);
    assert.equal(report.verdict, "unknown");
    const [warmUp, quarter] = report.stages;
    assert.equal(warmUp?.statuses[200], 8);
    assert.ok((quarter?.statuses[503] ?? 0) > 0);
  });

  it("stops when nothing is answered any more, and counts those that wait as slow", async () => {
    const report = await load((response, ask) => ask < 10 && response.end(), { seconds: 4 });
    assert.equal(report.stopped?.reason, "stalled");
    assert.equal(
      report.stages.reduce((sum, { answered }) => sum + answered, 0),
      9,
    );
  });

  it("can be interrupted, and reports what it had", async () => {
    const interrupt = new AbortController();
    const report = await load(answer, {
      seconds: 60,
      signal: interrupt.signal,
      progress: ({ second }) => second && interrupt.abort(),
    });
    assert.equal(report.stopped?.reason, "interrupted");
    assert.equal(report.stages.length, 1);
    assert.ok((report.stages[0]?.answered ?? 0) > 0);
    assert.ok(Object.values(verdicts(report)).every((verdict) => verdict === "unknown"));
    assert.deepEqual(server?.ended, [TOKEN]);
  });

  describe("that cannot begin", () => {
    async function stoppedBy(report: LoadReport, message: RegExp): Promise<void> {
      assert.equal(report.stopped?.reason, "unreachable");
      assert.match(report.stopped?.message ?? "", message);
      assert.equal(report.verdict, "unknown");
      assert.deepEqual(report.stages, []);
    }

    it("says that nobody listens", async () => {
      const closed = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => closed.once("listening", resolve));
      const { port } = closed.address() as AddressInfo;
      await new Promise((resolve) => closed.close(resolve));
      await stoppedBy(
        await loadAt(`http://127.0.0.1:${port}`),
        /cannot be reached: connection refused \(ECONNREFUSED\)/,
      );
    });

    it("says that a certificate is not trusted, and that a port speaks no TLS", async () => {
      const { generate } = createRequire(join(__dirname, "../../../app/package.json"))("selfsigned");
      const { private: key, cert } = await generate([{ name: "commonName", value: "127.0.0.1" }], { keySize: 2048 });
      server = await ApiServer.start(answer, { key, cert });
      await stoppedBy(await loadAt(server.origin), /cannot be reached: TLS \(DEPTH_ZERO_SELF_SIGNED_CERT\)/);
      await server.stop();
      server = await ApiServer.start(answer);
      await stoppedBy(await loadAt(server.origin.replace("http:", "https:")), /cannot be reached: TLS \(/);
    });

    it("says that the key is refused, without it", async () => {
      server = await ApiServer.start(answer);
      await stoppedBy(
        await loadAt(server.origin, { apiKey: "pk_wrong" }),
        /answers a request for a session with 401: the API key is not valid/,
      );
    });

    it("says that something else than the API answers", async () => {
      const silent = createServer((socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
      silent.listen(0, "127.0.0.1");
      await new Promise((resolve) => silent.once("listening", resolve));
      const { port } = silent.address() as AddressInfo;
      await stoppedBy(await loadAt(`http://127.0.0.1:${port}`), /cannot be reached: no HTTP/);
      silent.close();
    });
  });
});
