/**
 * The numbers by which the API grows, shrinks, is replaced and is judged alive: guide, Kubernetes. The average CPU
 * that the autoscaler aims at is a target (`targets.cpuAverage`); replica counts are settings.
 */
export const AUTOSCALING = Object.freeze({
  /** Average memory in use, in % of the request, above which the HPA adds pods. */
  memoryUtilizationPercent: 80,
  /** The HPA's behaviour on the way down. */
  scaleDown: Object.freeze({ stabilizationWindowSeconds: 300, percent: 50, periodSeconds: 60 }),
  /** The HPA's behaviour on the way up; the window is the default of the setting `apiScaleUpStabilizationSeconds`. */
  scaleUp: Object.freeze({ stabilizationWindowSeconds: 60, percent: 100, periodSeconds: 15 }),
  /**
   * Rolling update. The guide's `maxUnavailable: 25%` would remove a quarter of the capacity at each deployment:
   * 0 here, as the surge is budgeted for (nodes, connections).
   */
  rollout: Object.freeze({ maxSurgePercent: 25, maxUnavailable: 0, minReadySeconds: 10 }),
  /** Least share of pods, in %, that a voluntary disruption (a node drain) leaves running. Not in the guide. */
  disruptionBudget: Object.freeze({ minAvailablePercent: 75 }),
  probes: Object.freeze({
    /** Not in the guide: 30 × 5 s to start, in place of its `initialDelaySeconds` of 30 s and 5 s. */
    startup: Object.freeze({ periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 30 }),
    liveness: Object.freeze({ periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 }),
    readiness: Object.freeze({ periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 2 }),
  }),
});

/** Most pods at once: the HPA's maximum and the rollout's surge, which Kubernetes rounds up. */
export const podsWithSurge = (maxReplicas: number): number =>
  maxReplicas + Math.ceil((maxReplicas * AUTOSCALING.rollout.maxSurgePercent) / 100);
