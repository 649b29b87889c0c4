import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AUTOSCALER,
  DEPLOYMENT,
  DISRUPTION_BUDGET,
  ECR_REPOSITORY,
  LISTENERS,
  LOAD_BALANCERS,
  NODE_GROUP,
  RDS_INSTANCE,
  TARGET_GROUP_BINDING,
  TARGET_GROUPS,
} from "../../../policy/framework/types";
import { AUTOSCALING } from "../../../sizing/autoscaling";
import { ec2Instance } from "../../../sizing/instances";
import { SERVICE } from "../../../sizing/service";
import { bytes, gib } from "../../../sizing/units";
import { targets } from "../../../targets";
import type { ChecklistItem, Evidence, Look } from "../item";
import { running } from "../look";
import type { ServiceFacts } from "../sources/service";
import { comesFrom, each, equals, meets, rules } from "../stack";
import type { Subject } from "../subject";

const section = "Infrastructure Performance";

const IMAGE = "docker:index/image:Image";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";

/** Guide, Docker Container Optimization: built in one stage and run in another, by nobody of the host, from little. */
const dockerfile: Look = ({ root }) => {
  const lines = readFileSync(join(root, "app", "Dockerfile"), "utf8").split("\n");
  const bases = lines.flatMap((line) => /^FROM (\S+)/.exec(line)?.[1] ?? []);
  const user = lines.flatMap((line) => /^USER (\S+)/.exec(line)?.[1] ?? []).at(-1) ?? "root";
  const left = readFileSync(join(root, "app", ".dockerignore"), "utf8").split("\n");
  const judged = (property: string, found: string, holds: boolean, expected: string): Evidence => {
    const about = { source: "code", subject: "app/Dockerfile", property, found } as const;
    return holds ? { ...about, status: "pass" } : { ...about, status: "fail", expected };
  };
  return [
    judged(
      "FROM",
      bases.join(", "),
      bases.length >= 2 && bases.every((base) => /-(slim|alpine)$/.test(base)),
      "two stages of a slim base",
    ),
    judged("USER", user, user.startsWith(`${SERVICE.uid}:`), `${SERVICE.uid}`),
    judged(
      ".dockerignore",
      left.filter((line) => line !== "" && !line.startsWith("#")).join(", "),
      ["node_modules", "test"].every((name) => left.includes(name)),
      "node_modules and test among what is left out",
    ),
  ];
};

const platformOfNodes = (subject: Subject): string => {
  const instance = ec2Instance(subject.settings.computeNodeType);
  return `linux/${instance?.architecture}`;
};

/** The image is built here for the nodes' processor, or brought by its digest. */
const builtOrGiven: Look = (subject) => {
  const { image } = subject.settings;
  if (image === undefined) return each(IMAGE, [equals("build.platform", platformOfNodes)])(subject);
  return [{ source: "stack", status: "pass", subject: "settings", property: "image", found: image }];
};

/** Whether the way to the service is the load balancer's: encrypted, and only so. */
function edgeAnswers({ url, ready, unencrypted, metrics }: ServiceFacts): Evidence[] {
  const about = { source: "service", subject: url.href } as const;
  const found: Evidence[] = [];
  if (unencrypted === undefined) {
    const missing = "URL=https://HOST";
    found.push({ ...about, status: "not checked", property: "TLS", found: "an address without TLS", missing });
  } else {
    const tls = ready.tls ?? "none";
    const modern = ["TLSv1.2", "TLSv1.3"].includes(tls);
    found.push({
      ...about,
      property: "TLS",
      found: `${tls}, with a certificate that is trusted`,
      ...verdict(modern, "TLS 1.2 or 1.3"),
    });
    const says =
      unencrypted instanceof Error
        ? unencrypted.message
        : `${unencrypted.status} ${unencrypted.headers.location ?? ""}`.trim();
    const redirects =
      !(unencrypted instanceof Error) &&
      unencrypted.status === 301 &&
      /^https:/.test(unencrypted.headers.location ?? "");
    found.push({ ...about, property: "http://", found: says, ...verdict(redirects, "301 to https://") });
    const hsts = ready.headers["strict-transport-security"];
    found.push({
      ...about,
      property: "strict-transport-security",
      found: hsts ?? "not sent",
      ...verdict(hsts !== undefined, "a year"),
    });
  }
  found.push({
    ...about,
    property: "GET /metrics",
    found: String(metrics.status),
    ...verdict(metrics.status >= 400, "hidden: 401, 403 or 404"),
  });
  return found;
}

const verdict = (holds: boolean, expected: string): Pick<Evidence, "status" | "expected"> =>
  holds ? { status: "pass" } : { status: "fail", expected };

/** The HPA's behaviour in the words of Kubernetes. */
const behavior = (direction: "scaleUp" | "scaleDown") =>
  equals(`spec.behavior.${direction}`, ({ settings }: Subject) => {
    const { stabilizationWindowSeconds: window, percent, periodSeconds } = AUTOSCALING[direction];
    return {
      policies: [{ periodSeconds, type: "Percent", value: percent }],
      selectPolicy: "Max",
      stabilizationWindowSeconds: direction === "scaleUp" ? settings.apiScaleUpStabilizationSeconds : window,
    };
  });

