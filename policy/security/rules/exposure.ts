import { exposedLoadBalancers, listenersOf } from "../../framework/edge";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { INGRESS } from "../../framework/types";

const ANNOTATION = "alb.ingress.kubernetes.io/";

/** What an Ingress must say before the internet may reach it: annotation and what it stands for. */
const WANTED: readonly (readonly [string, RegExp, string])[] = [
  ["certificate-arn", /./, "a certificate"],
  ["wafv2-acl-arn", /./, "a web ACL"],
  ["ssl-policy", /TLS13-1-[23]/, "a TLS policy with a floor of 1.2"],
  ["load-balancer-attributes", /access_logs\.s3\.enabled=true/, "access logs"],
];

export const exposure = stackRule({
  id: "exposure",
  title: "Whatever faces the internet has a certificate; an Ingress that does also has a web ACL and access logs",
  severity: "high",
  frameworks: ["ELB.1", "ELB.16", "ELB.5"],
  reason:
    "What an Ingress makes is outside Pulumi's state, where no rule about load balancers sees it: its annotations are all there is to judge.",
  example: "it has no HTTPS listener with a certificate",
  remedy: `give the load balancer an HTTPS listener with certificateArn; give the Ingress the annotations ${WANTED.map(([name]) => ANNOTATION + name).join(", ")}`,
  *check(stack) {
    yield* each(exposedLoadBalancers(stack), (balancer) => encrypts(stack, balancer));
    yield* each(stack.ofType(INGRESS), (ingress) => annotations(ingress));
  },
});

function* encrypts(stack: Stack, balancer: StackResource): Generator<Finding> {
  const isEncrypted = listenersOf(stack, balancer).some(
    ({ props }) => props.at("protocol").string() === "HTTPS" && props.at("certificateArn").isSet,
  );
  if (!isEncrypted) {
    yield found("it has no HTTPS listener with a certificate", balancer);
  }
}

function* annotations(ingress: StackResource): Generator<Finding> {
  const given = ingress.props.at("metadata.annotations");
  if (given.child(`${ANNOTATION}scheme`).string() !== "internet-facing") {
    return;
  }
  for (const [name, pattern, what] of WANTED) {
    const value = given.child(ANNOTATION + name);
    if (!value.unknown && !pattern.test(value.string() ?? "")) {
      yield found(`it faces the internet without ${what} (${ANNOTATION}${name})`, ingress);
    }
  }
}
