import assert from "node:assert/strict";
import { UNPRICED } from "../../policy/framework/pack";
import * as T from "../../policy/framework/types";
import { costCap } from "../../policy/resources/rules/cost-cap";
import { priceKey } from "../../sizing/prices";
import { type Given, judge, UNKNOWN } from "./engine";
import { given } from "./given";
import { MADE_UP_PRICES } from "./made-up-prices";

const HOURS = 730;
const budget = (limitAmount: string): Given =>
  given(T.BUDGET, { budgetType: "COST", timeUnit: "MONTHLY", limitUnit: "USD", limitAmount });

/** What the rule says of resources beside a budget, and how gravely. */
async function said(resources: readonly Given[], limit: string, prices = MADE_UP_PRICES) {
  const [one, ...others] = await judge([costCap], [...resources, budget(limit)], { prices });
  assert.deepEqual(others, []);
  const found = /^found: (.*)$/m.exec(one?.message ?? "")?.[1] ?? "";
  return { message: one?.message ?? "", enforcement: one?.enforcement, found };
}

/** The least and the most that resources cost, as the rule counts it. */
async function sums(...resources: readonly Given[]): Promise<string[]> {
  const { found } = await said(resources, "0.01");
  return [...found.matchAll(/([\d,.]+) USD (?:a month|at the least)/g)]
    .map(([, amount = ""]) => amount.replace(",", ""))
    .reverse();
}

const template = (...disks: readonly object[]): Given =>
  given(T.LAUNCH_TEMPLATE, { blockDeviceMappings: disks.map((ebs) => ({ ebs })) }, { name: "template" });
const text = (amount: number): string => amount.toFixed(2);

describe("the monthly cost", () => {
  it("has nodes and their disks from the fewest to the most", async () => {
    const nodes = given(
      T.NODE_GROUP,
      { instanceTypes: ["c7i.2xlarge", "c6i.2xlarge"], scalingConfig: { minSize: 3, maxSize: 6 } },
      { refs: { launchTemplate: ["template"] } },
    );
    const each = HOURS * 0.25 + 50 * 0.1;
    assert.deepEqual(await sums(nodes, template({ volumeSize: 50, volumeType: "gp3" })), [
      text(3 * each),
      text(6 * each),
    ]);
  });

  it("has databases by their deployment, a replica with its source's storage, from what it begins with to its limit", async () => {
    const storage = { allocatedStorage: 100, maxAllocatedStorage: 400, storageType: "gp3" };
    const writer = given(
      T.RDS_INSTANCE,
      { instanceClass: "db.m7g.xlarge", multiAz: true, ...storage },
      { name: "writer" },
    );
    const replica = given(
      T.RDS_INSTANCE,
      { instanceClass: "db.m7g.large", replicateSourceDb: "writer" },
      { name: "replica", refs: { replicateSourceDb: ["writer"] } },
    );
    const instances = HOURS * (0.4 + 0.2);
    assert.deepEqual(await sums(writer, replica), [text(instances + 100 * 0.3), text(instances + 400 * 0.3)]);
  });

  it("has a proxy by the processors behind it, two at least", async () => {
    const stack = (instanceClass: string) => [
      given(T.RDS_INSTANCE, { instanceClass, storageType: "gp3" }, { name: "orders" }),
      given(T.RDS_PROXY_TARGET, {}, { refs: { dbProxyName: ["proxy"], dbInstanceIdentifier: ["orders"] } }),
      given(T.RDS_PROXY, {}, { name: "proxy" }),
    ];
    const [, xlarge] = await sums(...stack("db.m7g.xlarge"));
    assert.equal(xlarge, text(HOURS * (0.2 + 4 * 0.01)));
    const [, none] = await sums(given(T.RDS_PROXY, {}, { name: "proxy" }));
    assert.equal(none, text(HOURS * 2 * 0.01));
  });

  for (const [what, resources, most] of [
    ["an address and a gateway", [given(T.NAT_GATEWAY), given(T.ELASTIC_IP)], HOURS * (0.05 + 0.01)],
    [
      "an interface endpoint in each of its subnets",
      [given(T.VPC_ENDPOINT, { vpcEndpointType: "Interface", subnetIds: ["a", UNKNOWN, "c"] })],
      HOURS * 3 * 0.01,
    ],
    [
      "a load balancer with an address in each zone",
      [given(T.LOAD_BALANCERS[0], { subnets: ["a", "b", "c"] })],
      HOURS * (0.03 + 3 * 0.01),
    ],
    ["an internal load balancer", [given(T.LOAD_BALANCERS[0], { internal: true, subnets: ["a", "b"] })], HOURS * 0.03],
    ["a cluster", [given(T.EKS_CLUSTER)], HOURS * 0.2],
    [
      "the nodes of a cache",
      [given(T.REPLICATION_GROUP, { nodeType: "cache.m7g.large", numCacheClusters: 3 })],
      HOURS * 3 * 0.1,
    ],
    [
      "a cache in shards",
      [
        given(T.REPLICATION_GROUP, {
          engine: "valkey",
          nodeType: "cache.m7g.large",
          numNodeGroups: 2,
          replicasPerNodeGroup: 1,
        }),
      ],
      HOURS * 4 * 0.1,
    ],
    ["keys and secrets", [given(T.KMS_KEY), given(T.SECRET)], 2 + 0.5],
    ["a firewall by its rules", [given(T.WEB_ACL, { scope: "REGIONAL", rules: [{}, {}, {}] })], 4 + 3 * 2],
    [
      "an alarm by its metrics",
      [
        given(T.METRIC_ALARM, {
          metricQueries: [{ expression: "a / b" }, { metric: { period: 60 } }, { metric: { period: 60 } }],
        }),
      ],
      2 * 0.2,
    ],
    ["alarms of alarms and a dashboard", [given(T.COMPOSITE_ALARM), given(T.DASHBOARD)], 0.4 + 2],
    ["a canary by its runs", [given(T.CANARY, { schedule: { expression: "rate(5 minutes)" } })], HOURS * 12 * 0.002],
    [
      "an instance and its disk",
      [given(T.EC2_INSTANCE, { instanceType: "c7i.large", rootBlockDevice: { volumeSize: 10, volumeType: "gp3" } })],
      HOURS * 0.25 + 1,
    ],
  ] as const satisfies readonly (readonly [string, readonly Given[], number])[]) {
    it(`has ${what}`, async () => {
      assert.deepEqual(await sums(...resources), [text(most), text(most)]);
    });
  }

  it("has nothing for what is free or paid by its use", async () => {
    const free = [
      T.SUBNET,
      T.IAM_ROLE,
      T.LOG_GROUP,
      T.EKS_ADDON,
      T.SNS_TOPIC,
      T.BUCKETS[0],
      T.LISTENERS[0],
      T.NAMESPACE,
    ];
    const gateway = given(T.VPC_ENDPOINT, { vpcEndpointType: "Gateway" });
    assert.deepEqual(await judge([costCap], [...free.map((type) => given(type)), gateway, budget("0")]), []);
  });
});

