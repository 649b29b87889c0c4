import { SUBNET_RESERVED } from "../../../sizing/addresses";
import { cidrSize } from "../../../sizing/cidr";
import { claims } from "../../framework/addresses";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { LOAD_BALANCERS, SUBNET } from "../../framework/types";

/** Longest prefix that a load balancer's subnet may have (Elastic Load Balancing, "Subnets for your load balancer"). */
const LOAD_BALANCER_PREFIX = 27;

export const subnetAddresses = stackRule({
  id: "subnet-addresses",
  title: "A subnet has an address for everything that may run in it, one zone lost",
  severity: "high",
  reason:
    "A subnet cannot grow: without a free address pods stay pending, failovers stop and load balancers don't scale, all at the peak.",
  example:
    "nodes 120 + balancer 8 + nat 1 + endpoint 1 + cluster 4 + proxy 25 + orders 2 + cache 2 = 163 addresses, and 10.0.0.0/25 has 123",
  remedy: "give the subnet a larger cidrBlock, or lower the largest size of the node groups in it",
  *check(stack) {
    yield* each(stack.ofType(SUBNET), (subnet) => room(stack, subnet));
  },
});

function* room(stack: Stack, subnet: StackResource): Generator<Finding> {
  const claimed = claims(stack, subnet);
  if (claimed.length === 0) {
    return;
  }
  const block = subnet.props.at("cidrBlock");
  const prefix = Number(/\/(\d+)$/.exec(block.string() ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(prefix)) {
    yield found(`${block}, so that its size cannot be told`, subnet);
    return;
  }
  for (const { by } of claimed.filter(({ addresses }) => addresses === undefined)) {
    yield found(`${by.name} runs instances whose size sizing/data/ec2.json does not have`, subnet);
  }
  const available = cidrSize(prefix) - SUBNET_RESERVED;
  const demand = claimed.reduce((sum, { addresses = 0 }) => sum + addresses, 0);
  if (demand > available) {
    const terms = claimed.map(({ by, addresses = 0 }) => `${by.name} ${addresses}`);
    yield found(`${terms.join(" + ")} = ${demand} addresses, and ${block.string()} has ${available}`, subnet);
  }
  const balancer = claimed.find(({ by }) => LOAD_BALANCERS.some((type) => type === by.type));
  if (balancer !== undefined && prefix > LOAD_BALANCER_PREFIX) {
    yield found(
      `${balancer.by.name} wants a /${LOAD_BALANCER_PREFIX} or larger, and this is ${block.string()}`,
      subnet,
    );
  }
}
