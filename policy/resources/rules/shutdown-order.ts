import { targetGroupsOf } from "../../framework/edge";
import { ENVIRONMENT } from "../../framework/environment";
import { each, type Finding, found } from "../../framework/finding";
import { appContainers, podSpec, setting } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { DEPLOYMENT } from "../../framework/types";
import type { Value } from "../../framework/value";

/** Kubernetes' default of terminationGracePeriodSeconds (Kubernetes, "Pod Lifecycle"). */
const DEFAULT_GRACE_SECONDS = 30;
/** A target group's default deregistration delay, in seconds (Elastic Load Balancing, "Target group attributes"). */
const DEFAULT_DEREGISTRATION_SECONDS = 300;

export const shutdownOrder = stackRule({
  id: "shutdown-order",
  title:
    "A pod that stops has the time to finish its requests: preStop + shutdown ≤ grace, request ≤ deregistration ≤ grace",
  severity: "high",
  reason: "A pod killed with requests in hand fails them at every deployment and every scale-in.",
  example: "preStop of 31 s + shutdown of 30 s exceed the grace period of 60 s",
  remedy: `raise terminationGracePeriodSeconds, or lower preStop, ${ENVIRONMENT.shutdownTimeout} or the target group's deregistrationDelay`,
  *check(stack) {
    yield* each(stack.ofType(DEPLOYMENT), (app) => order(stack, app));
  },
});

function* order(stack: Stack, app: StackResource): Generator<Finding> {
  const groups = targetGroupsOf(stack, app);
  if (groups.length === 0) {
    return;
  }
  const grace = podSpec(app).at("terminationGracePeriodSeconds").number() ?? DEFAULT_GRACE_SECONDS;
  const preStop = Math.max(0, ...appContainers(app).map(preStopSeconds));
  const shutdown = setting(app, ENVIRONMENT.shutdownTimeout);
  const request = setting(app, ENVIRONMENT.requestTimeout);
  if (preStop === 0) {
    yield found("no container waits in preStop for the load balancer to take the pod out", app);
  }
  if (shutdown === undefined) {
    yield found(`${ENVIRONMENT.shutdownTimeout} is not set`, app);
  } else if (preStop + shutdown > grace) {
    yield found(`preStop of ${preStop} s + shutdown of ${shutdown} s exceed the grace period of ${grace} s`, app);
  }
  for (const group of groups) {
    const delay = group.props.at("deregistrationDelay").number() ?? DEFAULT_DEREGISTRATION_SECONDS;
    if (request !== undefined && request > delay) {
      yield found(`requests may take ${request} s and ${group.name} deregisters in ${delay} s`, app);
    }
    if (delay > grace) {
      yield found(`${group.name} deregisters in ${delay} s and the grace period is ${grace} s`, app);
    }
  }
}

/** Seconds that a container's preStop hook sleeps, by the native handler or by a command. */
function preStopSeconds(container: Value): number {
  const hook = container.at("lifecycle.preStop");
  const command = hook.at("exec.command").strings().join(" ");
  return hook.at("sleep.seconds").number() ?? Number(/\bsleep (\d+)/.exec(command)?.[1] ?? 0);
}
