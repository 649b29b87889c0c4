import { targetGroupsOf } from "../../framework/edge";
import { each, type Finding, found } from "../../framework/finding";
import { autoscalerOf, countOf, replicaBounds, rollout, selects } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import { homesOf } from "../../framework/scheduling";
import type { Stack, StackResource } from "../../framework/stack";
import { DEPLOYMENT, DISRUPTION_BUDGET } from "../../framework/types";

/** Fewest pods of which one may fail while another is being replaced. */
const LEAST_PODS = 3;

export const rolloutQuorum = stackRule({
  id: "rollout-quorum",
  title: "Drains and rollouts leave enough pods to serve, and are not blocked",
  severity: "medium",
  frameworks: ["kube-linter no-pod-disruption-budget"],
  reason:
    "Without a budget one drain takes half the pods; with one that allows no disruption, no node can ever be replaced.",
  example: "no PodDisruptionBudget selects its pods",
  remedy: `run ${LEAST_PODS} pods or more and one per zone, add a PodDisruptionBudget that allows one pod or more to go, and keep the rollout's maxUnavailable within it`,
  *check(stack) {
    yield* each(stack.ofType(DEPLOYMENT), (app) => quorum(stack, app));
  },
});

function* quorum(stack: Stack, app: StackResource): Generator<Finding> {
  // Only what serves: a controller that elects a leader may be alone.
  if (autoscalerOf(stack, app) === undefined && targetGroupsOf(stack, app).length === 0) {
    return;
  }
  const { min } = replicaBounds(stack, app);
  const zones = Math.max(0, ...homesOf(stack, app).map((group) => group.props.at("subnetIds").list().length));
  const least = Math.max(LEAST_PODS, zones);
  if (min < least) {
    yield found(`it may run as few as ${min} pods, not ${least}`, app);
  }
  const budgets = stack
    .ofType(DISRUPTION_BUDGET)
    .filter((budget) => selects(stack, budget, budget.props.at("spec.selector.matchLabels"), app));
  if (budgets.length === 0) {
    yield found("no PodDisruptionBudget selects its pods", app);
  }
  for (const budget of budgets) {
    const allowed = disruptions(budget, min);
    if (allowed < 1) {
      yield found(`${budget.name} allows no disruption of ${min} pods`, app);
    }
    const { unavailable } = rollout(app, min);
    if (unavailable > Math.max(0, allowed)) {
      yield found(`a rollout takes ${unavailable} of ${min} pods and ${budget.name} allows ${allowed}`, app);
    }
  }
}

/** Pods of `count` that a budget lets go at once. Kubernetes rounds both kinds of percentages up. */
function disruptions(budget: StackResource, count: number): number {
  const unavailable = countOf(budget.props.at("spec.maxUnavailable"), count, Math.ceil);
  return unavailable ?? count - (countOf(budget.props.at("spec.minAvailable"), count, Math.ceil) ?? 0);
}
