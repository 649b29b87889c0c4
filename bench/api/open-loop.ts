import { createRequire } from "node:module";
import type * as LoadModule from "../../ops/loadtest/load.ts";
import type * as MeasuresModule from "../../ops/loadtest/measures.ts";

// The load test's own client. It belongs to a CommonJS package, whose imports Node alone does not follow.
const require = createRequire(import.meta.url);
require("../../ops/preview/typescript.cjs");
const { Load } = require("../../ops/loadtest/load.ts") as typeof LoadModule;
const { ended, percentile } = require("../../ops/loadtest/measures.ts") as typeof MeasuresModule;

/** A load at a given rate. */
export interface OfferedLoad {
  readonly port: number;
  readonly token: string;
  /** Asked in turn. */
  readonly paths: readonly string[];
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
}

/** What a load at a given rate found. */
export interface OpenLoad {
  readonly requests: number;
  readonly failed: number;
  /** Milliseconds from the moment that a request was meant to be sent. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number };
}

/**
 * Sends at a given rate, whatever the server does.
 *
 * @throws Error when not all connections can be opened
 */
export async function openLoad({ port, token, connections, ...schedule }: OfferedLoad): Promise<OpenLoad> {
  const load = new Load({ origin: `http://127.0.0.1:${port}`, token });
  try {
    const { users, failures } = await load.open(connections, "/health");
    if (users < connections) throw new Error(`${users} of ${connections} connections: ${JSON.stringify(failures)}`);
    const { measures } = await load.send(schedule);
    const at = (share: number) => percentile(measures.latency, share) ?? Number.NaN;
    const requests = ended(measures);
    return {
      requests,
      failed: requests - measures.answered,
      latency: { p50: at(50), p95: at(95), p99: at(99), max: at(100) },
    };
  } finally {
    await load.close();
  }
}
