import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The kinds of work. */
export const KINDS = ["health", "cached", "cached-gzip", "uncached", "predictions"] as const;
export type Kind = (typeof KINDS)[number];

/** Rows in one request for predictions. */
export const PREDICTION_ROWS = 32;

/** Pages that `uncached` has: an offset of a model each (load.lua). */
const PAGES = 40_000;

/** What wrk saw in one run. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Milliseconds. wrk waits for an answer before it asks again, so its tail is what a patient client sees. */
  readonly latency: { readonly p50: number; readonly p95: number; readonly p99: number };
  /** Requests without an answer in 2 s, with a broken connection, or with a status of 400 and above. */
  readonly failed: number;
}

/** A run of wrk. */
export interface LoadOptions {
  readonly port: number;
  readonly kind: Kind;
  readonly token: string;
  readonly seconds: number;
  /** Number of the first key; runs with other keys between two uses of a key find it in no cache. */
  readonly firstKey: number;
}

const SCRIPT = fileURLToPath(new URL("load.lua", import.meta.url));
const THREADS = 2;
/** Issue and guide say nothing of fewer: the ratios are for 64 connections. */
export const CONNECTIONS = 64;

/** @throws Error that says how to get wrk, where it is missing */
export async function load({ port, kind, token, seconds, firstKey }: LoadOptions): Promise<Load> {
  const options = [`-t${THREADS}`, `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", SCRIPT, `http://127.0.0.1:${port}`];
  const { stdout } = await wrk([...options, "--", kind, token, String(firstKey)]);
  const line = stdout.split("\n").find((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`wrk printed no result:\n${stdout}`);
  const { requests, microseconds, p50, p95, p99, failed } = JSON.parse(line) as Record<string, number> &
    Record<"requests" | "microseconds" | "p50" | "p95" | "p99" | "failed", number>;
  if (kind === "uncached" && requests > PAGES)
    throw new Error(`${requests} requests for ${PAGES} pages: fewer --seconds`);
  return {
    requests,
    seconds: microseconds / 1e6,
    latency: { p50: p50 / 1000, p95: p95 / 1000, p99: p99 / 1000 },
    failed,
  };
}

/** @throws Error that says how to get wrk, where it is missing */
export async function requireWrk(): Promise<void> {
  try {
    await wrk(["--version"]);
  } catch (error) {
    // `wrk --version` prints its version and exits 1.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
    throw new Error("wrk is missing, which makes the load: apt-get install wrk, or brew install wrk");
  }
}

const wrk = (args: string[]) => promisify(execFile)("wrk", args);
