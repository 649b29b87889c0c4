import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { ECR_REPOSITORY } from "../../framework/types";

const IMMUTABLE: readonly (string | undefined)[] = ["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"];

export const ecrImmutable = resourceRule({
  id: "ecr-immutable",
  title: "A pushed image tag never changes",
  severity: "medium",
  frameworks: ["ECR.2", "CKV_AWS_51"],
  reason: "A tag that can be pushed again is not what was tested, scanned and reviewed.",
  example: 'imageTagMutability is "MUTABLE"',
  remedy: "set imageTagMutability to IMMUTABLE",
  types: [ECR_REPOSITORY],
  *check({ props }) {
    yield* must(props.at("imageTagMutability"), (v) => IMMUTABLE.includes(v.string()));
  },
});
