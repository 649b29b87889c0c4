import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

type Json = string | number | boolean | Json[] | { readonly [key: string]: Json };

/** JSON with sorted keys, so that two runs, and two authors, write the same text. */
function sortedJson(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) =>
    typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Add-ons that nodes need to become ready: networking first. */
export const BEFORE_NODES = {
  /**
   * Prefix delegation, as more pods fit on a node than it has single addresses (EKS Best Practices, "Prefix Mode for
   * Linux"); one warm prefix (16 addresses) per node. NetworkPolicies are enforced by it.
   */
  "vpc-cni": {
    enableNetworkPolicy: "true",
    env: { ENABLE_PREFIX_DELEGATION: "true", WARM_PREFIX_TARGET: "1" },
  },
  "kube-proxy": undefined,
  "eks-pod-identity-agent": undefined,
} as const satisfies Record<string, Json | undefined>;

/** Add-ons that need nodes to run on. */
export const AFTER_NODES = {
  coredns: undefined,
  "metrics-server": undefined,
  /**
   * Container Insights, logs, and an agent for what pods send by themselves. By default it also instruments every
   * Deployment behind a Service, for four languages at once: the init container of one has no security context, so that
   * a restricted namespace refuses the pods (aws/amazon-cloudwatch-agent-operator, issue 361).
   */
  "amazon-cloudwatch-observability": {
    manager: { applicationSignals: { autoMonitor: { monitorAllServices: false } } },
  },
} as const satisfies Record<string, Json | undefined>;

/**
 * EKS add-ons, each with its configuration.
 *
 * No `addonVersion`: EKS installs its default for the cluster's Kubernetes version. Naming versions would need a
 * look-up at preview, and those written down go stale with each Kubernetes version. An existing add-on keeps its
 * version until it is upgraded with `aws eks update-addon`.
 */
export function addons(
  name: string,
  clusterName: pulumi.Input<string>,
  configurations: Record<string, Json | undefined>,
  opts: pulumi.CustomResourceOptions,
): aws.eks.Addon[] {
  return Object.entries(configurations).map(
    ([addonName, configuration]) =>
      new aws.eks.Addon(
        `${name}-${addonName}`,
        {
          clusterName,
          addonName,
          configurationValues: configuration === undefined ? undefined : sortedJson(configuration),
          resolveConflictsOnCreate: "OVERWRITE",
          resolveConflictsOnUpdate: "OVERWRITE",
        },
        opts,
      ),
  );
}
