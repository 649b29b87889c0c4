import { found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { WEB_ACL, WEB_ACL_LOGGING } from "../../framework/types";

export const wafLogging = stackRule({
  id: "waf-logging",
  title: "Every web ACL logs what it decides",
  severity: "medium",
  frameworks: ["WAF.11", "CKV2_AWS_31"],
  reason: "A blocked customer and a missed attack look the same without the log.",
  example: "no logging configuration refers to it",
  remedy: "add a WebAclLoggingConfiguration with the web ACL's ARN as resourceArn",
  *check(stack) {
    for (const acl of stack.ofType(WEB_ACL)) {
      if (stack.referring(WEB_ACL_LOGGING, "resourceArn", acl).length === 0) {
        yield found("no logging configuration refers to it", acl);
      }
    }
  },
});
