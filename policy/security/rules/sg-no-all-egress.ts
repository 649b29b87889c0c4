import { attempt, found } from "../../framework/finding";
import { addressRanges, firewallRules } from "../../framework/firewall";
import { stackRule } from "../../framework/rule";
import { isWorld } from "../../framework/world";

export const sgNoAllEgress = stackRule({
  id: "sg-no-all-egress",
  title: "No security group lets everything out to everywhere",
  severity: "medium",
  frameworks: ["CKV_AWS_382"],
  reason: "What an intruder takes leaves by the ports that nobody needed.",
  example: "every port to 0.0.0.0/0",
  remedy: "name the ports and the groups or ranges that are called",
  *check(stack) {
    for (const { stated, props } of firewallRules(stack, "egress")) {
      yield* attempt(function* () {
        const protocol = props.at("ipProtocol").string() ?? props.at("protocol").string();
        const [world] = addressRanges(props).filter(isWorld);
        if (world !== undefined && (protocol === "-1" || protocol === "all")) {
          yield found(`every port to ${world.string()}`);
        }
      }, stated);
    }
  },
});
