import { each, found } from "../../framework/finding";
import { containerName, containers } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";

/** Names of variables that hold a secret themselves, not where to find it. */
const SECRET_NAME = /(PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|PRIVATE_KEY|CREDENTIALS?)$/;

export const k8sNoEnvSecret = resourceRule({
  id: "k8s-no-env-secret",
  title: "No secret is in a container's environment",
  severity: "medium",
  frameworks: ["CKV_K8S_35", "kube-linter env-var-secret"],
  reason:
    "The environment is shown by kubectl, by crash reports and by every child process, and a rotated secret stays the old one in it.",
  example: 'container "api" takes X from a Kubernetes secret',
  remedy: "give the container the secret's ARN and let it fetch the secret with its own role",
  types: WORKLOADS,
  *check(workload) {
    yield* each(containers(workload), function* (container) {
      yield* each(container.at("env").list(), function* (entry) {
        const name = entry.at("name").string() ?? "?";
        if (entry.at("valueFrom.secretKeyRef").isSet) {
          yield found(`${containerName(container)} takes ${name} from a Kubernetes secret`);
        } else if (SECRET_NAME.test(name) && entry.at("value").isSet) {
          yield found(`${containerName(container)} is given ${name} as plain text`);
        }
      });
      if (
        container
          .at("envFrom")
          .list()
          .some((source) => source.at("secretRef").isSet)
      ) {
        yield found(`${containerName(container)} takes variables from a Kubernetes secret`);
      }
    });
  },
});
