import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { change, edit, given, one, without, workload } from "../../given";
import { CONTAINER_PATH, system, variablePath } from "../../system";

const service = one(T.SERVICE, { spec: { type: "ClusterIP" } });

const SOUND_CONTAINER = {
  name: "api",
  resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
  startupProbe: { httpGet: { path: "/health" } },
  livenessProbe: { httpGet: { path: "/health" } },
  readinessProbe: { httpGet: { path: "/ready" } },
};
const deployment = (container: Record<string, unknown> = {}, pod: Record<string, unknown> = {}): Given[] => [
  workload({ containers: [{ ...SOUND_CONTAINER, ...container }], ...pod }),
];
const cronJob = (container: Record<string, unknown>): Given[] => [workload({ containers: [container] }, T.CRON_JOB)];

const SPREAD = "spec.template.spec.topologySpreadConstraints";
const spread = (stack: readonly Given[]): Given[] =>
  edit(stack, "shop", SPREAD, [{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone" }]);

/** What the rules about workloads, their rollouts and their scaling accept and refuse. */
export const kubernetesCases: CaseTable = {
  "k8s-resources": {
    holds: [deployment(), cronJob(SOUND_CONTAINER)],
    breaks: [
      [deployment({ resources: {} }), /container "api" has no resources.requests.cpu/],
      [deployment({ resources: { requests: { cpu: 1, memory: "1Gi" } } }), /has no resources.limits.memory/],
      [deployment({}, { initContainers: [{ name: "init" }] }), /container "init" has no resources.requests.memory/],
      [cronJob({ name: "nightly" }), /container "nightly" has no resources.requests.cpu/],
    ],
  },
  "k8s-probes": {
    holds: [deployment(), cronJob({ name: "nightly" }), deployment({}, { initContainers: [{ name: "init" }] })],
    breaks: [
      [deployment({ startupProbe: undefined }), /container "api" has no startupProbe/],
      [deployment({ livenessProbe: undefined }), /has no livenessProbe/],
      [
        deployment({ readinessProbe: { httpGet: { path: "/health" } } }),
        /asks \/health for liveness and for readiness/,
      ],
    ],
  },
  "k8s-no-lb-service": {
    holds: [service(), service({ spec: {} })],
    breaks: [
      [service({ spec: { type: "LoadBalancer" } }), /spec.type is "LoadBalancer"/],
      [service({ spec: { type: "NodePort" } }), /spec.type is "NodePort"/],
    ],
  },
  "k8s-namespace-declared": {
    holds: [
      [...system(), given(T.NAMESPACE, { metadata: { name: "shop" } })],
      [given(T.DEPLOYMENT, {})],
      [given(T.DEPLOYMENT, { metadata: { namespace: "kube-system" } })],
      [
        given(T.NAMESPACE, { metadata: {} }, { name: "made" }),
        given(T.DEPLOYMENT, { metadata: { namespace: UNKNOWN } }, { refs: { metadata: ["made"] } }),
      ],
    ],
    breaks: [[system(), /the stack makes no namespace shop/]],
  },
  "zone-spread": {
    holds: [
      spread(system()),
      edit(
        system(),
        "shop",
        "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        [{ topologyKey: "topology.kubernetes.io/zone" }],
      ),
      // Neither scaled nor behind a load balancer.
      without(without(system(), "binding"), "scaler"),
    ],
    breaks: [
      [system(), /nothing spreads its pods over topology.kubernetes.io\/zone/],
      [edit(system(), "shop", SPREAD, [{ topologyKey: "kubernetes.io/hostname" }]), /nothing spreads its pods/],
    ],
  },
  "shutdown-order": {
    holds: [
      system(),
      without(system(), "binding"),
      edit(system(), "shop", `${CONTAINER_PATH}.lifecycle.preStop`, { exec: { command: ["sh", "-c", "sleep 20"] } }),
    ],
    breaks: [
      [
        edit(system(), "shop", `${CONTAINER_PATH}.lifecycle.preStop.sleep.seconds`, 31),
        /preStop of 31 s \+ shutdown of 30 s/,
      ],
      [
        edit(system(), "shop", "spec.template.spec.terminationGracePeriodSeconds", undefined),
        /exceed the grace period of 30 s/,
      ],
      [edit(system(), "shop", `${CONTAINER_PATH}.lifecycle`, undefined), /no container waits in preStop/],
      [
        edit(system(), "shop", variablePath("SHUTDOWN_TIMEOUT_SECONDS"), undefined),
        /SHUTDOWN_TIMEOUT_SECONDS is not set/,
      ],
      [edit(system(), "targets", "deregistrationDelay", 20), /requests may take 30 s and targets deregisters in 20 s/],
      [
        edit(system(), "targets", "deregistrationDelay", undefined),
        /targets deregisters in 300 s and the grace period is 60/,
      ],
    ],
  },
  "rollout-quorum": {
    holds: [
      system(),
      // Neither scaled nor behind a load balancer: a controller, which may be alone.
      without(without(without(system(), "binding"), "scaler"), "budget"),
      edit(system(), "budget", "spec", { maxUnavailable: 1, selector: { matchLabels: { app: "shop" } } }),
    ],
    breaks: [
      [without(system(), "budget"), /no PodDisruptionBudget selects its pods/],
      [edit(system(), "budget", "metadata.namespace", "other"), /no PodDisruptionBudget selects its pods/],
      [edit(system(), "budget", "spec.minAvailable", "100%"), /budget allows no disruption of 4 pods/],
      [edit(system(), "scaler", "spec.minReplicas", 2), /as few as 2 pods, not 3/],
      [edit(system(), "fast", "subnetIds", ["a", "b", "c", "d", "e"]), /as few as 4 pods, not 5/],
      [
        edit(system(), "shop", "spec.strategy.rollingUpdate.maxUnavailable", "50%"),
        /a rollout takes 2 of 4 pods and budget allows 1/,
      ],
    ],
  },
  "hpa-target": {
    holds: [
      system(),
      change(edit(system(), "shop", "spec.replicas", undefined), "shop", { ignoreChanges: [] }),
      edit(change(system(), "scaler", { refs: { spec: ["shop"] } }), "scaler", "spec.scaleTargetRef.name", UNKNOWN),
    ],
    breaks: [
      [edit(system(), "scaler", "spec.scaleTargetRef.name", "shopp"), /scaleTargetRef names no workload/],
      [edit(system(), "scaler", "metadata.namespace", "other"), /scaleTargetRef names no workload/],
      [
        edit(system(), "shop", `${CONTAINER_PATH}.resources.requests.cpu`, undefined),
        /container "shop" of shop requests no cpu/,
      ],
      [change(system(), "shop", { ignoreChanges: [] }), /shop sets spec.replicas and does not ignore its changes/],
      [without(system(), "metrics"), /no add-on metrics-server/],
    ],
  },
};
