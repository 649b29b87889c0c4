import assert from "node:assert/strict";
import { connectionBudget } from "../../sizing/connections";
import {
  ACCOUNT,
  api,
  BINDING,
  CONFIG,
  CRON_JOB,
  DEPLOYMENT,
  HPA,
  IMAGE,
  JOB,
  NAMESPACE,
  PDB,
  POLICY,
  PRIORITY,
  type Reader,
  ROLE_POLICY,
  SERVICE,
} from "./api/fixture";
import { count, resource, waitsFor } from "./graph";

describe("Api", () => {
  let made: Reader;
  before(async () => {
    made = await api();
  });

  it("makes exactly these resources and asks AWS nothing", () => {
    assert.deepEqual(count(made.graph), {
      [ACCOUNT]: 4,
      [BINDING]: 1,
      [CONFIG]: 2,
      [CRON_JOB]: 3,
      [DEPLOYMENT]: 1,
      [HPA]: 1,
      [JOB]: 1,
      [NAMESPACE]: 1,
      [PDB]: 1,
      [POLICY]: 7,
      [PRIORITY]: 1,
      [ROLE_POLICY]: 5,
      [SERVICE]: 1,
      "aws:eks/podIdentityAssociation:PodIdentityAssociation": 4,
      "aws:iam/role:Role": 4,
      "aws:lb/listener:Listener": 1,
      "pulumi:providers:aws": 1,
      "pulumi:providers:kubernetes": 1,
      "pynomaly:security:WorkloadIdentity": 4,
      "pynomaly:service:Api": 1,
    });
    assert.deepEqual(made.graph.invokes, []);
  });

  describe("what the guide leaves out", () => {
    it("keeps three of four pods through a node drain", () => {
      assert.deepEqual(made.at(PDB, "api-pdb", "spec"), {
        maxUnavailable: "25%",
        selector: { matchLabels: { app: "pynomaly-api" } },
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      });
    });

    it("makes the namespace, restricted, with readiness gates of the load balancer", () => {
      assert.equal(made.at(NAMESPACE, "api-namespace", "metadata.name"), "pynomaly");
      assert.deepEqual(made.at(NAMESPACE, "api-namespace", "metadata.labels"), {
        "elbv2.k8s.aws/pod-readiness-gate-inject": "enabled",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
      });
    });

    it("puts the API before pods without a priority", () => {
      const { value, globalDefault } = resource(made.graph, PRIORITY, "api-priority").inputs;
      assert.deepEqual([value, globalDefault], [1_000_000, false]);
    });

    it("tells the service what sizing decided, as literals", () => {
      const { DATABASE_SECRET_ARN: _, ...numbers } = made.variables();
      assert.deepEqual(numbers, {
        API_CACHE_SECONDS: "300",
        AUTH_RATE_BURST: "5",
        AUTH_RATE_REQUESTS_PER_SECOND: "5",
        DATABASE_POOL_IDLE_SECONDS: "300",
        DATABASE_READER_POOL_MAX: "6",
        DATABASE_WRITER_POOL_MAX: "6",
        GZIP_LEVEL: "6",
        GZIP_MIN_BYTES: "1000",
        HEADERS_TIMEOUT_SECONDS: "66",
        KEEP_ALIVE_REQUESTS: "1000",
        KEEP_ALIVE_TIMEOUT_SECONDS: "65",
        LOG_LEVEL: "info",
        MAX_BODY_BYTES: String(100 * 1024 ** 2),
        MAX_HEADER_BYTES: "16384",
        METRICS_PORT: "9000",
        MODELS_LOCATION: "/app/models",
        MODELS_MEMORY_BYTES: String(Math.floor((2 * 1024 ** 3) / 10)),
        // Kubernetes knows it.
        NODE_ADDRESS: undefined,
        NODE_ENV: "production",
        NODE_NAME: undefined,
        NODE_OPTIONS: "--max-old-space-size-percentage=75",
        OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT: "http://$(NODE_ADDRESS):4316/v1/metrics",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://$(NODE_ADDRESS):4316",
        OTEL_RESOURCE_ATTRIBUTES:
          "k8s.namespace.name=pynomaly,k8s.deployment.name=pynomaly-api,k8s.pod.name=$(POD_NAME),k8s.node.name=$(NODE_NAME)",
        POD_NAME: undefined,
        PORT: "8000",
        RATE_BURST: "20",
        RATE_REQUESTS_PER_SECOND: "10",
        REQUEST_TIMEOUT_SECONDS: "30",
        SHUTDOWN_TIMEOUT_SECONDS: "30",
        STATEMENT_TIMEOUT_SECONDS: "25",
        TRUSTED_PROXIES: "1",
        WORKERS: "1",
        WORKER_CONNECTIONS: "1000",
      });
    });

    it("shares the memory for models among a pod's workers", async () => {
      const wide = connectionBudget({ maxConnections: 1000, maxReplicas: 20, cpuLimitMillis: 4000 });
      const { MODELS_MEMORY_BYTES } = (await api({ connections: wide })).variables();
      assert.equal(MODELS_MEMORY_BYTES, String(Math.floor((2 * 1024 ** 3) / 10 / 4)));
    });

    it("tells API, migration and maintenance where the data is, and no secret", () => {
      assert.deepEqual(made.at(CONFIG, "api-config", "data"), {
        ALLOWED_HOSTS: "api.example.com",
        AWS_REGION: "eu-west-1",
        CACHE_HOST: "primary",
        CACHE_PORT: "6379",
        CACHE_REPLICATION_GROUP_ID: "group",
        CACHE_USER: "user",
        CORS_ORIGINS: "https://api.example.com",
        DATABASE_INSTANCE_HOST: "writer",
        DATABASE_NAME: "pynomaly",
        DATABASE_PORT: "5432",
        DATABASE_READER_HOSTS: "replica-b.example,replica-c.example",
        DATABASE_TLS: "on",
        DATABASE_WRITER_HOST: "proxy",
      });
      assert.deepEqual(made.graph.byType("kubernetes:core/v1:Secret"), []);
    });
  });

  describe("migration", () => {
    const job = (path: string) => made.at(JOB, "api-migration", `spec.${path}`);

    it("runs the same image under its own account, once for each image", () => {
      assert.equal(job("template.spec.containers.0.image"), IMAGE);
      assert.deepEqual(job("template.spec.containers.0.args"), ["src/migrate.ts"]);
      assert.equal(job("template.spec.serviceAccountName"), "pynomaly-migration");
      assert.equal(job("template.spec.restartPolicy"), "Never");
      assert.equal(made.at(JOB, "api-migration", "metadata.name"), undefined);
      assert.deepEqual(made.at(JOB, "api-migration", "metadata.annotations"), { "pulumi.com/replaceUnready": "true" });
    });

    it("gives up after three retries or ten minutes", () => {
      assert.deepEqual([job("backoffLimit"), job("activeDeadlineSeconds")], [3, 600]);
    });

    it("is let in by the restricted Pod Security level", () => {
      assert.deepEqual(job("template.spec.securityContext"), made.pod("securityContext"));
      assert.deepEqual(job("template.spec.containers.0.securityContext"), made.container("securityContext"));
    });
  });

  describe("order", () => {
    const waits = (type: string, name: string) => waitsFor(resource(made.graph, type, name));

    it("everything in Kubernetes waits for what the component waits for", () => {
      assert.ok(waits(NAMESPACE, "api-namespace").includes("listener"));
      assert.ok(waits(PRIORITY, "api-priority").includes("listener"));
      for (const type of [ACCOUNT, CONFIG, PDB, POLICY, SERVICE]) {
        for (const { name } of made.graph.byType(type)) assert.ok(waits(type, name).includes("api-namespace"), name);
      }
    });

    it("pods start after the migration, their rights, their policies and the binding that gates their readiness", () => {
      const found = waits(DEPLOYMENT, "api-deployment");
      for (const needed of ["api-migration", "api-identity-association", "api-account", "api-targets"]) {
        assert.ok(found.includes(needed), needed);
      }
      for (const { name } of made.graph.byType(POLICY)) assert.ok(found.includes(name), name);
    });

    it("the binding waits for the right to register", () => {
      assert.ok(waits(BINDING, "api-targets").includes("api-target-registration"));
    });

    it("another target group gets another binding, as a binding keeps its own", () => {
      const { replaceOnChanges } = resource(made.graph, BINDING, "api-targets").options;
      assert.deepEqual(replaceOnChanges, ["spec.targetGroupARN"]);
    });

    it("the migration waits for its rights and policies", () => {
      const found = waits(JOB, "api-migration");
      assert.ok(found.includes("api-migration-identity-association"));
      assert.ok(found.includes("api-policy-allow-database"));
    });

    it("the service is not awaited before it has pods", () => {
      assert.deepEqual(made.at(SERVICE, "api-service", "metadata.annotations"), { "pulumi.com/skipAwait": "true" });
    });
  });
});
