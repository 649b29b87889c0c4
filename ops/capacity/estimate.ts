import type { Configuration } from "../../settings";
import { AUTOSCALING } from "../../sizing/autoscaling";
import type { CapacityInputs, CapacityPlan } from "../../sizing/capacity";
import { type Limit, limits, mixed, podRates, type RequestCost } from "../../sizing/demand";
import { type Requirement, requirement } from "../../sizing/required";
import { type Simulation, simulate, step, surge } from "../../sizing/simulation";
import { cpuMillis } from "../../sizing/units";
import { MIX as PATHS } from "../loadtest/mix";
import type { Measured } from "./result";

/** Requests of the load test's mix for the newest page. */
const newest = PATHS.filter((path) => path.endsWith("offset=0")).length / PATHS.length;

/**
 * What is asked for, in shares: the load test's mix. The newest page is cached, and gzipped; a page further down counts as
 * never cached: the most that it can cost.
 */
export const MIX: readonly (readonly [share: number, kind: string])[] = [
  [newest, "cached-gzip"],
  [1 - newest, "uncached"],
];

/** What is wanted of a stack. */
export interface Wanted {
  readonly requestsPerSecond: number;
  /** Clients, each with an address of its own. */
  readonly users: number | undefined;
}

/** A load over time, and what the autoscaler made of it: with the stack's window, and with Kubernetes' own, none. */
export interface Scenario {
  readonly title: string;
  /** Second at which the load begins to change. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly withWindow: Simulation;
  readonly withoutWindow: Simulation;
}

/** All that there is to say about a stack under a load. */
export interface Estimate {
  readonly stack: string;
  readonly wanted: Wanted;
  readonly measured: Measured;
  readonly cost: RequestCost;
  readonly now: { readonly inputs: CapacityInputs; readonly plan: CapacityPlan };
  /** Of the stack as it is, the first to break first. */
  readonly limits: readonly Limit[];
  /** Which breaks first where every request is of one kind. */
  readonly byKind: readonly { readonly kind: string; readonly first: Limit }[];
  readonly needs: Requirement;
  /** Seconds of the window that the settings have. */
  readonly windowSeconds: number;
  readonly scenarios: readonly Scenario[];
  /** The largest step from what the fewest pods carry at the autoscaler's goal, that no request feels. */
  readonly unfeltStep: number;
}

/** Seconds of simulation, and when the load changes. */
const TIME = { total: 900, change: 60, rise: 120, stay: 480 } as const;

/** @throws Error when the benchmark lacks a kind of work of the mix */
export function estimate(
  stack: string,
  { settings, plan }: Configuration,
  measured: Measured,
  wanted: Wanted,
): Estimate {
  const costOf = (kind: string): RequestCost => {
    const cost = measured.costs.get(kind);
    if (cost === undefined) throw new Error(`${measured.file} has no work of the kind ${kind}`);
    return cost;
  };
  const cost = mixed(MIX.map(([share, kind]) => [share, costOf(kind)]));
  const inputs: CapacityInputs = settings;
  const needs = requirement(inputs, cost, wanted.requestsPerSecond, wanted.users);
  const windowSeconds = settings.apiScaleUpStabilizationSeconds;

  const run = (load: (second: number) => number, window: number): Simulation => {
    const { scaleDown, scaleUp } = AUTOSCALING;
    const rules = (seconds: number, { percent, periodSeconds }: { percent: number; periodSeconds: number }) => ({
      stabilizationWindowSeconds: seconds,
      policies: [{ type: "Percent" as const, value: percent, periodSeconds }],
    });
    const { podsPerNode } = needs.plan.nodes.compute;
    return simulate({
      autoscaler: {
        minReplicas: needs.inputs.apiMinReplicas,
        maxReplicas: needs.inputs.apiMaxReplicas,
        scaleUp: rules(window, scaleUp),
        scaleDown: rules(scaleDown.stabilizationWindowSeconds, scaleDown),
      },
      cpuMicros: cost.serviceMicros,
      cpuRequestMillis: cpuMillis(inputs.apiCpuRequest),
      cpuLimitMillis: cpuMillis(inputs.apiCpuLimit),
      nodes: { start: needs.inputs.computeNodeMin, max: needs.inputs.computeNodeMax, podsPerNode },
      load,
      seconds: TIME.total,
    });
  };
  const base = Math.min(inputs.apiMinReplicas * podRates(inputs, cost).goal, wanted.requestsPerSecond / 2);
  const to = wanted.requestsPerSecond;
  const scenario = (title: string, load: (second: number) => number): Scenario => {
    return {
      title,
      at: TIME.change,
      from: base,
      to,
      withWindow: run(load, windowSeconds),
      withoutWindow: run(load, 0),
    };
  };
  const isUnfelt = (load: number) => run(step(base, load, TIME.change), windowSeconds).overTarget === 0;
  return {
    stack,
    wanted,
    measured,
    cost,
    now: { inputs, plan },
    limits: limits(inputs, plan, cost, wanted.users),
    byKind: [...measured.costs].flatMap(([kind, one]) => {
      const [first] = limits(inputs, plan, one, undefined);
      return first === undefined ? [] : { kind, first };
    }),
    needs,
    windowSeconds,
    scenarios: [
      scenario(`A step at once`, step(base, to, TIME.change)),
      scenario(`A surge that rises for ${TIME.rise} s`, surge(base, to, TIME.change, TIME.rise, TIME.stay)),
    ],
    unfeltStep: largest(isUnfelt, base, needs.inputs.apiMaxReplicas * podRates(inputs, cost).peak * 2),
  };
}

/** The largest value between two that still holds, to a percent. */
function largest(holds: (value: number) => boolean, from: number, to: number): number {
  let [good, bad] = [from, to];
  while (bad - good > good / 100) {
    const middle = (good + bad) / 2;
    if (holds(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
