import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fields } from "../../settings/fields";
import { deployedProduction } from "./deployed";
import { CLI_DIRECTORY } from "./engine";
import { stateResources } from "./offline";

type KubernetesObject = Readonly<Record<string, unknown>> & { readonly kind: string };

/** What the API server would say of each object. */
function judge(objects: readonly KubernetesObject[]): string[][] {
  const input = objects.map((each) => `${JSON.stringify(each)}\n`).join("");
  const { stdout, stderr, status } = spawnSync(join(CLI_DIRECTORY, "kubernetes-judge"), { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string[]);
}

/** What no API server knows by itself: charts, and a kind that comes with one of them. */
const FROM_CHARTS = ["kubernetes:helm.sh/v3:Release", "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"];

describe("the production stack's Kubernetes objects, as the API server's own code judges them", () => {
  let objects: KubernetesObject[];
  before(async () => {
    const engine = await deployedProduction();
    objects = stateResources(await engine.stack.exportStack())
      .filter(({ type }) => type.startsWith("kubernetes:") && !FROM_CHARTS.includes(type))
      .map(({ urn, inputs }) => {
        // The provider names what the program does not.
        const name = `${urn.split("::").at(-1)}-1a2b3c4d`;
        return { ...inputs, metadata: { name, ...(inputs?.metadata as object) } } as unknown as KubernetesObject;
      });
  });

  it("are judged by the version of the cluster", async () => {
    const modules = await readFile(join(__dirname, "kubernetes", "go.mod"), "utf8");
    assert.equal(/k8s\.io\/kubernetes v(\d+\.\d+)\./.exec(modules)?.[1], fields.kubernetesVersion.default);
  });

  it("have no unknown field and nothing that is refused, and all pods keep to the restricted level", () => {
    const verdicts = judge(objects);
    assert.equal(verdicts.length, objects.length);
    assert.ok(new Set(objects.map(({ kind }) => kind)).size > 8);
    const wrong = objects.map((each, index) => [each.kind, each.metadata, verdicts[index]]);
    assert.deepEqual(
      wrong.filter(([, , problems]) => (problems as string[]).length > 0),
      [],
    );
  });

  it("would be refused if they asked for what a cluster does not give", () => {
    const deployment = objects.find(({ kind }) => kind === "Deployment") as unknown as {
      kind: string;
      spec: { strategy: object; template: { spec: object } };
    };
    const { spec } = deployment;
    const stuck = { ...spec, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } };
    const host = { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, hostNetwork: true } } };
    const [first = [], second = []] = judge([
      { ...deployment, spec: stuck },
      { ...deployment, spec: host },
    ]);
    assert.match(first.join(), /spec\.strategy\.rollingUpdate\.maxUnavailable.*may not be 0 when `maxSurge` is 0/);
    assert.match(second.join(), /restricted: .*hostNetwork=true/);
  });
});
