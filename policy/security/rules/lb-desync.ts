import { isApplication } from "../../framework/edge";
import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { LOAD_BALANCERS } from "../../framework/types";

export const lbDesync = resourceRule({
  id: "lb-desync",
  title: "Load balancers refuse requests that two servers may read differently",
  severity: "medium",
  frameworks: ["ELB.12", "CKV_AWS_328"],
  reason: "A request that the balancer takes for one and the server for two carries the second past every check.",
  example: 'desyncMitigationMode is "monitor"',
  remedy: "set desyncMitigationMode: defensive or strictest",
  types: [...LOAD_BALANCERS],
  *check(resource) {
    if (isApplication(resource)) {
      // ELB's default is defensive.
      const mode = resource.props.at("desyncMitigationMode");
      yield* must(mode, (v) => ["defensive", "strictest"].includes(v.string() ?? "defensive"));
    }
  },
});
