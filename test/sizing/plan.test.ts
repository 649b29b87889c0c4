import assert from "node:assert/strict";
import fc from "fast-check";
import type { CapacityInputs } from "../../sizing/capacity";
import { cacheNodeTypes, databaseClassNames, ec2InstanceTypes } from "../../sizing/instances";
import { planCapacity } from "../../sizing/plan";
import { timelineProblems } from "../../sizing/timeline";

/** The guide's production numbers. */
const guide: CapacityInputs = {
  availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"],
  vpcCidr: "10.0.0.0/16",
  databaseInstanceClass: "db.m7g.xlarge",
  databaseEngineVersion: "17",
  databaseMaxConnections: 200,
  databaseWorkMem: "16 MB",
  databaseStatementLogging: "production",
  databaseReplicaZones: ["us-east-1b", "us-east-1c"],
  cacheEngine: "redis",
  cacheNodeType: "cache.m7g.large",
  cacheReplicas: 2,
  systemNodeType: "m7i.large",
  systemNodeMin: 3,
  systemNodeMax: 6,
  computeNodeType: "c7i.2xlarge",
  computeNodeMin: 3,
  computeNodeMax: 6,
  apiMinReplicas: 4,
  apiMaxReplicas: 20,
  apiCpuRequest: "500m",
  apiCpuLimit: "1000m",
  apiMemoryRequest: "1Gi",
};

