import type { Cell } from "./measure.ts";
import type { Contender } from "./servers.ts";
import type { Kind } from "./wrk.ts";

/** How much faster than another server the service has to be at a kind of work, as a ratio of requests per second. */
interface Goal {
  readonly kind: Kind;
  readonly against: Contender;
  readonly atLeast: number;
}

/** Predictions are in batches of the same size, so that a ratio of requests is one of rows. */
export const GOALS: readonly Goal[] = [
  { kind: "cached", against: "a", atLeast: 20 },
  { kind: "cached", against: "b", atLeast: 4.5 },
  { kind: "cached", against: "floor", atLeast: 0.55 },
  { kind: "cached-gzip", against: "a", atLeast: 18 },
  { kind: "cached-gzip", against: "b", atLeast: 4.5 },
  { kind: "uncached", against: "a", atLeast: 4 },
  { kind: "uncached", against: "b", atLeast: 1.7 },
  { kind: "health", against: "a", atLeast: 3 },
  { kind: "health", against: "floor", atLeast: 0.6 },
  { kind: "predictions", against: "a", atLeast: 10 },
];

/** Middle, least and greatest of some values. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** A goal and what was measured. */
export interface Ratio extends Goal {
  readonly requestsPerSecond: Spread;
  /** The other's CPU per request by the service's: how many times less the service takes. */
  readonly cpu: Spread;
  /** Whether the median of the rounds reached the goal. */
  readonly reached: boolean;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** The goals of the kinds that were measured; ratios within a round, then over the rounds. */
export function ratios(rounds: readonly (readonly Cell[])[]): Ratio[] {
  return GOALS.flatMap((goal) => {
    const pairs = rounds.flatMap((cells) => {
      const find = (server: Contender) => cells.find((cell) => cell.kind === goal.kind && cell.server === server);
      const [service, other] = [find("service"), find(goal.against)];
      return service && other ? [{ service, other }] : [];
    });
    if (pairs.length === 0) return [];
    const requestsPerSecond = spread(
      pairs.map(({ service, other }) => service.requestsPerSecond / other.requestsPerSecond),
    );
    const cpu = spread(pairs.map(({ service, other }) => other.perRequest.cpu / service.perRequest.cpu));
    return [{ ...goal, requestsPerSecond, cpu, reached: requestsPerSecond.median >= goal.atLeast }];
  });
}
