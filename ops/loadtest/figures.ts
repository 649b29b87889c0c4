import type { RecordableHistogram } from "node:perf_hooks";
import type { Goals, MeasuredTarget } from "./goals";
import type { Second, Sent } from "./load";
import { ended, percentile } from "./measures";
import type { LoadReport, StageReport } from "./report";
import type { Stage } from "./stages";

const round = (value: number, digits = 3): number => Number(value.toFixed(digits));

function latencyOf(histogram: RecordableHistogram): StageReport["latency"] {
  const at = (share: number) => percentile(histogram, share);
  return { p50: at(50), p95: at(95), p99: at(99), p999: at(99.9), max: at(100) };
}

/** A stage's figures. @param sent for as long as it was sent: it may have been stopped */
export function stageFigures(stage: Stage, users: number, { measures, seconds, usersServed }: Sent): StageReport {
  // What comes in after the last request was due is no part of what was served in a second.
  const during = seconds.filter(({ second }) => second < stage.seconds);
  const length = Math.min(stage.seconds, during.length);
  const answeredDuring = during.reduce((sum, { measures }) => sum + measures.answered, 0);
  return {
    name: stage.name,
    judged: stage.judged,
    seconds: length,
    offeredPerSecond: round(stage.requestsPerSecond),
    users,
    usersServed,
    requests: ended(measures),
    answered: measures.answered,
    answeredPerSecond: length === 0 ? 0 : round(answeredDuring / length),
    statuses: measures.statuses,
    failures: measures.failures,
    latency: latencyOf(measures.latency),
    serviceTime: latencyOf(measures.serviceTime),
    sendingDelay: latencyOf(measures.delay),
  };
}

/** One second in the report's timeline. @param before seconds of the stages before */
export function secondFigures(stage: Stage, before: number, { second, waiting, measures }: Second) {
  return {
    at: before + second,
    stage: stage.name,
    answered: measures.answered,
    failed: ended(measures) - measures.answered,
    waiting,
    p50: percentile(measures.latency, 50),
    p99: percentile(measures.latency, 99),
  } satisfies LoadReport["timeline"][number];
}

/** Each nine in ten steps; up to where one request decides. */
export function percentilesOf({ latency, serviceTime }: Sent["measures"]): LoadReport["percentiles"] {
  const steps = Array.from({ length: 51 }, (_, index) => 100 - 100 / 10 ** (index / 10));
  return steps
    .filter((share) => (100 - share) / 100 >= 1 / latency.count)
    .map((share) => ({
      percentile: round(share, 5),
      latency: percentile(latency, share) ?? 0,
      serviceTime: percentile(serviceTime, share) ?? 0,
    }));
}

/** What was measured of a target, in its unit. */
export function measuredOf(name: MeasuredTarget, stage: StageReport | undefined): number | undefined {
  if (stage === undefined || stage.requests === 0) return undefined;
  const of: Readonly<Record<MeasuredTarget, number | undefined>> = {
    apiLatencyP50: stage.latency.p50,
    apiLatencyP95: stage.latency.p95,
    apiLatencyP99: stage.latency.p99,
    requestRate: stage.answeredPerSecond,
    concurrentUsers: stage.usersServed,
    // Every request of the load is right: one that is not answered with success was not served, whatever the status.
    availability: round((stage.answered / stage.requests) * 100),
  };
  return of[name];
}

/** What the figures do not say by themselves. */
export function notesOn(stages: readonly StageReport[], goals: Goals): string[] {
  const notes: string[] = [];
  const refused = stages.reduce((sum, { statuses }) => sum + (statuses[429] ?? 0), 0);
  if (refused > 0) {
    const rate = Math.ceil(Math.max(...stages.map(({ offeredPerSecond }) => offeredPerSecond)));
    notes.push(
      `${refused} requests were refused with 429: a quota is used up. The API key needs one that allows the load, such as create-api-key --requests-per-second ${rate * 2} --burst ${rate * 4}; through the stack's firewall, loadTestAddresses must name this machine's public address besides`,
    );
  }
  const forbidden = stages.reduce((sum, { statuses }) => sum + (statuses[403] ?? 0), 0);
  if (forbidden > 0) {
    notes.push(
      `${forbidden} requests were refused with 403: the API key lacks the scope read, or a rule of the stack's firewall blocks this machine (docs/runbooks/blocked-requests.md)`,
    );
  }
  for (const { name, sendingDelay } of stages.filter(({ judged }) => judged)) {
    if ((sendingDelay.p99 ?? 0) <= goals.values.apiLatencyP50 / 5) continue;
    notes.push(
      `stage ${name}: this machine sent one of a hundred requests ${round(sendingDelay.p99 ?? 0, 0)} ms late or more, by its own fault: the service is faster than measured`,
    );
  }
  for (const stage of stages.filter(({ users, usersServed, judged }) => judged && usersServed < users)) {
    notes.push(
      `stage ${stage.name}: ${stage.users - stage.usersServed} of ${stage.users} users were never answered with success`,
    );
  }
  return notes;
}
