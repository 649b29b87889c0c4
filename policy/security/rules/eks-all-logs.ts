import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EKS_CLUSTER } from "../../framework/types";

const LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

export const eksAllLogs = resourceRule({
  id: "eks-all-logs",
  title: "The control plane writes all its logs",
  severity: "medium",
  frameworks: ["EKS.8", "CKV_AWS_37", "cdk-nag EKS2"],
  reason: "Who did what in the cluster is known from the audit log, or not at all.",
  example: "enabledClusterLogTypes lacks authenticator, controllerManager, scheduler",
  remedy: `set enabledClusterLogTypes to ${LOGS.join(", ")}`,
  types: [EKS_CLUSTER],
  *check({ props }) {
    const enabled = props.at("enabledClusterLogTypes").strings();
    const missing = LOGS.filter((log) => !enabled.includes(log));
    if (missing.length > 0) {
      yield found(`enabledClusterLogTypes lacks ${missing.join(", ")}`);
    }
  },
});
