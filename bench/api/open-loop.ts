import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Outcome, Schedule } from "./client.ts";
import { HERE } from "./places.ts";

/** What a load at a given rate found. */
export interface OpenLoad {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds from the moment that a request was meant to be sent. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
}

/** Processes that send: one alone would add its own delay to 10,000 connections. */
const CLIENTS = 2;

/** Sends at a given rate, whatever the server does. */
export async function openLoad(schedule: Schedule): Promise<OpenLoad> {
  const outcomes = await Promise.all(
    Array.from({ length: CLIENTS }, (_, index) =>
      client({
        ...schedule,
        connections: schedule.connections / CLIENTS,
        requestsPerSecond: schedule.requestsPerSecond / CLIENTS,
        // Far from the other's, so that no page is asked for twice.
        firstKey: schedule.firstKey + index * 20_000,
      }),
    ),
  );
  const latencies = Float64Array.from(outcomes.flatMap((outcome) => outcome.latencies)).sort();
  const at = (share: number) => latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN;
  return {
    requests: latencies.length,
    failed: outcomes.reduce((sum, { failed }) => sum + failed, 0),
    latency: { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  };
}

async function client(schedule: Schedule): Promise<Outcome> {
  const child = fork(join(HERE, "client.ts"), [JSON.stringify(schedule)]);
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the client ended with code ${code}`);
  });
  ended.catch(() => undefined);
  const [outcome] = await Promise.race([once(child, "message"), ended]);
  return outcome as Outcome;
}
