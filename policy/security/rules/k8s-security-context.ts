import { each, type Finding, must } from "../../framework/finding";
import { containerName, containers, podSpec } from "../../framework/kubernetes";
import { resourceRule } from "../../framework/rule";
import { WORKLOADS } from "../../framework/types";
import type { Value } from "../../framework/value";

/** Lowest user id that no user of a node has (checkov CKV_K8S_40). */
const LEAST_UID = 10_000;
/** The one capability that the restricted Pod Security Standard lets a container add. */
const HARMLESS = "NET_BIND_SERVICE";
const PROFILES: readonly (string | undefined)[] = ["RuntimeDefault", "Localhost"];

export const k8sSecurityContext = resourceRule({
  id: "k8s-security-context",
  title: "Containers run as an ordinary user, on a read-only disk, without capabilities, under a seccomp profile",
  severity: "high",
  frameworks: [
    "CKV_K8S_20",
    "CKV_K8S_22",
    "CKV_K8S_23",
    "CKV_K8S_28",
    "CKV_K8S_31",
    "CKV_K8S_37",
    "CKV_K8S_40",
    "kube-linter run-as-non-root",
    "kube-linter no-read-only-root-fs",
    "kube-linter privilege-escalation-container",
  ],
  reason:
    "A program that is broken into should find itself with nothing; and a namespace that enforces restricted creates no pod without this.",
  example: 'container "api" may run as root',
  remedy: `set runAsNonRoot, runAsUser (${LEAST_UID} or more), readOnlyRootFilesystem, allowPrivilegeEscalation: false, capabilities.drop: [ALL] and seccompProfile RuntimeDefault`,
  types: WORKLOADS,
  *check(workload) {
    const pod = podSpec(workload).at("securityContext");
    yield* each(containers(workload), (container) => judge(container, pod));
  },
});

function* judge(container: Value, pod: Value): Generator<Finding> {
  const own = container.at("securityContext");
  const name = containerName(container);
  // What a container doesn't say, its pod says for it.
  const either = (path: string) => (own.at(path).isSet ? own.at(path) : pod.at(path));
  yield* must(either("runAsNonRoot"), (v) => v.boolean() === true, `${name} may run as root`);
  yield* must(
    either("runAsUser"),
    (v) => (v.number() ?? 0) >= LEAST_UID,
    `${name} has no user of ${LEAST_UID} or more`,
  );
  yield* must(either("seccompProfile.type"), (v) => PROFILES.includes(v.string()), `${name} has no seccomp profile`);
  yield* must(own.at("readOnlyRootFilesystem"), (v) => v.boolean() === true, `${name} may write to its root disk`);
  yield* must(own.at("allowPrivilegeEscalation"), (v) => v.boolean() === false, `${name} may gain privileges`);
  yield* must(own.at("capabilities.drop"), (v) => v.strings().includes("ALL"), `${name} keeps capabilities`);
  yield* must(
    own.at("capabilities.add"),
    (v) => v.strings().every((added) => added === HARMLESS),
    `${name} adds capabilities`,
  );
  yield* must(own.at("privileged"), (v) => v.boolean() !== true, `${name} is privileged`);
}
