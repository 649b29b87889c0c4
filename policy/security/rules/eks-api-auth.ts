import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EKS_CLUSTER } from "../../framework/types";

export const eksApiAuth = resourceRule({
  id: "eks-api-auth",
  title: "Access to the cluster is granted by access entries only",
  severity: "medium",
  reason:
    "The aws-auth map is edited inside the cluster, unseen by AWS and by policies, and one wrong edit locks everybody out.",
  example: 'accessConfig.authenticationMode is "API_AND_CONFIG_MAP"',
  remedy: "set accessConfig.authenticationMode to API",
  types: [EKS_CLUSTER],
  *check({ props }) {
    yield* mustBe(props.at("accessConfig.authenticationMode"), "API");
  },
});
