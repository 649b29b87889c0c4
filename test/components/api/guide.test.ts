import assert from "node:assert/strict";
import { connectionBudget } from "../../../sizing/connections";
import { resource } from "../graph";
import { api, BINDING, DEPLOYMENT, HPA, IMAGE, K8S, type Reader, SERVICE } from "./fixture";

describe("Api by the guide", () => {
  let made: Reader;
  before(async () => {
    made = await api();
  });

  describe(`guide, ${K8S}: Deployment`, () => {
    for (const [text, path, value] of [
      ["name: pynomaly-api", "metadata.name", "pynomaly-api"],
      ["namespace: pynomaly", "metadata.namespace", "pynomaly"],
      ["replicas: 4", "spec.replicas", 4],
      ["type: RollingUpdate", "spec.strategy.type", "RollingUpdate"],
      ["maxSurge: 25%", "spec.strategy.rollingUpdate.maxSurge", "25%"],
      ["matchLabels: app: pynomaly-api", "spec.selector.matchLabels", { app: "pynomaly-api" }],
      ["labels: app: pynomaly-api", "spec.template.metadata.labels.app", "pynomaly-api"],
    ] as const) {
      it(text, () => assert.deepEqual(made.deployment(path), value));
    }

    it("maxUnavailable: 25% would take a quarter of the capacity at each deployment: 0", () => {
      assert.equal(made.deployment("spec.strategy.rollingUpdate.maxUnavailable"), 0);
      assert.equal(made.deployment("spec.minReadySeconds"), 10);
    });

    it("version: v1.0.0 is the digest's beginning", () => {
      assert.equal(made.deployment("spec.template.metadata.labels.version"), "0123456789ab");
    });

    it("image: pynomaly/api:1.0.0 is the digest", () => assert.equal(made.container("image"), IMAGE));

    it("leaves replicas to the autoscaler once it exists", () => {
      assert.deepEqual(resource(made.graph, DEPLOYMENT, "api-deployment").options.ignoreChanges, ["spec.replicas"]);
    });
  });

  describe(`guide, ${K8S}: containers`, () => {
    for (const [text, path, value] of [
      ["name: pynomaly-api", "name", "pynomaly-api"],
      ["containerPort: 8000", "ports.0.containerPort", 8000],
      ['requests: memory: "1Gi"', "resources.requests.memory", "1Gi"],
      ['requests: cpu: "500m"', "resources.requests.cpu", "500m"],
      ['limits: memory: "2Gi"', "resources.limits.memory", "2Gi"],
      ['limits: cpu: "1000m"', "resources.limits.cpu", "1000m"],
      ["livenessProbe: path: /health", "livenessProbe.httpGet", { path: "/health", port: 8000 }],
      ["livenessProbe: periodSeconds: 30", "livenessProbe.periodSeconds", 30],
      ["livenessProbe: timeoutSeconds: 5", "livenessProbe.timeoutSeconds", 5],
      ["livenessProbe: failureThreshold: 3", "livenessProbe.failureThreshold", 3],
      ["readinessProbe: path: /ready", "readinessProbe.httpGet", { path: "/ready", port: 8000 }],
      ["readinessProbe: periodSeconds: 10", "readinessProbe.periodSeconds", 10],
      ["readinessProbe: timeoutSeconds: 3", "readinessProbe.timeoutSeconds", 3],
      ["readinessProbe: failureThreshold: 2", "readinessProbe.failureThreshold", 2],
      ["runAsNonRoot: true", "securityContext.runAsNonRoot", true],
      ["readOnlyRootFilesystem: true", "securityContext.readOnlyRootFilesystem", true],
      ["allowPrivilegeEscalation: false", "securityContext.allowPrivilegeEscalation", false],
      ["capabilities: drop: ALL", "securityContext.capabilities", { drop: ["ALL"] }],
      ["volumeMounts: /app/logs", "volumeMounts.0", { name: "logs", mountPath: "/app/logs" }],
    ] as const) {
      it(text, () => assert.deepEqual(made.container(path), value));
    }

    it("initialDelaySeconds: 30 and 5 are a startup probe of 30 × 5 s", () => {
      assert.deepEqual(made.container("startupProbe"), {
        httpGet: { path: "/health", port: 8000 },
        periodSeconds: 5,
        timeoutSeconds: 3,
        failureThreshold: 30,
      });
      assert.equal(made.container("livenessProbe.initialDelaySeconds"), undefined);
      assert.equal(made.container("readinessProbe.initialDelaySeconds"), undefined);
    });

    it("runAsUser, runAsGroup: 1000 may be the host's: 10001", () => {
      assert.equal(made.container("securityContext.runAsUser"), 10_001);
      assert.equal(made.container("securityContext.runAsGroup"), 10_001);
    });

    it('WORKER_CONNECTIONS: "1000"', () => assert.equal(made.variables().WORKER_CONNECTIONS, "1000"));

    it('WORKERS: "4" is one for each CPU of the limit', async () => {
      assert.equal(made.variables().WORKERS, "1");
      const wide = connectionBudget({ maxConnections: 800, maxReplicas: 20, cpuLimitMillis: 4000 });
      assert.equal((await api({ connections: wide })).variables().WORKERS, "4");
    });

    it("PYTHONUNBUFFERED and PYTHONDONTWRITEBYTECODE mean nothing to Node", () => {
      assert.deepEqual(
        Object.keys(made.variables()).filter((name) => name.startsWith("PYTHON")),
        [],
      );
    });
  });

  describe(`guide, ${K8S}: pod`, () => {
    it("volumes: logs: emptyDir, with a limit, and /tmp beside it", () => {
      assert.deepEqual(made.pod("volumes"), [
        { name: "logs", emptyDir: { sizeLimit: "512Mi" } },
        { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
      ]);
    });

    it("podAntiAffinity: preferred, weight: 100, kubernetes.io/hostname", () => {
      assert.deepEqual(made.pod("affinity.podAntiAffinity"), {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchExpressions: [{ key: "app", operator: "In", values: ["pynomaly-api"] }] },
              topologyKey: "kubernetes.io/hostname",
            },
          },
        ],
      });
    });

    it("nodeSelector: node-type: compute-optimized", () => {
      assert.deepEqual(made.pod("nodeSelector"), { "node-type": "compute-optimized" });
    });

    it('tolerations: high-performance Equal "true" NoSchedule', () => {
      assert.deepEqual(made.pod("tolerations"), [
        { key: "high-performance", operator: "Equal", value: "true", effect: "NoSchedule" },
      ]);
    });

    it("is spread evenly over the zones that are there, each rollout by itself", () => {
      assert.deepEqual(made.pod("topologySpreadConstraints"), [
        {
          maxSkew: 1,
          topologyKey: "topology.kubernetes.io/zone",
          whenUnsatisfiable: "DoNotSchedule",
          nodeTaintsPolicy: "Honor",
          matchLabelKeys: ["pod-template-hash"],
          labelSelector: { matchLabels: { app: "pynomaly-api" } },
        },
      ]);
    });

    it("is one that the restricted Pod Security level lets in, without an API token", () => {
      assert.deepEqual(made.pod("securityContext"), {
        fsGroup: 10_001,
        runAsGroup: 10_001,
        runAsNonRoot: true,
        runAsUser: 10_001,
        seccompProfile: { type: "RuntimeDefault" },
      });
      assert.equal(made.pod("automountServiceAccountToken"), false);
      assert.equal(made.pod("serviceAccountName"), "pynomaly-api");
    });

    it("goes on serving for 20 s, drains for 30 s, and is killed after 60 s", () => {
      assert.deepEqual(made.container("lifecycle"), { preStop: { sleep: { seconds: 20 } } });
      assert.equal(made.variables().SHUTDOWN_TIMEOUT_SECONDS, "30");
      assert.equal(made.pod("terminationGracePeriodSeconds"), 60);
    });
  });

  describe(`guide, ${K8S}: Service and HorizontalPodAutoscaler`, () => {
    it("Service: pynomaly-api-service, port: 80 to targetPort: 8000", () => {
      assert.equal(made.at(SERVICE, "api-service", "metadata.name"), "pynomaly-api-service");
      assert.deepEqual(made.at(SERVICE, "api-service", "spec.ports"), [{ name: "http", port: 80, targetPort: 8000 }]);
      assert.deepEqual(made.at(SERVICE, "api-service", "spec.selector"), { app: "pynomaly-api" });
    });

    it("Service: type: LoadBalancer would make a load balancer that no policy sees: ClusterIP", () => {
      assert.equal(made.at(SERVICE, "api-service", "spec.type"), "ClusterIP");
      assert.deepEqual(made.at(BINDING, "api-targets", "spec"), {
        serviceRef: { name: "pynomaly-api-service", port: 80 },
        targetGroupARN: "arn:target-group",
        targetType: "ip",
      });
    });

    for (const [text, path, value] of [
      ["name: pynomaly-api-hpa", "metadata.name", "pynomaly-api-hpa"],
      [
        "scaleTargetRef: Deployment pynomaly-api",
        "spec.scaleTargetRef",
        { apiVersion: "apps/v1", kind: "Deployment", name: "pynomaly-api" },
      ],
      ["minReplicas: 4", "spec.minReplicas", 4],
      ["maxReplicas: 20", "spec.maxReplicas", 20],
      [
        "cpu: averageUtilization: 70",
        "spec.metrics.0",
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      ],
      [
        "memory: averageUtilization: 80",
        "spec.metrics.1",
        { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 80 } } },
      ],
      [
        "scaleDown: 300 s, Percent 50 in 60 s",
        "spec.behavior.scaleDown",
        {
          stabilizationWindowSeconds: 300,
          selectPolicy: "Max",
          policies: [{ type: "Percent", value: 50, periodSeconds: 60 }],
        },
      ],
      [
        "scaleUp: 60 s, Percent 100 in 15 s",
        "spec.behavior.scaleUp",
        {
          stabilizationWindowSeconds: 60,
          selectPolicy: "Max",
          policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
        },
      ],
    ] as const) {
      it(`HPA: ${text}`, () => assert.deepEqual(made.at(HPA, "api-hpa", path), value));
    }

    it("HPA: the scale-up window is a setting", async () => {
      const eager = await api({ scaleUpStabilizationSeconds: 0 });
      assert.equal(eager.at(HPA, "api-hpa", "spec.behavior.scaleUp.stabilizationWindowSeconds"), 0);
    });
  });
});
