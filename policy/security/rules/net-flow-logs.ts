import { each, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { FLOW_LOG, VPC } from "../../framework/types";

export const netFlowLogs = stackRule({
  id: "net-flow-logs",
  title: "Every VPC has flow logs",
  severity: "medium",
  frameworks: ["EC2.6", "CKV2_AWS_11"],
  reason: "After a breach, and after a blocked connection, the first question is who talked to whom.",
  example: "no flow log refers to the VPC",
  remedy: "add a FlowLog with the VPC's id as vpcId",
  *check(stack) {
    yield* each(stack.ofType(VPC), function* (vpc) {
      if (stack.referring(FLOW_LOG, "vpcId", vpc).length === 0) {
        yield found("no flow log refers to the VPC", vpc);
      }
    });
  },
});
