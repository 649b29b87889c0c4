import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Evidence } from "../../../ops/checklist/item";
import { underLoad } from "../../../ops/checklist/load";
import { loadTest as read } from "../../../ops/checklist/sources/load";
import { type Goals, readGoals } from "../../../ops/loadtest/goals";
import { loadTest } from "../../../ops/loadtest/load-test";
import type { LoadReport } from "../../../ops/loadtest/report";
import { writeReport } from "../../../ops/report";
import { API_KEY, ApiServer, answer, type Behaviour } from "../loadtest/api-server";

/** A load that any machine can make, and bounds that any can keep. */
const LIGHT = "requestRate=20 concurrentUsers=3 apiLatencyP50=60000 apiLatencyP95=60000 apiLatencyP99=60000";

const STATUSES = { met: "pass", missed: "fail", unknown: "not checked" } as const;

describe("the checklist of what a load test wrote", function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pynomaly-checklist-load-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Loads a server, and reads what was written as `make checklist REPORT=…` does. */
  async function reported(behaviour: Behaviour, goals: Goals, signal?: AbortSignal): Promise<LoadReport> {
    const server = await ApiServer.start(behaviour);
    try {
      const { origin } = server;
      const report = await loadTest({ origin, apiKey: API_KEY, goals, seconds: 1, ...(signal && { signal }) });
      const file = join(folder, "report.json");
      writeReport(file, JSON.stringify(report));
      return read(file);
    } finally {
      await server.stop();
    }
  }

  const told = (evidence: readonly Evidence[]) =>
    Object.fromEntries(evidence.map(({ property = "", status, missing }) => [property, missing ?? status]));

  it("passes what meets the targets under their load, with the address, the day and the figure", async () => {
    const goals = readGoals(LIGHT);
    const report = await reported(answer, goals);
    const evidence = underLoad(report, goals.values);
    assert.deepEqual(
      evidence.map(({ property, status }) => [property, status]),
      report.targets.map(({ name, verdict }) => [name, STATUSES[verdict]]),
    );
    const availability = evidence.find(({ property }) => property === "availability");
    assert.deepEqual(availability, {
      source: "load test",
      status: "pass",
      subject: `${report.url}, ${report.startedAt.slice(0, 10)}`,
      property: "availability",
      found: "100 %",
    });
  });

  it("fails what misses a target, whatever the load test was told to hold it to", async () => {
    const told = readGoals(`${LIGHT} availability=1`);
    const report = await reported((response, ask) => response.writeHead(ask % 4 === 0 ? 500 : 200).end(), told);
    assert.equal(report.targets.find(({ name }) => name === "availability")?.verdict, "met");
    const values = { ...told.values, availability: 99.9 };
    const fault = underLoad(report, values).find(({ property }) => property === "availability");
    assert.deepEqual([fault?.status, fault?.expected], ["fail", "above 99.9 %"]);
  });

  it("is not content with a lighter load than the targets', nor does it hold the load's own size against the service", async () => {
    const report = await reported(answer, readGoals(LIGHT));
    const { values } = readGoals();
    const missing = "a load test with more than 1000 requests/s by 10000 users";
    const { apiLatencyP50: _, apiLatencyP95: __, apiLatencyP99: ___, ...others } = told(underLoad(report, values));
    assert.deepEqual(others, { requestRate: missing, concurrentUsers: missing, availability: missing });
  });

  it("does not check what was not measured to its end", async () => {
    const goals = readGoals(LIGHT);
    const report = await reported(answer, goals, AbortSignal.timeout(100));
    assert.equal(report.stopped?.reason, "interrupted");
    for (const missing of Object.values(told(underLoad(report, goals.values)))) {
      assert.equal(missing, "a load test that measures it to its end");
    }
  });
});
