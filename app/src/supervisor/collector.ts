import type { Collected } from "../monitor/traffic.ts";
import { type Snapshot, sumOfCounts } from "../telemetry/snapshot.ts";
import type { ToWorker } from "./messages.ts";

/** A worker that does not answer within this time is represented by its last answer. */
const ANSWER_TIMEOUT_MS = 2000;

/** Asks the workers for their metrics, and keeps what those counted that are gone. */
export interface Collector {
  collect(): Promise<Collected>;
  /** A worker's answer to the collection of that id. */
  answered(worker: number, id: number, snapshot: Snapshot): void;
  /** The worker will not answer again. */
  gone(worker: number): void;
}

/** @param ask sends a message to every worker, and returns their ids */
export function createCollector(ask: (message: ToWorker) => readonly number[]): Collector {
  const workers = new Map<number, Snapshot>();
  const waiting = new Map<number, { readonly for: Set<number>; readonly done: () => void }>();
  let retired: Snapshot = [];
  let lastId = 0;

  const settle = (id: number, worker: number) => {
    const collection = waiting.get(id);
    if (collection?.for.delete(worker) && collection.for.size === 0) collection.done();
  };

  return {
    async collect() {
      lastId += 1;
      const id = lastId;
      const asked = new Set(ask({ type: "collect", id }));
      if (asked.size > 0) {
        await new Promise<void>((resolve) => {
          waiting.set(id, { for: asked, done: resolve });
          setTimeout(resolve, ANSWER_TIMEOUT_MS).unref();
        });
        waiting.delete(id);
      }
      return { time: performance.now() / 1000, workers: new Map(workers), retired };
    },
    answered(worker, id, snapshot) {
      workers.set(worker, snapshot);
      settle(id, worker);
    },
    gone(worker) {
      const last = workers.get(worker);
      if (last) retired = sumOfCounts([retired, last]);
      workers.delete(worker);
      for (const id of waiting.keys()) settle(id, worker);
    },
  };
}
