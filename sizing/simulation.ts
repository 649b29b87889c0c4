import { targets } from "../targets";
import {
  type AutoscalerMemory,
  type AutoscalerSpec,
  desiredReplicas,
  newMemory,
  SYNC_SECONDS,
  scale,
} from "./autoscaler";
import { AUTOSCALING } from "./autoscaling";
import { timeline } from "./timeline";

/** A delay between a cause and what it brings, with where it comes from. */
export interface Delay {
  readonly seconds: number;
  readonly source: string;
}

/** What takes time when a stack grows. */
export const DELAYS = Object.freeze({
  metrics: {
    seconds: 15,
    source: "metrics-server: --metric-resolution, 15 s in EKS's add-on; a value is the average between two readings",
  },
  nodeScan: { seconds: 10, source: "Cluster Autoscaler FAQ: a pod that finds no node is seen within 10 s" },
  nodeStart: {
    seconds: 180,
    source: "Cluster Autoscaler FAQ: 3 to 4 minutes from the request for a node until pods are scheduled on it",
  },
  podStart: {
    seconds: AUTOSCALING.probes.startup.periodSeconds + 2 * AUTOSCALING.probes.readiness.periodSeconds,
    source:
      "one startup probe (period 5 s), then two health checks of the load balancer (10 s each), image in the node's cache",
  },
} satisfies Record<string, Delay>);

/** What is simulated. */
export interface SimulationInput {
  readonly autoscaler: AutoscalerSpec;
  /** CPU of one request in the service, in microseconds. */
  readonly cpuMicros: number;
  readonly cpuRequestMillis: number;
  readonly cpuLimitMillis: number;
  readonly nodes: { readonly start: number; readonly max: number; readonly podsPerNode: number };
  /** Requests per second that arrive, by second. */
  readonly load: (second: number) => number;
  readonly seconds: number;
  readonly delays?: Readonly<Record<keyof typeof DELAYS, number>>;
}

/** The stack at one second. */
export interface Moment {
  readonly second: number;
  readonly load: number;
  /** Pods that serve. */
  readonly ready: number;
  /** Pods that the autoscaler wants. */
  readonly wanted: number;
  /** Pods that wait for a node. */
  readonly pending: number;
  readonly nodes: number;
  /** CPU in use, in % of what is requested: what the autoscaler aims at. */
  readonly utilization: number;
  /** Requests that wait, over all pods. */
  readonly queue: number;
  /** How long the request that comes now waits, in ms. */
  readonly waitMs: number;
}

/** A simulated time, and what it did to the requests. */
export interface Simulation {
  readonly moments: readonly Moment[];
  readonly requests: number;
  /** Those that waited longer than the target for the 99th percentile, or were turned away. */
  readonly overTarget: number;
  /** Those that were turned away: they would have waited longer than a request may take. */
  readonly turnedAway: number;
  /** Longest wait, in ms. */
  readonly longestWaitMs: number;
  /** First second in which as many pods serve as the load needs; undefined: never. */
  readonly recoveredAt: number | undefined;
}

const defaultDelays: Readonly<Record<keyof typeof DELAYS, number>> = {
  metrics: DELAYS.metrics.seconds,
  nodeScan: DELAYS.nodeScan.seconds,
  nodeStart: DELAYS.nodeStart.seconds,
  podStart: DELAYS.podStart.seconds,
};

/**
 * Simulates autoscaler, nodes and a queue, second by second. The load is spread evenly and is a flow: chance, which makes
 * some requests wait below full use too, is left out, so that what it shows is the least there is. So is that the service turns
 * requests away once its event loop is late by the target: what waits longer than that here, it would answer 503.
 */
