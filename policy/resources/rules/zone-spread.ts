import { targetGroupsOf } from "../../framework/edge";
import { each, type Finding, found } from "../../framework/finding";
import { autoscalerOf, podSpec } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { DEPLOYMENT } from "../../framework/types";
import type { Value } from "../../framework/value";

const ZONE = "topology.kubernetes.io/zone";

export const zoneSpread = stackRule({
  id: "zone-spread",
  title: "Pods that serve are spread over the zones",
  severity: "medium",
  reason:
    "An anti-affinity that only prefers other nodes puts 8 of 20 pods into one zone: its loss takes more than a third of the service.",
  example: "nothing spreads its pods over topology.kubernetes.io/zone",
  remedy: `add topologySpreadConstraints with topologyKey ${ZONE}, or a required anti-affinity on it`,
  *check(stack) {
    yield* each(stack.ofType(DEPLOYMENT), (app) => spread(stack, app));
  },
});

function* spread(stack: Stack, app: StackResource): Generator<Finding> {
  if (autoscalerOf(stack, app) === undefined && targetGroupsOf(stack, app).length === 0) {
    return;
  }
  const pod = podSpec(app);
  const byZone = (terms: Value): boolean => terms.list().some((term) => term.at("topologyKey").string() === ZONE);
  const required = pod.at("affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution");
  if (!byZone(pod.at("topologySpreadConstraints")) && !byZone(required)) {
    yield found(`nothing spreads its pods over ${ZONE}`, app);
  }
}
