/**
 * The HorizontalPodAutoscaler's algorithm as a pure function (Kubernetes, "Horizontal Pod Autoscaling", and
 * kubernetes/kubernetes, pkg/controller/podautoscaler).
 */

/** How much may change in a period. */
export interface ScalingPolicy {
  readonly type: "Percent" | "Pods";
  readonly value: number;
  readonly periodSeconds: number;
}

/** The rules of one direction: the HPA's `behavior.scaleUp` or `behavior.scaleDown`. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds: number;
  readonly policies: readonly ScalingPolicy[];
  /** Which policy counts: the one that changes most, or least. @default "Max" */
  readonly selectPolicy?: "Max" | "Min" | "Disabled";
}

/** What an autoscaler is told. */
export interface AutoscalerSpec {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
}

/** A recommendation, or a change of the replicas, at a moment in seconds. */
interface Event {
  readonly at: number;
  readonly count: number;
}

/** What an autoscaler remembers between two of its turns. */
export interface AutoscalerMemory {
  /** Replicas that the metrics asked for, oldest first. */
  readonly recommendations: readonly Event[];
  /** Replicas that were added and taken away. */
  readonly added: readonly Event[];
  readonly removed: readonly Event[];
}

/** A memory without anything in it. The controller begins with the replicas that there are. */
export const newMemory = (at: number, replicas: number): AutoscalerMemory => ({
  recommendations: [{ at, count: replicas }],
  added: [],
  removed: [],
});

/** How far a metric may be from its goal without anything happening: `--horizontal-pod-autoscaler-tolerance`. */
export const TOLERANCE = 0.1;

/** How often the controller looks: `--horizontal-pod-autoscaler-sync-period`. */
export const SYNC_SECONDS = 15;

/** A metric of the pods, against its goal, in the same unit. */
export interface PodMetric {
  /** Average of the pods that are measured. */
  readonly current: number;
  readonly desired: number;
  readonly measuredPods: number;
  /** Pods that are not ready yet, or have no metric yet. */
  readonly missingPods: number;
}

/**
 * Replicas that a metric asks for: `ceil(currentReplicas × currentMetricValue / desiredMetricValue)`, and the present ones
 * within the tolerance. Pods without a metric count as idle on the way up and as at their goal on the way down, so that
 * neither direction is exaggerated; where that turns the direction, nothing changes.
 */
export function desiredReplicas(replicas: number, metric: PodMetric): number {
  const { current, desired, measuredPods, missingPods } = metric;
  const ratio = current / desired;
  if (missingPods === 0) return within(ratio) ? replicas : Math.ceil(ratio * measuredPods);
  const assumed = ratio > 1 ? 0 : desired;
  const all = measuredPods + missingPods;
  const cautious = (current * measuredPods + assumed * missingPods) / all / desired;
  if (within(cautious) || (ratio < 1 && cautious > 1) || (ratio > 1 && cautious < 1)) return replicas;
  const proposed = Math.ceil(cautious * all);
  const reverses = (cautious < 1 && proposed > replicas) || (cautious > 1 && proposed < replicas);
  return reverses ? replicas : proposed;
}

const within = (ratio: number): boolean => Math.abs(1 - ratio) <= TOLERANCE + Number.EPSILON;

/**
 * One turn of the controller: what the metrics ask for, held back by stabilisation windows, then by policies, then by the
 * bounds.
 *
 * @param recommended the largest of what the metrics ask for, {@link desiredReplicas}
 * @param now seconds, on the clock of the memory
 */
export function scale(
  spec: AutoscalerSpec,
  memory: AutoscalerMemory,
  replicas: number,
  recommended: number,
  now: number,
): { readonly replicas: number; readonly memory: AutoscalerMemory } {
  const stable = stabilized(spec, memory, replicas, recommended, now);
  const next = limited(spec, memory, replicas, stable, now);
  const longest = Math.max(spec.scaleUp.stabilizationWindowSeconds, spec.scaleDown.stabilizationWindowSeconds);
  const event: Event[] = [{ at: now, count: Math.abs(next - replicas) }];
  return {
    replicas: next,
    memory: {
      recommendations: [
        ...memory.recommendations.filter(({ at }) => at > now - longest),
        { at: now, count: recommended },
      ],
      added: next > replicas ? [...memory.added, ...event] : memory.added,
      removed: next < replicas ? [...memory.removed, ...event] : memory.removed,
    },
  };
}

/** Up only as far as every recommendation of the window goes; down only as far as the highest of it. */
function stabilized(
  { scaleUp, scaleDown }: AutoscalerSpec,
  { recommendations }: AutoscalerMemory,
  replicas: number,
  recommended: number,
  now: number,
): number {
  const since = (seconds: number) => recommendations.filter(({ at }) => at > now - seconds).map(({ count }) => count);
  const up = Math.min(recommended, ...since(scaleUp.stabilizationWindowSeconds));
  const down = Math.max(recommended, ...since(scaleDown.stabilizationWindowSeconds));
  return replicas < up ? up : replicas > down ? down : replicas;
}

function limited(
  { minReplicas, maxReplicas, scaleUp, scaleDown }: AutoscalerSpec,
  memory: AutoscalerMemory,
  replicas: number,
  stable: number,
  now: number,
): number {
  const bounded = Math.min(Math.max(stable, minReplicas), maxReplicas);
  if (bounded > replicas) return Math.min(bounded, Math.max(replicas, reach(scaleUp, memory, replicas, now, "up")));
  if (bounded < replicas) return Math.max(bounded, Math.min(replicas, reach(scaleDown, memory, replicas, now, "down")));
  return replicas;
}

/** How far the policies let the replicas go. */
function reach(
  rules: ScalingRules,
  { added, removed }: AutoscalerMemory,
  replicas: number,
  now: number,
  direction: "up" | "down",
): number {
  const { policies, selectPolicy = "Max" } = rules;
  if (selectPolicy === "Disabled") return replicas;
  const sign = direction === "up" ? 1 : -1;
  const proposals = policies.map(({ type, value, periodSeconds }) => {
    const changed = (events: readonly Event[]) =>
      events.filter(({ at }) => at > now - periodSeconds).reduce((sum, { count }) => sum + count, 0);
    const start = replicas - changed(added) + changed(removed);
    if (type === "Pods") return start + sign * value;
    const share = start * (1 + (sign * value) / 100);
    // Both ways in favour of change: 10 % of 72 takes away 8, and adds 8.
    return direction === "up" ? Math.ceil(share) : Math.trunc(share);
  });
  const far = direction === "up" ? Math.max : Math.min;
  const near = direction === "up" ? Math.min : Math.max;
  return (selectPolicy === "Max" ? far : near)(...proposals);
}
