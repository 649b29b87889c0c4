import { readFileSync } from "node:fs";
import { z } from "zod";
import { MEASURED } from "./goals";

const milliseconds = z.number().optional();
const counts = z.record(z.string(), z.int());

const latency = z
  .object({ p50: milliseconds, p95: milliseconds, p99: milliseconds, p999: milliseconds, max: milliseconds })
  .describe("milliseconds; none where nothing was measured");

const stage = z.object({
  name: z.string().describe("warm-up, quarter, half, whole"),
  judged: z.boolean().describe("whether the targets are judged by it"),
  seconds: z.number().describe("how long requests were sent"),
  offeredPerSecond: z.number().describe("requests that were due in a second"),
  users: z.int().describe("connections that were open"),
  usersServed: z.int().describe("of these, those that were answered with success at least once"),
  requests: z.int().describe("that came to an end, one way or another"),
  answered: z.int().describe("with success"),
  answeredPerSecond: z.number().describe("with success, while requests were sent"),
  statuses: counts.describe("answers by HTTP status"),
  failures: counts.describe("requests without an answer, by what went wrong"),
  latency: latency.describe(
    "from when a request was meant to be sent, with those that were given up as slow as they were waited for",
  ),
  serviceTime: latency.describe(
    "from when it was sent: what a client sees that waits for each answer before it asks again",
  ),
  sendingDelay: latency.describe("by which this machine itself sent later than meant; it is part of the latency"),
});

const second = z.object({
  at: z.int().describe("seconds from the beginning, without the time in which connections were opened"),
  stage: z.string(),
  answered: z.int(),
  failed: z.int(),
  waiting: z.int().describe("requests that were due and had no answer yet at its end"),
  p50: milliseconds,
  p99: milliseconds,
});

const target = z.object({
  name: z.enum(MEASURED),
  title: z.string(),
  bound: z.enum(["below", "above"]),
  value: z.number().describe("what the measured value is to stay below or above"),
  unit: z.string(),
  measured: z.number().optional().describe("none where nothing was measured"),
  verdict: z.enum(["met", "missed", "unknown"]).describe("unknown: not measured, or not to the end"),
});

/** What a load test found. Fields may be added; `version` changes when one changes its meaning or is gone. */
export const loadReport = z.object({
  version: z.literal(1),
  url: z.string(),
  startedAt: z.iso.datetime(),
  client: z.object({ cores: z.int(), node: z.string() }).describe("the machine that the load came from"),
  verdict: z.enum(["met", "missed", "unknown"]).describe("missed: a target is; met: every judged one is"),
  stopped: z
    .object({ reason: z.enum(["interrupted", "stalled", "failing", "unreachable"]), message: z.string() })
    .optional()
    .describe("why the load was ended before its end"),
  notes: z.array(z.string()).describe("what the figures do not say by themselves"),
  targets: z.array(target).describe("the judged ones"),
  stages: z.array(stage),
  percentiles: z
    .array(z.object({ percentile: z.number(), latency: z.number(), serviceTime: z.number() }))
    .describe("of the judged stage, in milliseconds"),
  timeline: z.array(second),
});

export type LoadReport = z.infer<typeof loadReport>;
export type StageReport = LoadReport["stages"][number];

/**
 * Reads a report that a load test wrote.
 *
 * @throws Error when there is none, or it is something else
 */
export function readLoadReport(file: string): LoadReport {
  return loadReport.parse(JSON.parse(readFileSync(file, "utf8")));
}
