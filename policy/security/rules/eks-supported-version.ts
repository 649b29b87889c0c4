import { endOfStandardSupport, kubernetesFactsDate, kubernetesVersions } from "../../../sizing/kubernetes";
import { attempt, found, mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { EKS_CLUSTER } from "../../framework/types";

export const eksSupportedVersion = resourceRule({
  id: "eks-supported-version",
  title: "The cluster runs a Kubernetes version in EKS's standard support, and stays out of the extended one",
  severity: "high",
  frameworks: ["EKS.2", "CKV_AWS_339"],
  reason: "Past standard support a cluster costs six times as much, or is upgraded on a day that AWS chooses.",
  example: 'version is "1.33", whose standard support ended on 2026-07-29',
  remedy: `set version to one of ${kubernetesVersions.join(", ")} (calendar of ${kubernetesFactsDate}: sizing/data/eks.json) and upgradePolicy.supportType to STANDARD`,
  types: [EKS_CLUSTER],
  *check({ props }) {
    const version = props.at("version");
    yield* attempt(function* () {
      const end = endOfStandardSupport(version.string() ?? "");
      if (end === undefined) {
        yield found(`${version}, which the calendar does not list`);
      } else if (end <= kubernetesFactsDate) {
        yield found(`${version}, whose standard support ended on ${end}`);
      }
    });
    yield* mustBe(props.at("upgradePolicy.supportType"), "STANDARD");
  },
});
