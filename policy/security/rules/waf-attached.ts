import { exposedLoadBalancers } from "../../framework/edge";
import { found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { WEB_ACL_ASSOCIATION } from "../../framework/types";

export const wafAttached = stackRule({
  id: "waf-attached",
  title: "Every load balancer that faces the internet stands behind a web ACL",
  severity: "high",
  frameworks: ["ELB.16", "CKV2_AWS_28"],
  reason: "Rate limits and known attacks are stopped there or in the application, at the price of its capacity.",
  example: "no web ACL is associated with it",
  remedy: "add a WebAclAssociation with the load balancer's ARN as resourceArn",
  *check(stack) {
    for (const balancer of exposedLoadBalancers(stack)) {
      if (stack.referring(WEB_ACL_ASSOCIATION, "resourceArn", balancer).length === 0) {
        yield found("no web ACL is associated with it", balancer);
      }
    }
  },
});
