import { attempt, each, found, must } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { DEFAULT_SECURITY_GROUP, VPC } from "../../framework/types";

export const netDefaultSg = stackRule({
  id: "net-default-sg",
  title: "A VPC's default security group lets nothing through",
  severity: "medium",
  frameworks: ["EC2.2", "CKV2_AWS_12"],
  reason: "Whatever is started without a group of its own falls into the default one, which lets all its members talk.",
  example: "its default security group is as AWS made it",
  remedy: "add a DefaultSecurityGroup with the VPC's id as vpcId and without ingress and egress",
  *check(stack) {
    yield* each(stack.ofType(VPC), function* (vpc) {
      const groups = stack.referring(DEFAULT_SECURITY_GROUP, "vpcId", vpc);
      if (groups.length === 0) {
        yield found("its default security group is as AWS made it", vpc);
      }
      for (const group of groups) {
        yield* attempt(function* () {
          for (const direction of ["ingress", "egress"]) {
            const rules = group.props.at(direction);
            yield* must(rules, (v) => v.list().length === 0, `the default security group has ${direction} rules`);
          }
        }, group);
      }
    });
  },
});
