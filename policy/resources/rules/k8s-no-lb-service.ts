import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { SERVICE } from "../../framework/types";

const INSIDE: readonly string[] = ["ClusterIP", "ExternalName"];

export const k8sNoLbService = resourceRule({
  id: "k8s-no-lb-service",
  title: "Services open nothing outside the cluster",
  severity: "medium",
  frameworks: ["kube-linter exposed-services"],
  reason:
    "A load balancer that Kubernetes makes is outside Pulumi's state: no policy or alarm sees it, and it outlives a destroy.",
  example: 'spec.type is "LoadBalancer"',
  remedy: "use type ClusterIP and bind the pods to the stack's own load balancer with a TargetGroupBinding",
  types: [SERVICE],
  *check({ props }) {
    yield* must(props.at("spec.type"), (type) => INSIDE.includes(type.string() ?? "ClusterIP"));
  },
});
