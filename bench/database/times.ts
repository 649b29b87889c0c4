import { cpuTimes } from "../api/cpu.ts";
import type { Call } from "./calls.ts";
import { backendPid, type Client } from "./server.ts";

/** Milliseconds that a client waited. */
export interface Times {
  readonly median: number;
  readonly p95: number;
  readonly executions: number;
}

/** A statement that takes long is run less often. */
const LIMIT_MS = 5000;
const WARM_UP = 10;

/** Times a call as the service runs it on a replica, mostly prepared, each time with other values. */
export async function time(
  client: Client,
  call: (n: number) => Promise<Call> | Call,
  executions: number,
): Promise<Times> {
  const times: number[] = [];
  const began = performance.now();
  for (let n = -WARM_UP; n < executions; n += 1) {
    const { statement, values } = await call(n + WARM_UP);
    const { name, text, unprepared } = statement;
    const query = { ...(!unprepared && { name }), text, values: [...values], rowMode: "array" };
    const started = performance.now();
    await client.query(query);
    if (n >= 0) times.push(performance.now() - started);
    if (times.length > 2 && performance.now() - began > LIMIT_MS) break;
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), executions: times.length };
}

/** CPU seconds that a session's server process takes for some work: other programs hardly change it. Linux only. */
export async function cpuSeconds(client: Client, work: () => Promise<unknown>): Promise<number> {
  const pid = await backendPid(client);
  const used = () => cpuTimes([pid]).trees.get(pid) ?? 0;
  const before = used();
  await work();
  return used() - before;
}

/** Does some work in a transaction that is taken back. */
export async function takenBack<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    return await work();
  } finally {
    await client.query("ROLLBACK");
  }
}
