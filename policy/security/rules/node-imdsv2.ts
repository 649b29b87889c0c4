import { mustBe, mustBeSet } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EC2_INSTANCE, LAUNCH_TEMPLATE, NODE_GROUP } from "../../framework/types";

export const nodeImdsv2 = resourceRule({
  id: "node-imdsv2",
  title: "Instances give their credentials to sessions on the host only",
  severity: "high",
  frameworks: ["EC2.8", "EC2.170", "CKV_AWS_79", "CKV_AWS_341"],
  reason: "With IMDSv1, or two hops, one forged request from a pod returns the node's credentials.",
  example: 'metadataOptions.httpTokens is "optional"',
  remedy:
    "set metadataOptions with httpTokens required and httpPutResponseHopLimit 1, on a launch template that the node group uses",
  types: [LAUNCH_TEMPLATE, EC2_INSTANCE, NODE_GROUP],
  *mends({ type }) {
    if (type !== NODE_GROUP) {
      yield ["metadataOptions.httpTokens", "required"];
      yield ["metadataOptions.httpPutResponseHopLimit", 1];
    }
  },
  *check({ type, props }) {
    if (type === NODE_GROUP) {
      yield* mustBeSet(props.at("launchTemplate"));
      return;
    }
    yield* mustBe(props.at("metadataOptions.httpTokens"), "required");
    yield* mustBe(props.at("metadataOptions.httpPutResponseHopLimit"), 1);
  },
});
