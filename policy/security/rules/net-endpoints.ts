import { each, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import { EKS_CLUSTER, VPC, VPC_ENDPOINT } from "../../framework/types";

const NEEDED = ["ecr.api", "ecr.dkr", "s3"];

export const netEndpoints = stackRule({
  id: "net-endpoints",
  title: "Nodes reach their image registry and its storage inside the VPC",
  severity: "low",
  frameworks: ["EC2.55", "EC2.56"],
  reason:
    "Image layers are most of what nodes fetch: through a NAT gateway they are paid by the byte, and stop where the internet does.",
  example: "no endpoint for ecr.api, s3",
  remedy: "add VpcEndpoints for ecr.api, ecr.dkr (Interface) and s3 (Gateway)",
  *check(stack) {
    if (stack.ofType(EKS_CLUSTER).length === 0) {
      return;
    }
    yield* each(stack.ofType(VPC), function* (vpc) {
      const services = stack
        .referring(VPC_ENDPOINT, "vpcId", vpc)
        .map(({ props }) => props.at("serviceName").string() ?? "");
      const missing = NEEDED.filter((name) => !services.some((service) => service.endsWith(`.${name}`)));
      if (missing.length > 0) {
        yield found(`no endpoint for ${missing.join(", ")}`, vpc);
      }
    });
  },
});
