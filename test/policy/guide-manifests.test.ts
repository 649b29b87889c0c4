import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import * as T from "../../policy/framework/types";
import { packs } from "../../policy/packs";
import { type Given, judge, type Said } from "./engine";
import { given } from "./given";

const rules = packs.flatMap(({ rules }) => [...rules]);

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** The objects of a YAML file as Pulumi's Kubernetes provider registers them. */
function manifests(file: string): Given[] {
  return parseAllDocuments(readFileSync(join(__dirname, "guide", file), "utf8")).map((document) => {
    const manifest = document.toJS() as Manifest;
    const group = manifest.apiVersion.includes("/") ? manifest.apiVersion : `core/${manifest.apiVersion}`;
    return given(`kubernetes:${group}:${manifest.kind}`, { ...manifest }, { name: manifest.metadata.name });
  });
}

/** The node group that the guide's selector and toleration speak of, of the smallest class in the guide's terms: 4 vCPU, 8 GiB. */
const compute = (maxSize: number): Given =>
  given(
    T.NODE_GROUP,
    {
      instanceTypes: ["c7i.xlarge"],
      scalingConfig: { maxSize },
      subnetIds: ["a", "b", "c"],
      labels: { "node-type": "compute-optimized" },
      taints: [{ key: "high-performance", value: "true", effect: "NO_SCHEDULE" }],
    },
    { name: "compute" },
  );
const addon = (addonName: string): Given => given(T.EKS_ADDON, { addonName }, { name: addonName });
const cluster = given(T.EKS_CLUSTER, {}, { name: "cluster" });

/** What is found, by rule, of the guide's objects and of the nodes. */
async function findings(...around: Given[]): Promise<Said[]> {
  const said = await judge(rules, [...manifests("kubernetes.yaml"), ...around]);
  return said.filter(({ urn }) => /kubernetes:|nodeGroup|addon/.test(urn));
}

const DEPLOYMENT = /Deployment::pynomaly-api$/;

/** Defects of the manifests: what is wrong, the rule that reports it, what it says, and of which object. */
const DEFECTS: readonly (readonly [defect: string, rule: string, found: RegExp, of: RegExp])[] = [
  [
    "no seccomp profile, so that a restricted namespace creates no pod",
    "k8s-security-context",
    /no seccomp profile/,
    DEPLOYMENT,
  ],
  ["uid 1000, which may be a user of the node", "k8s-security-context", /no user of 10000 or more/, DEPLOYMENT],
  ["a namespace that is never created", "k8s-namespace-declared", /makes no namespace pynomaly/, DEPLOYMENT],
  ["replicas beside an autoscaler", "hpa-target", /sets spec.replicas and does not ignore its changes/, DEPLOYMENT],
  ["no PodDisruptionBudget", "rollout-quorum", /no PodDisruptionBudget selects its pods/, DEPLOYMENT],
  ["pods spread over nodes only, and by preference", "zone-spread", /nothing spreads its pods over/, DEPLOYMENT],
  ["20 pods and a rollout on 3 nodes of 4 vCPU", "node-capacity", /25 pods .* 2 of 3 are left/, /NodeGroup::compute$/],
  ["no NetworkPolicy", "k8s-network-policy", /namespace pynomaly has no policy that denies by default/, DEPLOYMENT],
  ["the API's token in every pod", "k8s-sa", /automountServiceAccountToken is not set/, DEPLOYMENT],
  ["the namespace's default service account", "k8s-sa", /serviceAccountName is not set/, DEPLOYMENT],
  [
    "a load balancer outside Pulumi's state",
    "k8s-no-lb-service",
    /spec.type is "LoadBalancer"/,
    /pynomaly-api-service$/,
  ],
  ["an image by its tag", "k8s-digest", /runs pynomaly\/api:1.0.0/, DEPLOYMENT],
  ["an image of a public registry", "image-from-own-repository", /runs pynomaly\/api:1.0.0/, DEPLOYMENT],
  ["no start-up probe", "k8s-probes", /has no startupProbe/, DEPLOYMENT],
];

describe('the guide\'s manifests (guide, "Kubernetes Resource Optimization")', () => {
  let said: Said[];

  before(async () => {
    said = await findings(cluster, addon("metrics-server"), compute(3), given(T.NODE_GROUP, { subnetIds: ["a"] }));
  });

  for (const [defect, rule, found, of] of DEFECTS) {
    it(`${defect}: ${rule}`, () => {
      const about = said.filter((one) => one.rule === rule && found.test(one.message) && of.test(one.urn));
      assert.equal(about.length, 1, JSON.stringify(said.filter((one) => one.rule === rule)));
    });
  }

  it("have these defects and no other", () => {
    const known = (one: Said) => DEFECTS.some(([, rule, found]) => one.rule === rule && found.test(one.message));
    const ofGuide = said.filter(({ urn }) => urn.includes("pynomaly-api"));
    assert.deepEqual(
      ofGuide.filter((one) => !known(one)).map(({ rule, message }) => [rule, message]),
      [],
    );
  });

  it("fit when their nodes are enough", async () => {
    const enough = await findings(cluster, addon("metrics-server"), compute(9));
    assert.deepEqual(
      enough.filter(({ rule }) => rule === "node-capacity"),
      [],
    );
  });

  it("leave a cluster's add-ons homeless on the tainted nodes alone: schedulable", async () => {
    const homeless = (await findings(cluster, addon("coredns"), compute(9))).filter(
      ({ rule }) => rule === "schedulable",
    );
    assert.equal(homeless.length, 1);
    assert.match(homeless[0]?.message ?? "", /every node group is tainted: add-ons have no home/);
  });

  it("find no node where the label or the taint is missing: schedulable", async () => {
    const lost = await findings(cluster, { ...compute(9), props: { ...compute(9).props, labels: {} } });
    assert.equal(lost.filter(({ rule, urn }) => rule === "schedulable" && DEPLOYMENT.test(urn)).length, 1);
  });

  it("have an autoscaler without numbers where metrics-server is missing: hpa-target", async () => {
    const blind = await findings(cluster, compute(9));
    assert.ok(blind.some(({ rule, message }) => rule === "hpa-target" && /no add-on metrics-server/.test(message)));
  });
});
