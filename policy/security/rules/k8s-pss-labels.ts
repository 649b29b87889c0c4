import { must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { NAMESPACE } from "../../framework/types";

const LABEL = "pod-security.kubernetes.io/enforce";

export const k8sPssLabels = resourceRule({
  id: "k8s-pss-labels",
  title: "Namespaces enforce the restricted Pod Security Standard",
  severity: "medium",
  reason: "The label makes the API server refuse what the other rules only see in this stack.",
  example: "metadata.labels.pod-security.kubernetes.io/enforce is not set",
  remedy: `set the label ${LABEL} to restricted`,
  types: [NAMESPACE],
  *check({ props }) {
    yield* must(props.at("metadata.labels").child(LABEL), (level) => level.string() === "restricted");
  },
});