export function simulate(input: SimulationInput): Simulation {
  const { autoscaler, cpuMicros, cpuRequestMillis, cpuLimitMillis, nodes: group, load, seconds } = input;
  const delays = input.delays ?? defaultDelays;
  const perPod = (cpuLimitMillis * 1000) / cpuMicros;
  const waitLimitMs = timeline.requestTimeoutSeconds * 1000;

  let memory: AutoscalerMemory = newMemory(0, autoscaler.minReplicas);
  let wanted = autoscaler.minReplicas;
  /** When each pod began to start; it is ready {@link Delay} later. Those of the start are long there. */
  let started: number[] = Array.from({ length: wanted }, () => Number.NEGATIVE_INFINITY);
  let nodes = group.start;
  let nodesComing: number[] = [];
  let queue = 0;
  /** CPU of all pods since the last reading, in thousandths, by second. */
  let used: number[] = [];
  let reading: { readonly average: number; readonly pods: number } | undefined;
  let [requests, overTarget, turnedAway, longestWaitMs] = [0, 0, 0, 0];
  let recoveredAt: number | undefined;
  const moments: Moment[] = [];

  for (let second = 0; second < seconds; second += 1) {
    nodes += nodesComing.filter((at) => at <= second).length;
    nodesComing = nodesComing.filter((at) => at > second);
    const room = nodes * group.podsPerNode;
    while (started.length < Math.min(wanted, room)) started.push(second);
    // The youngest go first.
    if (started.length > wanted) started = started.toSorted((a, b) => a - b).slice(0, wanted);
    const ready = started.filter((at) => second - at >= delays.podStart).length;

    const arriving = load(second);
    const capacity = ready * perPod;
    const room30 = (capacity * waitLimitMs) / 1000;
    const served = Math.min(queue + arriving, capacity);
    queue += arriving - served;
    const refused = Math.max(0, queue - room30);
    queue -= refused;
    const waitMs = capacity > 0 ? (queue / capacity) * 1000 : Number.POSITIVE_INFINITY;
    requests += arriving;
    turnedAway += refused;
    overTarget += waitMs >= targets.apiLatencyP99.value ? arriving : refused;
    longestWaitMs = Math.max(longestWaitMs, waitMs);
    if (capacity >= arriving && queue === 0) recoveredAt ??= second;
    else recoveredAt = undefined;

    const cpuMillis = (served * cpuMicros) / 1000;
    used.push(cpuMillis);
    if (second % delays.metrics === delays.metrics - 1) {
      const average = used.reduce((sum, value) => sum + value, 0) / used.length;
      // A pod that became ready meanwhile was idle before, and its own average is so much lower.
      reading = ready === 0 ? undefined : { average: average / ready, pods: ready };
      used = [];
    }
    if (second % SYNC_SECONDS === 0 && reading !== undefined) {
      const recommended = desiredReplicas(wanted, {
        current: (reading.average / cpuRequestMillis) * 100,
        desired: targets.cpuAverage.value,
        measuredPods: reading.pods,
        missingPods: Math.max(0, wanted - reading.pods),
      });
      ({ replicas: wanted, memory } = scale(autoscaler, memory, wanted, recommended, second));
    }
    const pending = Math.max(0, wanted - started.length - nodesComing.length * group.podsPerNode);
    if (second % delays.nodeScan === 0 && pending > 0) {
      const more = Math.min(Math.ceil(pending / group.podsPerNode), group.max - nodes - nodesComing.length);
      for (let node = 0; node < more; node += 1) nodesComing.push(second + delays.nodeStart);
    }
    const waiting = Math.max(0, wanted - started.length);
    const utilization = ready === 0 ? 0 : (cpuMillis / ready / cpuRequestMillis) * 100;
    moments.push({ second, load: arriving, ready, wanted, pending: waiting, nodes, utilization, queue, waitMs });
  }
  return { moments, requests, overTarget, turnedAway, longestWaitMs, recoveredAt };
}

/** A load that is another one from a moment on. */
export const step =
  (from: number, to: number, at: number) =>
  (second: number): number =>
    second < at ? from : to;

/** A load that rises evenly, stays, and falls as it rose. */
export const surge =
  (base: number, peak: number, at: number, riseSeconds: number, staySeconds: number) =>
  (second: number): number => {
    const since = second - at;
    if (since < 0 || since >= 2 * riseSeconds + staySeconds) return base;
    if (since < riseSeconds) return base + ((peak - base) * since) / riseSeconds;
    if (since < riseSeconds + staySeconds) return peak;
    return base + ((peak - base) * (2 * riseSeconds + staySeconds - since)) / riseSeconds;
  };
