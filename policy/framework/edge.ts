import { podLabels, selects } from "./kubernetes";
import type { Resource, Stack, StackResource } from "./stack";
import { LISTENERS, LOAD_BALANCERS, SERVICE, TARGET_GROUP_BINDING, TARGET_GROUPS } from "./types";

/** Whether a load balancer speaks HTTP, as all do that are not made otherwise. */
export const isApplication = ({ props }: Resource): boolean =>
  (props.at("loadBalancerType").string() ?? "application") === "application";

/** Whether the internet can reach a load balancer. */
const isInternetFacing = ({ props }: Resource): boolean => props.at("internal").boolean() !== true;

/** The load balancers that speak HTTP to the internet. */
export const exposedLoadBalancers = (stack: Stack): StackResource[] =>
  stack.ofType(...LOAD_BALANCERS).filter((balancer) => isApplication(balancer) && isInternetFacing(balancer));

/** The listeners of a load balancer. */
export const listenersOf = (stack: Stack, balancer: StackResource): StackResource[] =>
  LISTENERS.flatMap((type) => stack.referring(type, "loadBalancerArn", balancer));

/** The target groups that a workload's pods are bound to, by way of a Service. */
export function targetGroupsOf(stack: Stack, workload: StackResource): StackResource[] {
  if (podLabels(workload).entries().length === 0) {
    return [];
  }
  return stack
    .ofType(TARGET_GROUP_BINDING)
    .filter((binding) => servicesOf(stack, binding).some((service) => serves(stack, service, workload)))
    .flatMap((binding) => binding.references("spec"))
    .filter(({ type }) => TARGET_GROUPS.some((token) => token === type));
}

/** The load balancers that send requests to a target group. */
export function loadBalancersOf(stack: Stack, targetGroup: StackResource): StackResource[] {
  return stack
    .ofType(...LISTENERS)
    .filter((listener) => listener.references("defaultActions").includes(targetGroup))
    .flatMap((listener) => listener.references("loadBalancerArn"))
    .filter(({ type }) => LOAD_BALANCERS.some((token) => token === type));
}

function servicesOf(stack: Stack, binding: StackResource): StackResource[] {
  const name = binding.props.at("spec.serviceRef.name");
  return stack
    .ofType(SERVICE)
    .filter(
      (service) =>
        binding.references("spec").includes(service) ||
        (!name.unknown && name.string() === service.props.at("metadata.name").string()),
    );
}

function serves(stack: Stack, service: StackResource, workload: StackResource): boolean {
  const selector = service.props.at("spec.selector");
  return selector.isSet && selects(stack, service, selector, workload);
}
