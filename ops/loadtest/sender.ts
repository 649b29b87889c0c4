/**
 * A thread that sends. The latency of a request counts from the moment that it was meant to be sent, so that one which
 * waited for a connection, behind a slow answer, shows it (coordinated omission).
 */
import { parentPort, workerData } from "node:worker_threads";
import { failureKind } from "./failures";
import { count, type Measures, newMeasures, record } from "./measures";
import { intended, PATIENCE_MS, pathOf, requestsOf, type Share, type Target } from "./schedule";
import { type Answer, User } from "./user";

/** What a sender is told to do, one after the other; it answers each with `done`. */
export type Order =
  | { readonly open: number; readonly perSecond: number; readonly path: string }
  | { readonly send: Share }
  | { readonly stop: true };

/** What a sender reports. */
export type Report =
  | { readonly kind: "second"; readonly second: number; readonly waiting: number; readonly measures: Measures }
  | { readonly kind: "done"; readonly users: number; readonly failures: Record<string, number> };

const port = parentPort;
if (port === null) throw new Error("sender.ts runs as a thread");
const target: Target = workerData;
const users: User[] = [];
let stopped = false;

const now = () => performance.timeOrigin + performance.now();

/** Opens connections, so many in a second, each with a request of its own. Those that fail are no users. */
function open(more: number, perSecond: number, path: string): Promise<Record<string, number>> {
  const failures: Record<string, number> = {};
  const opening = new Set<User>();
  const start = now();
  const deadline = start + (more / perSecond) * 1000 + PATIENCE_MS;
  let begun = 0;
  const begin = () => {
    const user = new User(target);
    opening.add(user);
    begun += 1;
    user.ask(path, (answer) => {
      if (!opening.delete(user)) return;
      if (!("error" in answer)) users.push(user);
      else fail(user, failureKind(answer.error));
    });
  };
  const fail = (user: User, kind: string) => {
    opening.delete(user);
    count(failures, kind);
    void user.leave();
  };
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(more, Math.ceil(((now() - start) / 1000) * perSecond));
      while (begun < due && !stopped) begin();
      if (now() > deadline || stopped) for (const user of opening) fail(user, "no answer in time");
      if (!stopped && (begun < more || opening.size > 0)) return;
      clearInterval(timer);
      resolve(failures);
    }, 10);
  });
}

/** Sends on schedule, and reports each second. Resolves to the number of users that were answered with success. */
function send(share: Share): Promise<number> {
  const total = requestsOf(share);
  const idle = [...users];
  /** When each request in flight was meant to be sent. */
  const flying = new Set<number>();
  let measures = newMeasures();
  let begun = 0;
  let ended = 0;
  /** How many were due when last looked at; those that became due since then are late by this thread's own fault. */
  let wasDue = 0;
  let second = 0;
  for (const user of users) user.served = false;

  const elapsed = () => now() - share.startAt;
  const due = () => {
    const each = (share.senders / share.requestsPerSecond) * 1000;
    const own = elapsed() - intended(share, 0);
    return own < 0 ? 0 : Math.min(total, Math.floor(own / each) + 1);
  };
  const settle = (user: User, meant: number, sent: number, answer: Answer) => {
    if (!flying.delete(meant)) return;
    ended += 1;
    const end = elapsed();
    const success = "status" in answer && answer.status >= 200 && answer.status < 300;
    if ("status" in answer) count(measures.statuses, answer.status);
    else count(measures.failures, failureKind(answer.error));
    // One that was given up was slower than this, however slow.
    if (success || end - meant >= PATIENCE_MS) {
      record(measures.latency, end - meant);
      record(measures.serviceTime, end - sent);
    }
    if (success) {
      measures.answered += 1;
      user.served = true;
    }
    idle.push(user);
    pump();
  };
  const pump = () => {
    const isDue = stopped ? begun : due();
    while (begun < isDue) {
      const user = idle.shift();
      if (user === undefined) break;
      const meant = intended(share, begun);
      const sent = elapsed();
      if (begun >= wasDue) record(measures.delay, sent - meant);
      flying.add(meant);
      const path = pathOf(share, begun);
      begun += 1;
      user.ask(path, (answer) => settle(user, meant, sent, answer));
    }
    wasDue = isDue;
  };
  const tell = () => {
    const waiting = (stopped ? begun : due()) - ended;
    port?.postMessage({ kind: "second", second, waiting, measures } satisfies Report);
    second += 1;
    measures = newMeasures();
  };
  /** What is not answered by now has failed, and took at least until now. */
  const giveUp = () => {
    const meant = [...flying, ...Array.from({ length: total - begun }, (_, index) => intended(share, begun + index))];
    flying.clear();
    begun = total;
    ended = total;
    for (const at of meant) {
      count(measures.failures, "no answer in time");
      record(measures.latency, elapsed() - at);
    }
  };

  return new Promise((resolve) => {
    const timer = setInterval(() => {
      pump();
      const over = elapsed() > share.seconds * 1000 + PATIENCE_MS;
      if (over) giveUp();
      const complete = ended === total || stopped;
      if (elapsed() >= (second + 1) * 1000 || complete) tell();
      if (!complete) return;
      clearInterval(timer);
      resolve(users.filter(({ served }) => served).length);
    }, 1);
  });
}

port.on("message", async (order: Order) => {
  if ("stop" in order) {
    stopped = true;
    return;
  }
  const failures = "open" in order ? await open(order.open, order.perSecond, order.path) : {};
  const served = "send" in order ? await send(order.send) : users.length;
  port.postMessage({ kind: "done", users: served, failures } satisfies Report);
});