describe("a price that is not known", () => {
  it("is said where none have been read, and is no violation", async () => {
    const [one] = await judge([costCap], [given(T.NAT_GATEWAY), budget("100")], { prices: undefined });
    assert.equal(one?.enforcement, "advisory");
    assert.match(
      one?.message ?? "",
      new RegExp(`^${UNPRICED}: .*\nfound: no prices: make prices reads AWS's; the budget .* has 100\\.00 USD`),
    );
  });

  for (const [what, resource, missing] of [
    [
      "a class that the list has not",
      given(T.RDS_INSTANCE, { instanceClass: "db.x9.huge", storageType: "gp3" }),
      /rds\/db\.x9\.huge\/single-az \(instance\)/,
    ],
    [
      "another engine",
      given(T.RDS_INSTANCE, { instanceClass: "db.m7g.large", engine: "mysql", storageType: "gp3" }),
      /rds-mysql\/db\.m7g\.large\/single-az/,
    ],
    ["other storage", given(T.RDS_INSTANCE, { instanceClass: "db.m7g.large" }), /rds-storage\/gp2\/single-az/],
    ["spot nodes", given(T.NODE_GROUP, { instanceTypes: ["c7i.large"], capacityType: "SPOT" }), /ec2-spot\/c7i\.large/],
    ["nodes without a type, with the disk of EKS", given(T.NODE_GROUP), /ec2\/default \(nodegroup\), ebs\/default/],
    [
      "a gateway endpoint of a load balancer",
      given(T.VPC_ENDPOINT, { vpcEndpointType: "GatewayLoadBalancer" }),
      /endpoint\/GatewayLoadBalancer/,
    ],
    [
      "a classic kind of load balancer",
      given(T.LOAD_BALANCERS[0], { loadBalancerType: "gateway", internal: true }),
      /load-balancer\/gateway/,
    ],
    ["a firewall of CloudFront", given(T.WEB_ACL, { scope: "CLOUDFRONT" }), /web-acl\/cloudfront/],
    ["an alarm of seconds", given(T.METRIC_ALARM, { period: 10 }), /alarm\/high-resolution/],
    [
      "a canary by the clock",
      given(T.CANARY, { schedule: { expression: "cron(0 * * * ? *)" } }),
      /canary\/cron\(0 \* \* \* \? \*\)/,
    ],
    [
      "a kind of resource of which nothing is known",
      given("aws:opensearch/domain:Domain"),
      /aws:opensearch\/domain:Domain \(domain\)/,
    ],
    ["another region", given(T.NAT_GATEWAY, { region: "eu-west-1" }), /any price of eu-west-1 \(natgateway\)/],
    [
      "a value that only the deployment brings",
      given(T.NODE_GROUP, { scalingConfig: UNKNOWN }),
      /scalingConfig\.minSize \(nodegroup\)/,
    ],
  ] as const) {
    it(`is named, and not taken as nothing: ${what}`, async () => {
      const { message, enforcement, found } = await said([resource, given(T.KMS_KEY)], "1000");
      assert.equal(enforcement, "advisory");
      assert.ok(message.startsWith(UNPRICED), message);
      assert.match(found, / USD a month at the most and no price of /);
      assert.match(found, missing);
    });
  }

  it("hides no violation", async () => {
    const { enforcement, found } = await said([given("aws:opensearch/domain:Domain"), given(T.KMS_KEY)], "1");
    assert.equal(enforcement, "mandatory");
    assert.match(found, /^at the most 2\.00 USD a month/);
  });

  it("names some of many resources", async () => {
    const keys = ["a", "b", "c", "d", "e"].map((name) => given(T.KMS_KEY, {}, { name }));
    const { [priceKey("key")]: _, ...others } = MADE_UP_PRICES["us-east-1"]?.prices ?? {};
    const { found } = await said(keys, "1", {
      "us-east-1": { retrieved: "2026-11-23", published: {}, prices: others },
    });
    assert.match(found, /no price of key \(a, b, c and 2 more\)/);
  });
});
