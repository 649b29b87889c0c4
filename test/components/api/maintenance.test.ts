import assert from "node:assert/strict";
import { resource, waitsFor } from "../graph";
import { api, args, CONFIG, CRON_JOB, IMAGE, type Reader } from "./fixture";

const COMMANDS = ["analyze", "optimize", "verify"] as const;

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { name: string; value: string }[];
  readonly envFrom: unknown;
  readonly securityContext: unknown;
  readonly volumeMounts?: unknown;
}

describe("Api: the database's nightly maintenance", () => {
  let made: Reader;
  before(async () => {
    made = await api();
  });
  const spec = (command: string, path = "", from = made) =>
    from.at(CRON_JOB, `api-maintenance-${command}`, `spec${path && `.${path}`}`);
  const pod = (command: string, path: string, from = made) =>
    spec(command, `jobTemplate.spec.template.spec.${path}`, from);
  const containers = (command: string, from = made) => pod(command, "containers", from) as readonly Container[];

  it("runs each command under its own name, in UTC, when its slot says", () => {
    for (const command of COMMANDS) {
      assert.equal(made.at(CRON_JOB, `api-maintenance-${command}`, "metadata.name"), `pynomaly-${command}`);
      assert.equal(spec(command, "timeZone"), "Etc/UTC");
      assert.equal(spec(command, "schedule"), args.maintenance.slots[command].schedule);
      assert.equal(
        spec(command, "jobTemplate.spec.activeDeadlineSeconds"),
        args.maintenance.slots[command].deadlineSeconds,
      );
    }
  });

  it("never runs a command twice at a time, nor later than its slot has room for", () => {
    for (const command of COMMANDS) {
      assert.equal(spec(command, "concurrencyPolicy"), "Forbid");
      assert.equal(spec(command, "startingDeadlineSeconds"), 120);
      assert.equal(pod(command, "terminationGracePeriodSeconds"), 120);
    }
  });

  it("keeps three runs of each outcome", () => {
    for (const command of COMMANDS) {
      assert.deepEqual([spec(command, "successfulJobsHistoryLimit"), spec(command, "failedJobsHistoryLimit")], [3, 3]);
    }
  });

  it("tries a run that failed twice more, but not one that found differences, nor counts a node that went", () => {
    for (const command of COMMANDS) {
      assert.equal(spec(command, "jobTemplate.spec.backoffLimit"), 2);
      // Kubernetes takes the policy only with this.
      assert.equal(pod(command, "restartPolicy"), "Never");
      assert.deepEqual(spec(command, "jobTemplate.spec.podFailurePolicy.rules"), [
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
        { action: "FailJob", onExitCodes: { operator: "In", values: [1] } },
      ]);
      const annotations = spec(command, "jobTemplate.spec.template.metadata.annotations");
      assert.deepEqual(annotations, { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false" });
    }
  });

  it("is let in by the restricted Pod Security level, writes nowhere, and mounts no API token", () => {
    for (const command of COMMANDS) {
      assert.deepEqual(pod(command, "securityContext"), made.pod("securityContext"));
      assert.equal(pod(command, "automountServiceAccountToken"), false);
      for (const { securityContext, image } of containers(command)) {
        assert.deepEqual(securityContext, made.container("securityContext"));
        assert.equal(image, IMAGE);
      }
    }
  });

  it("looks as one role and changes as another", () => {
    assert.deepEqual(
      COMMANDS.map((command) => pod(command, "serviceAccountName")),
      ["pynomaly-readonly", "pynomaly-maintenance", "pynomaly-readonly"],
    );
  });

  it("looks at every instance, not at the proxy, and changes the writer", () => {
    const host = ({ env }: Container) =>
      env.filter(({ name }) => !name.endsWith("_SECRET_ARN")).map(({ name, value }) => `${name}=${value}`);
    for (const command of ["analyze", "verify"]) {
      assert.deepEqual(
        containers(command).map((each) => [each.name, ...host(each)]),
        [
          ["writer"],
          ["replica-b", "DATABASE_INSTANCE_HOST=replica-b.example"],
          ["replica-c", "DATABASE_INSTANCE_HOST=replica-c.example"],
        ],
      );
    }
    assert.deepEqual(
      containers("optimize").map((each) => [each.name, ...host(each)]),
      [["writer"]],
    );
    // Without one of their own, they have the ConfigMap's, which is the writer itself.
    const config = resource(made.graph, CONFIG, "api-config").inputs;
    assert.equal(Object(config.data).DATABASE_INSTANCE_HOST, args.database.writerEndpoint);
  });

  it("compares with the parameters that the stack sets", () => {
    const data = made.at(CONFIG, "api-maintenance-expected", "data") as Record<string, string>;
    assert.deepEqual(JSON.parse(data["database.json"] ?? ""), args.maintenance.expected);
    for (const command of ["analyze", "verify"]) {
      for (const { args: words, volumeMounts } of containers(command)) {
        assert.deepEqual(words, ["src/maintain.ts", command, "--expected", "/etc/pynomaly/database.json"]);
        assert.deepEqual(volumeMounts, [{ name: "expected", mountPath: "/etc/pynomaly", readOnly: true }]);
      }
    }
  });

  it("deletes expired sessions and keys, and rows only after the days that are set", async () => {
    const every = "--only=retention,indexes,refresh,counts,vacuum,reindex";
    assert.deepEqual(containers("optimize")[0]?.args, ["src/maintain.ts", "optimize", every]);
    const kept = await api({ maintenance: { ...args.maintenance, keepDays: { anomalies: 90, metrics: 30 } } });
    assert.deepEqual(containers("optimize", kept)[0]?.args.slice(3), ["--keep-anomalies=90", "--keep-metrics=30"]);
  });

  it("waits for the migration, which makes its roles, and for its rights", () => {
    for (const command of COMMANDS) {
      const found = waitsFor(resource(made.graph, CRON_JOB, `api-maintenance-${command}`));
      for (const needed of ["migration", "readonly-identity-association", "maintenance-identity-association"]) {
        assert.ok(found.includes(`api-${needed}`), `${command}: ${needed}`);
      }
    }
  });
});
