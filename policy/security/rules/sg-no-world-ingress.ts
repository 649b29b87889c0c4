import { each, type Finding, found } from "../../framework/finding";
import { addressRanges } from "../../framework/firewall";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { INGRESS_RULE, LOAD_BALANCERS, SECURITY_GROUP, SECURITY_GROUP_RULE } from "../../framework/types";
import type { Value } from "../../framework/value";
import { isWorld } from "../../framework/world";

/** Ports that a load balancer may open to the internet. */
const WEB_PORTS: readonly (number | undefined)[] = [80, 443];

export const sgNoWorldIngress = stackRule({
  id: "sg-no-world-ingress",
  title: "Only a load balancer's ports 80 and 443 are open to the internet",
  severity: "high",
  frameworks: ["EC2.18", "EC2.19", "CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277", "cdk-nag EC23"],
  reason: "Every other open port is scanned within minutes.",
  example: "ports 443 to 443 open to the internet, and not on a load balancer",
  remedy: "let the rule refer to the security group it means, or to listed addresses",
  *check(stack) {
    yield* each(stack.ofType(SECURITY_GROUP), (group) =>
      each(group.props.at("ingress").list(), (rule) => judge(stack, [group], rule)),
    );
    yield* each(stack.ofType(INGRESS_RULE, SECURITY_GROUP_RULE), (rule) =>
      judge(stack, rule.references("securityGroupId"), rule.props),
    );
  },
});

function* judge(stack: Stack, groups: readonly StackResource[], rule: Value): Generator<Finding> {
  if (rule.at("type").string() === "egress" || !addressRanges(rule).some(isWorld)) {
    return;
  }
  const [from, to] = [rule.at("fromPort").number(), rule.at("toPort").number()];
  const isWeb = from === to && WEB_PORTS.includes(from);
  const ofBalancer = stack
    .ofType(...LOAD_BALANCERS)
    .some((balancer) => balancer.references("securityGroups").some((group) => groups.includes(group)));
  if (!isWeb || !ofBalancer) {
    const ports = from === undefined ? "every port" : `ports ${from} to ${to}`;
    yield found(`${ports} open to the internet${ofBalancer ? "" : ", and not on a load balancer"}`);
  }
}
