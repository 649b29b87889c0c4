import { loadBalancersOf, targetGroupsOf } from "../../framework/edge";
import { ENVIRONMENT } from "../../framework/environment";
import { each, type Finding, found } from "../../framework/finding";
import { setting } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { DEPLOYMENT } from "../../framework/types";

/** An ALB's idle time-out where none is set, in seconds (Elastic Load Balancing, "Load balancer attributes"). */
const DEFAULT_IDLE_SECONDS = 60;

export const keepAliveOrder = stackRule({
  id: "keep-alive-order",
  title: "Time-outs rise from the statement to the headers: statement ≤ request < idle < keep-alive < headers",
  severity: "high",
  reason:
    "A server that closes an idle connection before its load balancer does gives clients 502s; a request that outlives its statement gives them 504s.",
  example: "idleTimeout of balancer is 60 s and KEEP_ALIVE_TIMEOUT_SECONDS is 30 s",
  remedy: `order ${ENVIRONMENT.statementTimeout}, ${ENVIRONMENT.requestTimeout}, the load balancer's idleTimeout, ${ENVIRONMENT.keepAlive} and ${ENVIRONMENT.headersTimeout}`,
  *check(stack) {
    yield* each(stack.ofType(DEPLOYMENT), (app) => order(stack, app));
  },
});

function* order(stack: Stack, app: StackResource): Generator<Finding> {
  const balancers = new Set(targetGroupsOf(stack, app).flatMap((group) => loadBalancersOf(stack, group)));
  for (const balancer of balancers) {
    const idle = balancer.props.at("idleTimeout").number() ?? DEFAULT_IDLE_SECONDS;
    const steps = [
      ...[ENVIRONMENT.statementTimeout, ENVIRONMENT.requestTimeout].map((name) => ({
        name,
        seconds: setting(app, name),
      })),
      { name: `idleTimeout of ${balancer.name}`, seconds: idle },
      ...[ENVIRONMENT.keepAlive, ENVIRONMENT.headersTimeout].map((name) => ({ name, seconds: setting(app, name) })),
    ];
    for (const { name, seconds } of steps) {
      if (seconds === undefined) {
        yield found(`${name} is not set`, app);
      }
    }
    for (const [index, step] of steps.entries()) {
      const next = steps[index + 1];
      if (step.seconds === undefined || next?.seconds === undefined) {
        continue;
      }
      const holds = index === 0 ? step.seconds <= next.seconds : step.seconds < next.seconds;
      if (!holds) {
        yield found(`${step.name} is ${step.seconds} s and ${next.name} is ${next.seconds} s`, app);
      }
    }
  }
}