describe("capacity plan", () => {
  it("holds the guide's numbers", () => {
    const { plan, problems } = planCapacity(guide);
    assert.deepEqual(problems, []);
    assert.equal(plan?.connections.writerPoolPerProcess, 6);
    assert.equal(plan?.nodes.compute.podsPerNode, 13);
    assert.equal(plan?.addresses.zones.length, 3);
    assert.equal(plan?.database.parameters.find((p) => p.name === "work_mem")?.value, "16384");
    assert.equal(plan?.database.replicaParameters.length, (plan?.database.parameters.length ?? 0) + 1);
    assert.deepEqual(plan && timelineProblems(plan.timeline), []);
  });

  it("passes the timeline's statement time-out to the database, in ms", () => {
    const timeout = planCapacity(guide).plan?.database.parameters.find((p) => p.name === "statement_timeout");
    assert.equal(timeout?.value, "25000");
  });

  const wrong: readonly (readonly [string, Partial<CapacityInputs>, string, RegExp, RegExp])[] = [
    [
      "guide, PostgreSQL Configuration: work_mem = 64MB",
      { databaseWorkMem: "64 MB" },
      "databaseWorkMem",
      /^"64 MB" for 200 connections: 33\.6 GiB on db\.m7g\.xlarge with 16\.0 GiB$/,
      /^at most "18 MB", or a larger class \(db\.m6g\.4xlarge, .*db\.r7g\.2xlarge.*\)$/,
    ],
    [
      "too many connections for the class",
      { databaseMaxConnections: 4000, databaseWorkMem: "1 MB" },
      "databaseInstanceClass",
      /^db\.m7g\.xlarge with 16\.0 GiB, for 4000 connections with "1 MB" each: /,
      /^a larger class \(.*db\.m7g\.4xlarge/,
    ],
    ["work_mem without unit", { databaseWorkMem: "64" }, "databaseWorkMem", /^"64"$/, /a size with its unit/],
    ["work_mem too small", { databaseWorkMem: "32 kB" }, "databaseWorkMem", /^"32 kB"$/, /^at least "64 kB"$/],
    ["an unknown class", { databaseInstanceClass: "db.x" }, "databaseInstanceClass", /^"db.x"$/, /db\.m7g\.xlarge/],
    ["an unknown version", { databaseEngineVersion: "9.6" }, "databaseEngineVersion", /^"9.6"$/, /^17$/],
    ["an unknown cache node", { cacheNodeType: "big" }, "cacheNodeType", /^"big"$/, /^cache\.t4g\.small, /],
    [
      "a cache below the guide's 1 GB",
      { cacheNodeType: "cache.t4g.micro" },
      "cacheNodeType",
      /^"cache.t4g.micro" with room for 384 MiB of the 1\.0 GiB needed$/,
      /^cache\.t4g\.small, /,
    ],
    [
      "a pool of 0",
      { databaseMaxConnections: 40 },
      "databaseMaxConnections",
      /^40 for 25 processes \(25 pods × 1\)$/,
      /^at least 44, or a lower apiMaxReplicas$/,
    ],
    ["a CPU limit that is none", { apiCpuLimit: "1 CPU" }, "apiCpuLimit", /^"1 CPU"$/, /^thousandths of a CPU/],
    ["a CPU request that is none", { apiCpuRequest: "half" }, "apiCpuRequest", /^"half"$/, /^thousandths of a CPU/],
    ["a memory request that is none", { apiMemoryRequest: "1" }, "apiMemoryRequest", /^"1"$/, /a size with its unit/],
    ["an unknown node type", { computeNodeType: "c7" }, "computeNodeType", /^"c7"$/, /c7i\.2xlarge/],
    ["an unknown system node type", { systemNodeType: "m7" }, "systemNodeType", /^"m7"$/, /m7i\.large/],
    [
      "pods larger than a node",
      { apiMemoryRequest: "16Gi" },
      "computeNodeType",
      /^"c7i\.2xlarge", too small for one of its pods$/,
      /c7i\.4xlarge/,
    ],
    [
      "pods larger than any node",
      { apiMemoryRequest: "64Gi" },
      "computeNodeType",
      /too small/,
      /^smaller pod requests$/,
    ],
    [
      "too few nodes for the smallest number of pods",
      { apiMinReplicas: 20, computeNodeMin: 1 },
      "computeNodeMin",
      /^1 × c7i\.2xlarge for 20 pods$/,
      /^at least 2$/,
    ],
    [
      "too few nodes when a zone is lost",
      { computeNodeMin: 2, computeNodeMax: 2 },
      "computeNodeMax",
      /^2 × c7i\.2xlarge, 1 left when a zone is lost, for 25 pods$/,
      /^at least 3, or a larger computeNodeType$/,
    ],
    [
      "no node for add-ons when a zone is lost",
      { systemNodeMin: 1, systemNodeMax: 1 },
      "systemNodeMax",
      /^1 × m7i\.large, 0 left when a zone is lost, for 10 pods$/,
      /^at least 2, or a larger systemNodeType$/,
    ],
    [
      "a VPC too small for its pods",
      { vpcCidr: "10.0.0.0/20" },
      "vpcCidr",
      /^"10.0.0.0\/20": 507 addresses in a private subnet where \d+ are needed; 27 addresses in a data subnet where 31/,
      /^\/\d\d or larger$/,
    ],
    [
      "nodes too many for any VPC",
      { computeNodeMax: 500 },
      "vpcCidr",
      /8187 addresses in a private subnet/,
      /^fewer nodes: no VPC is large enough$/,
    ],
    ["a CIDR that is none", { vpcCidr: "10.0.0.0" }, "vpcCidr", /^"10.0.0.0"$/, /from \/16 to \/20/],
    ["a CIDR out of range", { vpcCidr: "10.0.0.0/24" }, "vpcCidr", /^"10.0.0.0\/24"$/, /from \/16 to \/20/],
    [
      "zones with one letter",
      { availabilityZones: ["us-east-1a", "us-west-2a"] },
      "availabilityZones",
      /^us-east-1a, us-west-2a$/,
      /letters from a to f/,
    ],
    ["a zone without a slot", { availabilityZones: ["us-east-1a", "x"] }, "availabilityZones", /x$/, /letters from a/],
  ];
  for (const [title, change, key, found, allowed] of wrong) {
    it(`refuses ${title}, under ${key}`, () => {
      const { plan, problems } = planCapacity({ ...guide, ...change });
      assert.equal(plan, undefined);
      assert.deepEqual(
        problems.map((p) => p.key),
        [key],
      );
      assert.match(problems[0]?.found ?? "", found);
      assert.match(problems[0]?.allowed ?? "", allowed);
    });
  }

  it("tells all problems at once", () => {
    const { problems } = planCapacity({
      ...guide,
      databaseWorkMem: "64 MB",
      cacheNodeType: "cache.t4g.micro",
      computeNodeMax: 2,
      vpcCidr: "10.0.0.0/24",
    });
    assert.deepEqual(
      problems.map((p) => p.key),
      ["databaseWorkMem", "cacheNodeType", "computeNodeMax", "vpcCidr"],
    );
  });

  it("never plans beyond what it has, whatever the settings, and says why where it does not plan", () => {
    const inputs = fc.record<CapacityInputs>({
      availabilityZones: fc
        .subarray(["a", "b", "c", "d", "e", "f"], { minLength: 2 })
        .map((z) => z.map((l) => `us-east-1${l}`)),
      vpcCidr: fc.integer({ min: 15, max: 20 }).map((prefix) => `10.0.0.0/${prefix}`),
      databaseInstanceClass: fc.constantFrom(...databaseClassNames),
      databaseEngineVersion: fc.constant("17"),
      databaseMaxConnections: fc.integer({ min: 10, max: 1000 }),
      databaseWorkMem: fc.integer({ min: 1, max: 16 }).map((n) => `${n} MB`),
      databaseStatementLogging: fc.constantFrom("production", "analysis"),
      databaseReplicaZones: fc.constant([]),
      cacheEngine: fc.constantFrom("redis", "valkey"),
      cacheNodeType: fc.constantFrom(...cacheNodeTypes),
      cacheReplicas: fc.integer({ min: 0, max: 4 }),
      systemNodeType: fc.constantFrom(...ec2InstanceTypes),
      systemNodeMin: fc.integer({ min: 1, max: 3 }),
      systemNodeMax: fc.integer({ min: 3, max: 10 }),
      computeNodeType: fc.constantFrom(...ec2InstanceTypes),
      computeNodeMin: fc.integer({ min: 3, max: 10 }),
      computeNodeMax: fc.integer({ min: 10, max: 60 }),
      apiMinReplicas: fc.integer({ min: 1, max: 10 }),
      apiMaxReplicas: fc.integer({ min: 10, max: 30 }),
      apiCpuRequest: fc.integer({ min: 50, max: 2000 }).map((n) => `${n}m`),
      apiCpuLimit: fc.integer({ min: 500, max: 4000 }).map((n) => `${n}m`),
      apiMemoryRequest: fc.integer({ min: 128, max: 2048 }).map((n) => `${n}Mi`),
    });
    let planned = 0;
    fc.assert(
      fc.property(inputs, (i) => {
        const { plan, problems } = planCapacity(i);
        assert.equal(plan === undefined, problems.length > 0);
        assert.ok(problems.every(({ key, found, allowed }) => key in i && found !== "" && allowed !== ""));
        if (!plan) return;
        planned += 1;
        assert.ok(plan.database.memory.freeBytes >= 0);
        assert.ok(plan.connections.processes * plan.connections.writerPoolPerProcess <= plan.connections.usable);
        assert.ok(plan.connections.writerPoolPerProcess >= 1);
        assert.ok(plan.nodes.compute.nodesLeft >= plan.nodes.compute.nodesNeeded);
        assert.ok(plan.addresses.demand.every((d) => d.perZone <= d.available));
      }),
      { numRuns: 1000 },
    );
    assert.ok(planned > 20, `only ${planned} plans`);
  });
});
