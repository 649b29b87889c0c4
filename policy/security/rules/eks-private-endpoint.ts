import { found, must, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EKS_CLUSTER } from "../../framework/types";
import { isWorld } from "../../framework/world";

export const eksPrivateEndpoint = resourceRule({
  id: "eks-private-endpoint",
  title: "The Kubernetes API is reached from inside, or from listed addresses",
  severity: "high",
  frameworks: ["EKS.1", "CKV_AWS_38", "CKV_AWS_39", "cdk-nag EKS1"],
  reason:
    "An API server open to the internet is one leaked credential, or one of its own flaws, from the whole cluster.",
  example: "the endpoint is public and publicAccessCidrs is not set",
  remedy:
    "set endpointPrivateAccess: true and endpointPublicAccess: false, or list publicAccessCidrs without the whole internet",
  types: [EKS_CLUSTER],
  *check({ props }) {
    const network = props.at("vpcConfig");
    yield* mustBe(network.at("endpointPrivateAccess"), true);
    // EKS's default is a public endpoint.
    if (network.at("endpointPublicAccess").boolean() !== false) {
      const cidrs = network.at("publicAccessCidrs");
      if (cidrs.list().length === 0) {
        yield found("the endpoint is public and publicAccessCidrs is not set");
      }
      for (const cidr of cidrs.list()) {
        yield* must(cidr, (v) => !isWorld(v));
      }
    }
  },
});
