import assert from "node:assert/strict";
import { ACCOUNT, api, CRON_JOB, DEPLOYMENT, JOB, POLICY, type Reader, ROLE_POLICY } from "./fixture";

describe("Api: who reaches what", () => {
  let made: Reader;
  before(async () => {
    made = await api();
  });

  describe("network policies", () => {
    const spec = (suffix: string) => made.at(POLICY, `api-policy-${suffix}`, "spec");
    const tcp = (port: number) => [{ protocol: "TCP", port }];
    const block = (cidr: string) => ({ ipBlock: { cidr } });

    it("deny everything that no other allows", () => {
      assert.deepEqual(spec("default-deny"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    });

    it("let the load balancer's subnets in, to the API's port", () => {
      assert.deepEqual(spec("allow-load-balancer"), {
        podSelector: { matchLabels: { app: "pynomaly-api" } },
        policyTypes: ["Ingress"],
        ingress: [{ from: [block("10.0.1.0/24"), block("10.0.2.0/24")], ports: tcp(8000) }],
      });
    });

    it("let every pod out to cluster DNS, credentials, AWS endpoints and the database", () => {
      assert.deepEqual(spec("allow-dns"), {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
              },
            ],
            ports: [
              { protocol: "UDP", port: 53 },
              { protocol: "TCP", port: 53 },
            ],
          },
        ],
      });
      assert.deepEqual(spec("allow-aws"), {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          { to: [block("169.254.170.23/32")], ports: tcp(80) },
          { to: [block("10.0.0.0/16")], ports: tcp(443) },
        ],
      });
      assert.deepEqual(spec("allow-database"), {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: [block("10.0.3.0/24")], ports: tcp(5432) }],
      });
    });

    it("let the API out to the cache, and no job", () => {
      assert.deepEqual(spec("allow-cache"), {
        podSelector: { matchLabels: { app: "pynomaly-api" } },
        policyTypes: ["Egress"],
        egress: [{ to: [block("10.0.3.0/24")], ports: tcp(6379) }],
      });
      assert.deepEqual(made.at(JOB, "api-migration", "spec.template.metadata.labels"), { app: "pynomaly-migration" });
      for (const { name } of made.graph.byType(CRON_JOB)) {
        const labels = made.at(CRON_JOB, name, "spec.jobTemplate.spec.template.metadata.labels");
        assert.deepEqual(labels, { app: "pynomaly-maintenance" }, name);
      }
    });

    it("name no address for the metrics of Application Signals where it is to have none", async () => {
      const variables = (await api({ applicationSignals: false })).variables();
      assert.ok(!("OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT" in variables));
      assert.ok("OTEL_EXPORTER_OTLP_ENDPOINT" in variables);
    });

    it("let the API send traces and metrics to the CloudWatch agent, which has its node's address, and to nothing else of a node", () => {
      assert.deepEqual(spec("allow-telemetry"), {
        podSelector: { matchLabels: { app: "pynomaly-api" } },
        policyTypes: ["Egress"],
        egress: [{ to: [block("10.0.32.0/19"), block("10.0.64.0/19")], ports: tcp(4316) }],
      });
      const container = "spec.template.spec.containers.0";
      const env = made.at(DEPLOYMENT, "api-deployment", `${container}.env`) as { name: string }[];
      const of = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
      // What Kubernetes puts into a variable comes before it.
      assert.deepEqual(
        env.filter(({ name }) => /^(NODE_ADDRESS|NODE_NAME|POD_NAME|OTEL_.*)$/.test(name)),
        [
          of("NODE_ADDRESS", "status.hostIP"),
          of("NODE_NAME", "spec.nodeName"),
          of("POD_NAME", "metadata.name"),
          { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://$(NODE_ADDRESS):4316" },
          {
            name: "OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT",
            value: "http://$(NODE_ADDRESS):4316/v1/metrics",
          },
          {
            name: "OTEL_RESOURCE_ATTRIBUTES",
            value:
              "k8s.namespace.name=pynomaly,k8s.deployment.name=pynomaly-api,k8s.pod.name=$(POD_NAME),k8s.node.name=$(NODE_NAME)",
          },
        ],
      );
    });
  });

  describe("rights", () => {
    const statements = (name: string) => made.at(ROLE_POLICY, name, "policy.Statement");
    const decrypt = (secrets: string[]) => ({
      Effect: "Allow",
      Action: "kms:Decrypt",
      Resource: "arn:key",
      Condition: {
        StringEquals: {
          "kms:EncryptionContext:SecretARN": secrets,
          "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
        },
      },
    });

    it("of the API: its secret and its login to the cache, nothing else", () => {
      assert.deepEqual(statements("api-identity-policy"), [
        { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: ["arn:app"] },
        decrypt(["arn:app"]),
        { Effect: "Allow", Action: "elasticache:Connect", Resource: ["arn:group", "arn:user"] },
      ]);
    });

    for (const [whose, name, secrets] of [
      ["the migration: every role's secret", "migration", ["arn:owner", "arn:app", "arn:readonly", "arn:maintenance"]],
      ["the jobs that look: theirs", "readonly", ["arn:readonly"]],
      ["the job that maintains: its own", "maintenance", ["arn:maintenance"]],
    ] as const) {
      it(`of ${whose}, nothing else`, () => {
        assert.deepEqual(statements(`api-${name}-identity-policy`), [
          { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: secrets },
          decrypt([...secrets]),
        ]);
      });
    }

    it("of the load balancer controller: this target group's members, nothing else", () => {
      assert.deepEqual(statements("api-target-registration"), [
        {
          Effect: "Allow",
          Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
          Resource: "arn:target-group",
        },
      ]);
      assert.equal(made.at(ROLE_POLICY, "api-target-registration", "role"), "controller");
    });

    it("are told to whom they belong: each program knows where its own secrets are", () => {
      const told = (type: string, name: string, template: string) => {
        const env = made.at(type, name, `${template}.spec.containers.0.env`) as { name: string; value: string }[];
        return env.filter(({ name }) => name.endsWith("_SECRET_ARN")).map(({ value }) => value);
      };
      const nightly = (command: string) =>
        told(CRON_JOB, `api-maintenance-${command}`, "spec.jobTemplate.spec.template");
      assert.deepEqual(told(DEPLOYMENT, "api-deployment", "spec.template"), ["arn:app"]);
      assert.deepEqual(told(JOB, "api-migration", "spec.template"), [
        "arn:app",
        "arn:owner",
        "arn:readonly",
        "arn:maintenance",
      ]);
      assert.deepEqual(["analyze", "optimize", "verify"].map(nightly), [
        ["arn:readonly"],
        ["arn:maintenance"],
        ["arn:readonly"],
      ]);
    });

    it("go to the service accounts, which mount no API token", () => {
      assert.deepEqual(
        made.graph
          .byType(ACCOUNT)
          .map(({ inputs }) => [Object(inputs.metadata).name, inputs.automountServiceAccountToken]),
        [
          ["pynomaly-api", false],
          ["pynomaly-maintenance", false],
          ["pynomaly-migration", false],
          ["pynomaly-readonly", false],
        ],
      );
    });
  });
});
