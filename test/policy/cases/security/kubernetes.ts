import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { DIGEST, given, workload } from "../../given";

const CONTEXT = {
  runAsNonRoot: true,
  runAsUser: 10001,
  seccompProfile: { type: "RuntimeDefault" },
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
};
const CONTAINER = { name: "api", image: `registry.example/api${DIGEST}`, securityContext: CONTEXT };
const POD = { serviceAccountName: "api", automountServiceAccountToken: false };
const pod = (container: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Given[] => [
  workload({ ...POD, containers: [{ ...CONTAINER, ...container }], ...more }),
];
/** The same pod spec in every kind of object that holds one. */
const everyKind = (spec: Record<string, unknown>): Given[] => T.WORKLOADS.map((type) => workload(spec, type));
const context = (changed: Record<string, unknown>) => pod({ securityContext: { ...CONTEXT, ...changed } });

const NAMESPACE = given(T.NAMESPACE, { metadata: { name: "shop" } }, { name: "shop-namespace" });
const WORKLOAD = given(T.DEPLOYMENT, { metadata: { namespace: "shop" } }, { name: "shop" });
const DENY = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const isolation = (spec: Record<string, unknown>, namespace = "shop"): Given =>
  given(T.NETWORK_POLICY, { metadata: { namespace }, spec });

/** What the rules about pods and namespaces accept and refuse. */
export const kubernetesCases: CaseTable = {
  "k8s-digest": {
    holds: [
      pod(),
      everyKind({
        containers: [CONTAINER],
        initContainers: [{ name: "init", image: `registry.example/chart${DIGEST}` }],
      }),
    ],
    breaks: [
      [pod({ image: "registry.example/api:1.0.0" }), /container "api" runs registry.example\/api:1.0.0/],
      [pod({ image: `registry.example/api@sha256:${"a".repeat(63)}` }), /container "api" runs/],
      [pod({}, { initContainers: [{ name: "init", image: "busybox" }] }), /container "init" runs busybox/],
      [pod({}, { ephemeralContainers: [{ name: "debug", image: "busybox" }] }), /container "debug" runs busybox/],
      ...T.WORKLOADS.map(
        (type) =>
          [
            everyKind({ containers: [{ name: "api", image: "nginx" }] }).filter((resource) => resource.type === type),
            /container "api" runs nginx/,
          ] as const,
      ),
    ],
  },
  "k8s-security-context": {
    holds: [
      pod(),
      pod(
        {
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
          },
        },
        { securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } } },
      ),
    ],
    breaks: [
      [context({ runAsNonRoot: false }), /container "api" may run as root/],
      [context({ runAsUser: 1000 }), /has no user of 10000 or more/],
      [context({ seccompProfile: undefined }), /has no seccomp profile/],
      [context({ readOnlyRootFilesystem: undefined }), /may write to its root disk/],
      [context({ allowPrivilegeEscalation: undefined }), /may gain privileges/],
      [context({ capabilities: { drop: ["NET_RAW"] } }), /keeps capabilities/],
      [context({ privileged: true }), /is privileged/],
      [context({ capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } }), /adds capabilities/],
      [pod({}, { initContainers: [{ name: "init" }] }), /container "init" may run as root/],
    ],
  },
  "k8s-sa": {
    holds: [pod(), pod({}, { serviceAccountName: UNKNOWN })],
    breaks: [
      [pod({}, { serviceAccountName: "default" }), /serviceAccountName is "default"/],
      [pod({}, { serviceAccountName: undefined }), /serviceAccountName is not set/],
      [pod({}, { automountServiceAccountToken: undefined }), /automountServiceAccountToken is not set/],
    ],
  },
  "k8s-no-env-secret": {
    holds: [
      pod({ env: [{ name: "DATABASE_SECRET_ARN", value: UNKNOWN }], envFrom: [{ configMapRef: {} }] }),
      pod({ env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }] }),
    ],
    breaks: [
      [pod({ env: [{ name: "X", valueFrom: { secretKeyRef: { name: "s" } } }] }), /takes X from a Kubernetes secret/],
      [pod({ env: [{ name: "DATABASE_PASSWORD", value: UNKNOWN }] }), /given DATABASE_PASSWORD as plain text/],
      [pod({ envFrom: [{ secretRef: { name: "s" } }] }), /takes variables from a Kubernetes secret/],
    ],
  },
  "k8s-pss-labels": {
    holds: [[given(T.NAMESPACE, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } })]],
    breaks: [
      [[NAMESPACE], /enforce is not set/],
      [
        [given(T.NAMESPACE, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } })],
        /enforce is "baseline"/,
      ],
    ],
  },
  "k8s-network-policy": {
    holds: [
      [WORKLOAD, isolation(DENY)],
      [NAMESPACE, WORKLOAD, given(T.NETWORK_POLICY, { spec: DENY }, { refs: { metadata: ["shop-namespace"] } })],
    ],
    breaks: [
      [[WORKLOAD], /namespace shop has no policy that denies by default/],
      [[WORKLOAD, isolation(DENY, "other")], /namespace shop/],
      [[WORKLOAD, isolation({ ...DENY, policyTypes: ["Ingress"] })], /namespace shop/],
      [[WORKLOAD, isolation({ ...DENY, podSelector: { matchLabels: { app: "x" } } })], /namespace shop/],
      [[WORKLOAD, isolation({ ...DENY, ingress: [{}] })], /namespace shop/],
      [[given(T.DEPLOYMENT)], /namespace default/],
      [[WORKLOAD, isolation(DENY), isolation({ egress: [{}] })], /spec.egress.0 allows everything/],
      [[WORKLOAD, isolation({ egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] })], /allows everything/],
      [[WORKLOAD, isolation({ ingress: [{ from: [] }] })], /spec.ingress.0 allows everything/],
    ],
  },
  "k8s-no-host-ns": {
    holds: [[workload({ hostNetwork: false, volumes: [{ name: "tmp", emptyDir: {} }] })]],
    breaks: [
      [[workload({ hostNetwork: true })], /hostNetwork is true/],
      [[workload({ hostPID: true })], /hostPID is true/],
      [[workload({ hostIPC: true })], /hostIPC is true/],
      [[workload({ volumes: [{ name: "root", hostPath: { path: "/" } }] })], /volume root is the node's \//],
    ],
  },
  "k8s-no-default-ns": {
    holds: T.WORKLOADS.map((type) => [given(type, { metadata: { namespace: "shop" } })]),
    breaks: [
      [[given(T.DEPLOYMENT, { metadata: { name: "shop" } })], /metadata.namespace is not set/],
      [[given(T.CRON_JOB, { metadata: { namespace: "default" } })], /metadata.namespace is "default"/],
    ],
  },
};
