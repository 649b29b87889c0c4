import assert from "node:assert/strict";
import { recordProgram } from "../../ops/preview/recorder";
import { loadSettings, parseSettings, SettingsError } from "../../settings";
import { PRODUCTION as production } from "../support/production";

/** The problems that `changes` to the production stack's configuration bring. */
function problems(changes: Record<string, string>): SettingsError["problems"] {
  try {
    parseSettings("prod", { ...production, ...changes });
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.problems;
  }
  return [];
}

const keys = (changes: Record<string, string>) => [...new Set(problems(changes).map((p) => p.key))];

describe("settings", () => {
  it("takes the guide's production numbers where the stack sets nothing", () => {
    const { settings } = parseSettings("prod", production);
    assert.equal(settings.stack, "prod");
    assert.equal(settings.databaseMaxConnections, 200); // guide, PostgreSQL Configuration: max_connections = 200
    assert.equal(settings.apiMinReplicas, 4); // guide, Kubernetes: minReplicas: 4
    assert.equal(settings.apiMaxReplicas, 20); // guide, Kubernetes: maxReplicas: 20
    assert.equal(settings.apiCpuRequest, "500m"); // guide, Kubernetes: requests.cpu
    assert.equal(settings.apiCpuLimit, "1000m"); // guide, Kubernetes: limits.cpu
    assert.equal(settings.apiMemoryRequest, "1Gi"); // guide, Kubernetes: requests.memory
    assert.equal(settings.apiMemoryLimit, "2Gi"); // guide, Kubernetes: limits.memory
    assert.equal(settings.apiScaleUpStabilizationSeconds, 60); // guide, Kubernetes: scaleUp.stabilizationWindowSeconds
    assert.equal(settings.cacheReplicas, 2); // guide, Performance Architecture: three Redis nodes
  });

  it("is frozen, so that nothing changes it on the way", () => {
    const { settings } = parseSettings("prod", production);
    assert.throws(() => Object.assign(settings, { region: "eu-west-1" }), TypeError);
  });

  it("reads text as Pulumi hands it over: numbers, booleans and lists", () => {
    const { settings } = parseSettings("prod", {
      ...production,
      databaseMaxConnections: "190",
      protectData: "false",
      alarmEmails: '["a@example.com"]',
    });
    assert.equal(settings.databaseMaxConnections, 190);
    assert.equal(settings.protectData, false);
    assert.deepEqual(settings.alarmEmails, ["a@example.com"]);
  });

  it("takes the addresses of a load test, of both families behind CloudFront", () => {
    const loadTestAddresses = ["203.0.113.7/32", "198.51.100.0/24", "2001:db8::/64"];
    const given = { ...production, cdn: "true", loadTestAddresses: JSON.stringify(loadTestAddresses) };
    assert.deepEqual(parseSettings("prod", given).settings.loadTestAddresses, loadTestAddresses);
    assert.deepEqual(parseSettings("prod", production).settings.loadTestAddresses, []);
    const [problem] = problems({ loadTestAddresses: '["203.0.0.0/16"]' });
    assert.equal(
      problem?.allowed,
      "a list of public ranges, IPv4 none larger than /24, IPv6 none larger than /64, such as 203.0.113.7/32",
    );
    assert.equal(problem?.found, '["203.0.0.0/16"]');
  });

  it("takes an empty text as not set", () => {
    assert.equal(parseSettings("prod", { ...production, image: "" }).settings.image, undefined);
  });

  it("tells all problems at once, each with key, value found and values allowed", () => {
    const found = problems({ natGateways: "many", apiMaxReplicas: "0", accountId: "12", databaseIOPS: "3000" });
    assert.deepEqual(found.map((p) => p.key).sort(), ["accountId", "apiMaxReplicas", "databaseIOPS", "natGateways"]);
    const nat = found.find((p) => p.key === "natGateways");
    assert.deepEqual(nat, { key: "natGateways", found: "many", allowed: "per-zone, single, none" });
    const message = new SettingsError("prod", found).message;
    assert.match(message, /^Pulumi\.prod\.yaml: 4 settings are wrong\n/);
    assert.match(message, / {2}natGateways: found many; allowed: per-zone, single, none/);
  });

  it("names the keys that an unknown one may be meant for", () => {
    assert.match(problems({ databaseReplicaZone: "[]" })[0]?.allowed ?? "", /databaseReplicaZones/);
  });

  it("does not take what every object has for a key", () => {
    for (const key of ["constructor", "toString", "__proto__"]) {
      assert.deepEqual(keys(Object.fromEntries([[key, "1"]])), [key]);
    }
  });

  it("refuses its keys in another namespace, where they would be ignored", async () => {
    const config = Object.fromEntries(
      Object.entries(production).map(([key, value]) => [`pynomaly-infra:${key}`, value]),
    );
    const load = (more: Record<string, string>) =>
      recordProgram(() => void loadSettings(), {
        project: "pynomaly-infra",
        stack: "prod",
        config: { ...config, ...more },
      });
    await load({ "pulumi:disable-default-providers": "[]", "aws:profile": "x" });
    await assert.rejects(
      load({ "aws:region": "eu-west-1" }),
      /aws:region: found .*; allowed: region, as a key of this project/,
    );
  });

  it("demands a missing required key", () => {
    assert.throws(() => parseSettings("prod", {}), /accountId: found nothing; allowed: an AWS account id of 12 digits/);
  });

  const wrong: readonly [what: string, changes: Record<string, string>, key: string][] = [
    ["one zone", { availabilityZones: '["us-east-1a"]', databaseReplicaZones: "[]" }, "availabilityZones"],
    [
      "two zones in production",
      { availabilityZones: '["us-east-1a","us-east-1b"]', databaseReplicaZones: "[]" },
      "availabilityZones",
    ],
    [
      "a zone of another region",
      { availabilityZones: '["us-east-1a","us-east-1b","eu-west-1c"]', databaseReplicaZones: "[]" },
      "availabilityZones",
    ],
    ["a zone twice", { availabilityZones: '["us-east-1a","us-east-1a","us-east-1b"]' }, "availabilityZones"],
    ["a list that is none", { availabilityZones: "us-east-1a" }, "availabilityZones"],
    ["a replica zone out of the list", { databaseReplicaZones: '["us-east-1f"]' }, "databaseReplicaZones"],
    ["a CIDR too small", { vpcCidr: "10.0.0.0/24" }, "vpcCidr"],
    ["a public CIDR", { vpcCidr: "8.8.0.0/16" }, "vpcCidr"],
    ["more pods at least than at most", { apiMinReplicas: "30" }, "apiMinReplicas"],
    ["more nodes at least than at most", { computeNodeMin: "9" }, "computeNodeMin"],
    ["storage beyond its own limit", { databaseStorageGib: "2000" }, "databaseMaxStorageGib"],
    ["a storage limit that leaves no room to grow", { databaseMaxStorageGib: "410" }, "databaseMaxStorageGib"],
    [
      "more connections than any class has memory for",
      { databaseMaxConnections: "5000", databaseWorkMem: "1 GB" },
      "databaseMaxConnections",
    ],
    [
      "a region outside the commercial partition",
      {
        region: "cn-north-1",
        availabilityZones: '["cn-north-1a","cn-north-1b","cn-north-1d"]',
        databaseReplicaZones: "[]",
      },
      "region",
    ],
    ["a CPU request over the limit", { apiCpuRequest: "2" }, "apiCpuRequest"],
    ["a memory request over the limit", { apiMemoryRequest: "4Gi" }, "apiMemoryRequest"],
    ["a pool of 0: too few connections for the pods", { databaseMaxConnections: "25" }, "databaseMaxConnections"],
    ["an unknown class", { databaseInstanceClass: "db.huge" }, "databaseInstanceClass"],
    ["a class without enough memory", { databaseInstanceClass: "db.t4g.medium" }, "databaseWorkMem"],
    ["no role that administers the cluster", { clusterAdminRoleArns: "[]" }, "clusterAdminRoleArns"],
    [
      "a viewer that administers",
      { clusterViewerRoleArns: '["arn:aws:iam::123456789012:role/platform-admin"]' },
      "clusterViewerRoleArns",
    ],
    ["an owner that no tag may have", { owner: "R&D" }, "owner"],
    ["a cost centre that no tag may have", { costCenter: "4711 (EMEA)" }, "costCenter"],
    ["a domain that no certificate can be for", { domainName: `${"a".repeat(53)}.example.com` }, "domainName"],
    ["a cache without a replica in production", { cacheReplicas: "0" }, "cacheReplicas"],
    ["production without a domain", { domainName: "", hostedZoneId: "" }, "domainName"],
    ["a domain without zone or certificate", { hostedZoneId: "" }, "hostedZoneId"],
    [
      "a certificate of another region",
      { certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/a" },
      "certificateArn",
    ],
    ["windows that overlap", { databaseMaintenanceWindow: "sun:03:30-sun:04:30" }, "databaseMaintenanceWindow"],
    ["a database's window under 30 minutes", { databaseBackupWindow: "03:00-03:29" }, "databaseBackupWindow"],
    ["a cache's snapshots under an hour", { cacheSnapshotWindow: "02:00-02:59" }, "cacheSnapshotWindow"],
    [
      "a cache's maintenance under an hour",
      { cacheMaintenanceWindow: "sun:05:30-sun:06:29" },
      "cacheMaintenanceWindow",
    ],
    ["an image by tag", { image: "pynomaly/api:1.0.0" }, "image"],
    ["a Kubernetes API open to the world", { clusterPublicAccessCidrs: '["0.0.0.0/0"]' }, "clusterPublicAccessCidrs"],
    [
      "a Kubernetes API open to the world in two halves",
      { clusterPublicAccessCidrs: '["0.0.0.0/1","128.0.0.0/1"]' },
      "clusterPublicAccessCidrs",
    ],
    ["a load test from everywhere", { loadTestAddresses: '["0.0.0.0/0"]' }, "loadTestAddresses"],
    ["a load test from all of a provider", { loadTestAddresses: '["203.0.0.0/16"]' }, "loadTestAddresses"],
    [
      "a load test from all of an IPv6 site",
      { cdn: "true", loadTestAddresses: '["2001:db8::/48"]' },
      "loadTestAddresses",
    ],
    ["a load test from an address that no internet has", { loadTestAddresses: '["10.0.1.7/32"]' }, "loadTestAddresses"],
    ["a load test from an address that is no range", { loadTestAddresses: '["203.0.113.7"]' }, "loadTestAddresses"],
    ["a load test by IPv6 of what has IPv4 alone", { loadTestAddresses: '["2001:db8::7/128"]' }, "loadTestAddresses"],
    ["a budget of nothing", { monthlyBudgetUsd: "0" }, "monthlyBudgetUsd"],
    ["a budget in another currency", { monthlyBudgetUsd: "5000 EUR" }, "monthlyBudgetUsd"],
    ["runbooks at no address", { runbooksUrl: "docs/runbooks" }, "runbooksUrl"],
    ["a retention that CloudWatch has not", { logRetentionDays: "100" }, "logRetentionDays"],
    ["nodes too few for the pods", { computeNodeMin: "1", computeNodeMax: "1" }, "computeNodeMax"],
  ];
  for (const [what, changes, key] of wrong) {
    it(`refuses ${what} on ${key}`, () => assert.deepEqual(keys(changes), [key]));
  }

  it("refuses a stack name that AWS's names cannot hold", () => {
    for (const name of ["Prod", "a-very-long-name-of-a-stack", "prod--eu", "1st", "prod-in-singapore-10"]) {
      assert.throws(() => parseSettings(name, production), /stack name: found .*; allowed: 1 to 19 lower-case/);
    }
  });

  it("checks across keys only what is right by itself, so that one mistake is told once", () => {
    assert.deepEqual(keys({ domainName: "API.pynomaly.com" }), ["domainName"]);
    assert.deepEqual(keys({ vpcCidr: "ten" }), ["vpcCidr"]);
    assert.deepEqual(keys({ availabilityZones: '["us-east-1a"]' }), ["availabilityZones"]);
    assert.deepEqual(keys({ domainName: "" }), ["domainName"]);
    assert.deepEqual(keys({ environment: "development", domainName: "" }), ["hostedZoneId"]);
  });
});
