import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { ECR_REPOSITORY } from "../../framework/types";

export const ecrScan = resourceRule({
  id: "ecr-scan",
  title: "Images are scanned when they are pushed",
  severity: "medium",
  frameworks: ["ECR.1", "CKV_AWS_163"],
  reason: "A known vulnerability is cheapest to mend before the image runs.",
  example: "imageScanningConfiguration.scanOnPush is false",
  remedy: "set imageScanningConfiguration.scanOnPush: true",
  types: [ECR_REPOSITORY],
  *mends() {
    yield ["imageScanningConfiguration.scanOnPush", true];
  },
  *check({ props }) {
    yield* mustBe(props.at("imageScanningConfiguration.scanOnPush"), true);
  },
});
