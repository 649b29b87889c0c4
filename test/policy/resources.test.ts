import { withWaiverRule } from "../../policy/framework/pack";
import { rules } from "../../policy/resources/rules";
import { testPack } from "./cases";
import { cacheCases } from "./cases/resources/cache";
import { clusterCases } from "./cases/resources/cluster";
import { databaseCases } from "./cases/resources/database";
import { kubernetesCases } from "./cases/resources/kubernetes";
import { loadBalancerCases } from "./cases/resources/load-balancer";
import { monitoringCases } from "./cases/resources/monitoring";
import { networkCases } from "./cases/resources/network";
import { stackCases } from "./cases/resources/stack";
import { JUDGEMENT } from "./engine";

testPack("pynomaly-resources", rules, [
  cacheCases,
  clusterCases,
  databaseCases,
  kubernetesCases,
  loadBalancerCases,
  monitoringCases,
  networkCases,
  stackCases,
]);

describe("pynomaly-resources as a pack", () => {
  it("adds the rule that watches over waivers", () => {
    const all = withWaiverRule(rules, JUDGEMENT);
    if (all.at(-1)?.id !== "waivers-in-force") {
      throw new Error("waivers-in-force is missing");
    }
  });
});
