import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dependencies } from "../../src/monitor/dependencies.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

/** A worker whose pools and cache are as given. */
async function worker(connected: boolean, pools: Readonly<Record<string, boolean>>) {
  const metrics = createMetrics();
  metrics.attach({
    database: {
      stats: () =>
        Object.entries(pools).map(([name, healthy]) => ({ name, total: 1, idle: 1, waiting: 0, max: 1, healthy })),
    },
    cache: { stats: () => ({ hits: 0, misses: 0, stale: 0, connected }) },
    models: { stats: () => ({ loaded: 0, bytes: 0 }) },
    server: { getConnections: (done: (error: Error | null, count: number) => void) => done(null, 0) },
  });
  return metrics.snapshot();
}

/** What workers like these miss. */
async function missed(...workers: Promise<Awaited<ReturnType<typeof worker>>>[]) {
  const snapshots = await Promise.all(workers);
  return dependencies({ time: 0, workers: new Map(snapshots.map((snapshot, id) => [id, snapshot])), retired: [] });
}

describe("what the workers miss", () => {
  it("is nothing while all is there", async () => {
    assert.deepEqual(await missed(worker(true, { writer: true, "reader-0": true })), {
      cache_missing: 0,
      writer_missing: 0,
      replicas_out: 0,
    });
  });
  it("is the share of the workers, and each replica once, whoever misses it", async () => {
    const one = worker(false, { writer: true, "reader-0": false, "reader-1": true });
    const other = worker(true, { writer: false, "reader-0": false, "reader-1": true });
    assert.deepEqual(await missed(one, other), { cache_missing: 0.5, writer_missing: 0.5, replicas_out: 1 });
  });
  it("is not known without workers, and without replicas none is out", async () => {
    assert.deepEqual(await missed(), { cache_missing: null, writer_missing: null, replicas_out: null });
    assert.equal((await missed(worker(true, { writer: true }))).replicas_out, null);
  });
});