const cpuGoal = meets(
  "spec.metrics",
  `cpu at ${targets.cpuAverage.value} %`,
  (value) =>
    Array.isArray(value) &&
    value.some(
      ({ resource }) => resource?.name === "cpu" && resource.target?.averageUtilization === targets.cpuAverage.value,
    ),
);

/** A group that can grow: the cluster autoscaler has room. */
const scalesOut = meets("scalingConfig", "maxSize above minSize", (value) => {
  const { minSize, maxSize } = (value ?? {}) as { minSize?: number; maxSize?: number };
  return minSize !== undefined && maxSize !== undefined && maxSize > minSize;
});

/** CloudFront, where the stack is to have it. */
const cdn: Look = (subject) => {
  if (!subject.settings.cdn) {
    const found = 'false: the guide\'s "if applicable" does not apply';
    return [{ source: "stack", status: "pass", subject: "settings", property: "cdn", found }];
  }
  const compressed = (behaviors: unknown): boolean =>
    [behaviors].flat().every((one) => (one as { compress?: boolean } | undefined)?.compress === true);
  return each(DISTRIBUTION, [
    equals("enabled", true),
    meets("orderedCacheBehaviors", "/static/* among what is cached, and compressed", (value) => {
      const paths = Array.isArray(value) ? value.map(({ pathPattern }) => pathPattern) : [];
      return paths.includes("/static/*") && compressed(value);
    }),
    equals("viewerCertificate.minimumProtocolVersion", "TLSv1.2_2021"),
    comesFrom("webAclId", "aws:wafv2/webAcl:WebAcl"),
  ])(subject);
};

/** Guide, Pre-Production Performance Checklist: "Infrastructure Performance". */
export const infrastructureItems: readonly ChecklistItem[] = [
  {
    id: "image-optimized",
    section,
    title: "Docker images optimized",
    looks: [
      dockerfile,
      builtOrGiven,
      each(ECR_REPOSITORY, [equals("imageScanningConfiguration.scanOnPush", true)]),
      rules("ecr-immutable", "ecr-cmk", "image-from-own-repository", "k8s-digest"),
    ],
  },
  {
    id: "kubernetes-resources",
    section,
    title: "Kubernetes resources configured",
    looks: [
      each(DEPLOYMENT, [
        equals("spec.template.spec.containers.0.resources", ({ settings }: Subject) => ({
          limits: { cpu: settings.apiCpuLimit, memory: settings.apiMemoryLimit },
          requests: { cpu: settings.apiCpuRequest, memory: settings.apiMemoryRequest },
        })),
        meets(
          "spec.template.spec.containers.0.resources.limits.memory",
          `at most ${targets.apiMemory.value} GiB`,
          (value) => typeof value === "string" && bytes(value) <= gib(targets.apiMemory.value),
        ),
        equals("spec.template.spec.containers.0.readinessProbe.httpGet.path", SERVICE.readinessPath),
        equals("spec.template.spec.containers.0.livenessProbe.httpGet.path", SERVICE.livenessPath),
      ]),
      each(DISRUPTION_BUDGET, [equals("spec.selector.matchLabels.app", SERVICE.name)]),
      rules("k8s-resources", "k8s-probes", "schedulable", "zone-spread", "rollout-quorum", "k8s-security-context"),
    ],
  },
  {
    id: "load-balancer",
    section,
    title: "Load balancer configured",
    looks: [
      each(LOAD_BALANCERS, [
        equals("enableHttp2", true),
        equals("idleTimeout", ({ plan }: Subject) => plan.timeline.loadBalancerIdleSeconds),
      ]),
      each(TARGET_GROUPS, [
        equals("loadBalancingAlgorithmType", "least_outstanding_requests"),
        equals("healthCheck.path", SERVICE.readinessPath),
        equals("deregistrationDelay", ({ plan }: Subject) => plan.timeline.deregistrationDelaySeconds),
      ]),
      each(LISTENERS, [comesFrom("loadBalancerArn", LOAD_BALANCERS[0])]),
      each(TARGET_GROUP_BINDING, [comesFrom("spec", TARGET_GROUPS[0])]),
      rules(
        "lb-tls-policy",
        "lb-redirect",
        "lb-drop-headers",
        "keep-alive-order",
        "shutdown-order",
        "waf-attached",
        "waf-rate-limit",
      ),
      running("service", "TLS, the redirection, what is hidden", edgeAnswers),
    ],
  },
  {
    id: "auto-scaling",
    section,
    title: "Auto-scaling enabled",
    looks: [
      each(AUTOSCALER, [
        equals("spec.minReplicas", ({ settings }: Subject) => settings.apiMinReplicas),
        equals("spec.maxReplicas", ({ settings }: Subject) => settings.apiMaxReplicas),
        cpuGoal,
        behavior("scaleUp"),
        behavior("scaleDown"),
      ]),
      each(NODE_GROUP, [scalesOut]),
      each(RELEASE, [equals("chart", "cluster-autoscaler"), equals("values.replicaCount", 1)], /autoscaler/),
      each(RDS_INSTANCE, [equals("maxAllocatedStorage", ({ settings }: Subject) => settings.databaseMaxStorageGib)]),
      rules("hpa-target", "node-capacity", "replica-fit", "rds-storage-headroom"),
    ],
  },
  { id: "cdn", section, title: "CDN configured (if applicable)", looks: [cdn] },
];
