import eks from "./data/eks.json";

/** Facts of a Kubernetes version on EKS. */
export interface KubernetesVersion {
  /** Last day of EKS's standard support, `yyyy-mm-dd`. Past it a cluster costs six times as much. */
  readonly endOfStandardSupport: string;
  /** The cluster autoscaler's release: it simulates the scheduler of its own minor version, so both keep in step. */
  readonly clusterAutoscaler: string;
}

/** The day on which the facts were read: verdicts compare with it and not with the clock, so that none changes by itself. */
export const kubernetesFactsDate = eks.retrieved;

const facts: ReadonlyMap<string, { endOfStandardSupport: string; clusterAutoscaler?: string }> = new Map(
  Object.entries(eks.versions),
);

/** Last day of standard support of a Kubernetes version; `undefined` when the calendar does not list it. */
export const endOfStandardSupport = (version: string): string | undefined => facts.get(version)?.endOfStandardSupport;

/** A version that a cluster may be made with; `undefined` when it is out of standard support or has no autoscaler here. */
export function kubernetesVersion(version: string): KubernetesVersion | undefined {
  const found = facts.get(version);
  return found?.clusterAutoscaler !== undefined && found.endOfStandardSupport > kubernetesFactsDate
    ? { ...found, clusterAutoscaler: found.clusterAutoscaler }
    : undefined;
}

/** The versions that a cluster may be made with, oldest first. */
export const kubernetesVersions: readonly string[] = [...facts.keys()].filter(
  (version) => kubernetesVersion(version) !== undefined,
);
