import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { addMeasures, type Counts, count, type Measures, newMeasures } from "./measures";
import { type Schedule, SENDERS, type Target } from "./schedule";
import type { Order, Report } from "./sender";

/** One second of a schedule, of all senders. */
export interface Second {
  /** Counted from the schedule's start. */
  readonly second: number;
  /** Requests that were due and had no answer yet at its end. */
  readonly waiting: number;
  readonly measures: Measures;
}

/** What became of a schedule. */
export interface Sent {
  readonly measures: Measures;
  readonly seconds: readonly Second[];
  /** Users that were answered with success at least once. */
  readonly usersServed: number;
}

/** Connections opened in a second: a listening socket's queue holds 511. */
export const OPENED_PER_SECOND = 1_000;
/** Time for all senders to learn when to start. */
const START_MS = 50;

const register = join(__dirname, "..", "preview", "typescript.cjs");

/** Users who ask on schedule, whatever the server does, shared out among threads. */
export class Load {
  private readonly senders: readonly Worker[];
  /** How many users each sender has. */
  private users: readonly number[] = [];

  constructor(target: Target) {
    const options = { workerData: target, execArgv: ["--require", register] };
    this.senders = Array.from({ length: SENDERS }, () => new Worker(join(__dirname, "sender.ts"), options));
  }

  /**
   * Opens connections until there are so many users; what was opened is kept.
   *
   * @param path asked once on each connection, and not measured
   * @returns how many users there are, and why others are none
   */
  async open(users: number, path: string): Promise<{ users: number; failures: Counts }> {
    const failures: Record<string, number> = {};
    const outcomes = await this.order(this.senders, (index) => ({
      open: Math.max(0, Math.floor((users + index) / SENDERS) - (this.users[index] ?? 0)),
      perSecond: OPENED_PER_SECOND / SENDERS,
      path,
    }));
    this.users = outcomes.map((outcome) => outcome.users);
    for (const outcome of outcomes) {
      for (const [kind, times] of Object.entries(outcome.failures)) count(failures, kind, times);
    }
    return { users: this.users.reduce((a, b) => a + b, 0), failures };
  }

  /** Sends a schedule to its end, or until it is stopped. @param onSecond told each second, when every sender is through it */
  async send(schedule: Schedule, onSecond: (second: Second) => void = () => undefined): Promise<Sent> {
    const startAt = performance.timeOrigin + performance.now() + START_MS;
    const seconds: { second: number; waiting: number; measures: Measures; reports: number }[] = [];
    const senders = this.senders.filter((_, index) => (this.users[index] ?? 0) > 0);
    const outcomes = await this.order(
      senders,
      (sender) => ({ send: { ...schedule, sender, senders: senders.length, startAt } }),
      ({ second, waiting, measures }) => {
        seconds[second] ??= { second, waiting: 0, measures: newMeasures(), reports: 0 };
        const all = seconds[second];
        all.waiting += waiting;
        all.reports += 1;
        addMeasures(all.measures, measures);
        if (all.reports === senders.length) onSecond(all);
      },
    );
    const measures = newMeasures();
    for (const second of seconds) addMeasures(measures, second.measures);
    return { measures, seconds, usersServed: outcomes.reduce((sum, { users }) => sum + users, 0) };
  }

  /** Lets no further request be sent, and none be waited for. */
  stop(): void {
    for (const sender of this.senders) sender.postMessage({ stop: true } satisfies Order);
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    await Promise.all(this.senders.map((sender) => sender.terminate()));
  }

  private order(
    senders: readonly Worker[],
    orderFor: (sender: number) => Order,
    onSecond: (report: Report & { kind: "second" }) => void = () => undefined,
  ): Promise<(Report & { kind: "done" })[]> {
    return Promise.all(senders.map((sender, index) => carryOut(sender, orderFor(index), onSecond)));
  }
}

/** @throws Error when the thread ends or fails in its place */
async function carryOut(
  sender: Worker,
  order: Order,
  onSecond: (report: Report & { kind: "second" }) => void,
): Promise<Report & { kind: "done" }> {
  const settled = new AbortController();
  const failed = once(sender, "exit", { signal: settled.signal }).then(([code]) => {
    throw new Error(`a sender ended with code ${code}`);
  });
  failed.catch(() => undefined);
  const done = new Promise<Report & { kind: "done" }>((resolve) => {
    sender.on("message", function listen(report: Report) {
      if (report.kind === "second") return onSecond(report);
      sender.off("message", listen);
      resolve(report);
    });
  });
  sender.postMessage(order);
  try {
    return await Promise.race([done, failed]);
  } finally {
    settled.abort();
  }
}
