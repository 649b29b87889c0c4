import * as T from "../../policy/framework/types";
import type { Cases } from "./cases";
import { type Given, UNKNOWN } from "./engine";
import { change, edit, given, without } from "./given";
import { system } from "./system";

const ZONES = ["a", "b", "c"];

/** Subnets in three zones, with whatever takes addresses in them. */
function network(): Given[] {
  const inAll = { refs: { subnetIds: ZONES } };
  return [
    ...ZONES.map((zone) =>
      given(T.SUBNET, { cidrBlock: "10.0.0.0/22", availabilityZone: `us-east-1${zone}` }, { name: zone }),
    ),
    given(
      T.NODE_GROUP,
      { instanceTypes: ["c7i.large"], scalingConfig: { maxSize: 6 }, subnetIds: ZONES },
      { name: "nodes", ...inAll },
    ),
    given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { subnets: ZONES } }),
    given(T.NAT_GATEWAY, {}, { name: "nat", refs: { subnetId: ["a"] } }),
    given(T.VPC_ENDPOINT, {}, { name: "endpoint", ...inAll }),
    given(T.EKS_CLUSTER, {}, { name: "cluster", refs: { vpcConfig: ZONES } }),
    given(T.RDS_SUBNET_GROUP, {}, { name: "database-subnets", ...inAll }),
    given(T.RDS_INSTANCE, {}, { name: "orders", refs: { dbSubnetGroupName: ["database-subnets"] } }),
    given(
      T.RDS_INSTANCE,
      { replicateSourceDb: UNKNOWN, availabilityZone: "us-east-1b" },
      { name: "copy", refs: { replicateSourceDb: ["orders"] } },
    ),
    given(T.RDS_PROXY, {}, { name: "proxy", refs: { vpcSubnetIds: ZONES } }),
    given(T.CACHE_SUBNET_GROUP, {}, { name: "cache-subnets", ...inAll }),
    given(
      T.REPLICATION_GROUP,
      { numCacheClusters: 3 },
      { name: "cache", refs: { subnetGroupName: ["cache-subnets"] } },
    ),
  ];
}
/** Half the network's nodes take prefixes of sixteen addresses each. */
const prefixes = given(
  T.EKS_ADDON,
  { addonName: "vpc-cni", configurationValues: JSON.stringify({ env: { ENABLE_PREFIX_DELEGATION: "true" } }) },
  { name: "cni" },
);

const CACHE: Given[] = [
  given(
    T.REPLICATION_GROUP,
    { engine: "redis", engineVersion: "7.1", nodeType: "cache.m7g.large" },
    { name: "cache", refs: { parameterGroupName: ["cache-parameters"] } },
  ),
  given(
    T.CACHE_PARAMETER_GROUP,
    { family: "redis7", parameters: [{ name: "reserved-memory-percent", value: "25" }] },
    { name: "cache-parameters" },
  ),
];

const STATIC: Given[] = [
  given(
    T.RDS_INSTANCE,
    { applyImmediately: false, maintenanceWindow: "sun:04:30-sun:05:30" },
    { name: "orders", refs: { parameterGroupName: ["parameters"] } },
  ),
  given(
    T.RDS_PARAMETER_GROUP,
    {
      family: "postgres17",
      parameters: [
        { name: "max_connections", value: "200" },
        { name: "work_mem", value: "8192" },
      ],
    },
    { name: "parameters" },
  ),
];

/** One database with all alarms that its targets ask for. */
function watched(): Given[] {
  const alarm = (name: string, target: string, threshold: unknown, more: Record<string, unknown> = {}) =>
    given(
      T.METRIC_ALARM,
      {
        comparisonOperator: "GreaterThanThreshold",
        threshold,
        statistic: "Average",
        tags: { Target: target },
        ...more,
      },
      { name, refs: { dimensions: ["orders"] } },
    );
  return [
    ...STATIC,
    alarm("slow", "queryTime", 0.01),
    alarm("crowded", "connectionUtilization", 160, { statistic: "Maximum" }),
    alarm("busy", "cpuAverage", 70),
    alarm("peak", "cpuPeak", 85, { statistic: "Maximum" }),
    {
      ...alarm("memory", "databaseMemory", 8 * 2 ** 30, {
        statistic: undefined,
        metricQueries: [
          { id: "free", metric: { metricName: "FreeableMemory", stat: "Minimum" } },
          { expression: "1 - free" },
        ],
      }),
      refs: { metricQueries: ["orders"] },
    },
  ];
}
/** An alarm on the error budget of a load balancer, of which one is enough. */
const burning = (period: number, threshold: number): Given[] => [
  given(T.LOAD_BALANCERS[0], { internal: true }, { name: "balancer" }),
  given(
    T.METRIC_ALARM,
    {
      comparisonOperator: "GreaterThanThreshold",
      period,
      evaluationPeriods: 1,
      threshold,
      tags: { Target: "availability" },
    },
    { name: "errors", refs: { dimensions: ["balancer"] } },
  ),
];
const podAlarm = (threshold: number, metricName: string): Given[] => [
  given(T.DEPLOYMENT, { spec: { template: { spec: { containers: [{ resources: { limits: { memory: "4Gi" } } }] } } } }),
  given(
    T.METRIC_ALARM,
    { comparisonOperator: "GreaterThanThreshold", threshold, metricName, tags: { Target: "apiMemory" } },
    { name: "pods" },
  ),
];

const SPREAD = "spec.template.spec.topologySpreadConstraints";
const spread = (stack: readonly Given[]): Given[] =>
  edit(stack, "shop", SPREAD, [{ maxSkew: 1, topologyKey: "topology.kubernetes.io/zone" }]);

/** What the rules about capacity and fit accept and refuse. */
export const fitCases: Readonly<Record<string, Cases>> = {
  "subnet-addresses": {
    // 4 nodes of 3 × 10 addresses, 8, 1, 1, 4, 2, 25 and 2: 163 of 1019.
    holds: [
      network(),
      edit(network(), "a", "cidrBlock", "10.0.0.0/24"),
      [given(T.SUBNET, { cidrBlock: "10.0.0.0/28" })],
      // Types are the launch template's, or EKS's own default.
      edit(network(), "nodes", "instanceTypes", undefined),
    ],
    breaks: [
      [edit(network(), "a", "cidrBlock", "10.0.0.0/25"), /nodes 120 \+ balancer 8 .* = 163 addresses, and .* has 123/],
      [edit(network(), "nodes", "scalingConfig.maxSize", 66), /nodes 1020 /],
      // 4 nodes of 110 pods: 8 blocks of 16 and 3 spoilt ones each.
      [edit([...network(), prefixes], "b", "cidrBlock", "10.0.0.0/23"), /nodes 704 .*copy 1 /],
      [
        edit(network(), "nodes", "instanceTypes", ["z9.huge"]),
        /nodes runs instances whose size sizing\/data\/ec2.json/,
      ],
      [edit(network(), "c", "cidrBlock", undefined), /cidrBlock is not set, so that its size cannot be told/],
      [
        [
          given(T.SUBNET, { cidrBlock: "10.0.0.0/28" }, { name: "a" }),
          given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { subnets: ["a"] } }),
        ],
        /balancer wants a \/27 or larger/,
      ],
    ],
  },
  "cache-fit": {
    holds: [
      CACHE,
      change(CACHE, "cache", { refs: {} }),
      edit(edit(CACHE, "cache", "engine", "valkey"), "cache-parameters", "family", "valkey7"),
      edit(edit(CACHE, "cache", "engineVersion", "6.2"), "cache-parameters", "family", "redis6.x"),
    ],
    breaks: [
      [edit(CACHE, "cache", "nodeType", "cache.t4g.micro"), /has 384.* beside its reserve of 25 %.* 1.0 GiB/],
      [edit(CACHE, "cache", "nodeType", "cache.x9.huge"), /whose memory sizing\/data\/elasticache.json does not have/],
      [
        edit(CACHE, "cache-parameters", "parameters.0.value", "10"),
        /reserved-memory-percent is 10, and AWS advises 25/,
      ],
      [edit(CACHE, "cache", "engine", "valkey"), /engine valkey 7.1 with parameters of redis7/],
      [edit(CACHE, "cache", "engineVersion", "5.0.6"), /engine redis 5.0.6 with parameters of redis7/],
    ],
  },
  "static-parameters": {
    holds: [STATIC, edit(edit(STATIC, "orders", "applyImmediately", true), "parameters", "parameters", [])],
    breaks: [
      [
        edit(STATIC, "orders", "applyImmediately", true),
        /applyImmediately is true with static parameters: max_connections$/m,
      ],
      [
        edit(STATIC, "orders", "maintenanceWindow", undefined),
        /maintenanceWindow is not set with .*: max_connections$/m,
      ],
    ],
  },
  "zone-spread": {
    holds: [
      spread(system()),
      edit(
        system(),
        "shop",
        "spec.template.spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution",
        [{ topologyKey: "topology.kubernetes.io/zone" }],
      ),
      // Neither scaled nor behind a load balancer.
      without(without(system(), "binding"), "scaler"),
    ],
    breaks: [
      [system(), /nothing spreads its pods over topology.kubernetes.io\/zone/],
      [edit(system(), "shop", SPREAD, [{ topologyKey: "kubernetes.io/hostname" }]), /nothing spreads its pods/],
    ],
  },
  "k8s-namespace-declared": {
    holds: [
      [...system(), given(T.NAMESPACE, { metadata: { name: "shop" } })],
      [given(T.DEPLOYMENT, {})],
      [given(T.DEPLOYMENT, { metadata: { namespace: "kube-system" } })],
      [
        given(T.NAMESPACE, { metadata: {} }, { name: "made" }),
        given(T.DEPLOYMENT, { metadata: { namespace: UNKNOWN } }, { refs: { metadata: ["made"] } }),
      ],
    ],
    breaks: [[system(), /the stack makes no namespace shop/]],
  },
  "alarms-equal-targets": {
    holds: [
      watched(),
      [given(T.METRIC_ALARM, { threshold: 10 })],
      burning(3600, 1.44),
      burning(60, 0.1),
      podAlarm(50, "pod_memory_utilization_over_pod_limit"),
      podAlarm(2 * 2 ** 30, "pod_memory_working_set"),
    ],
    breaks: [
      [without(watched(), "slow"), /no alarm watches over queryTime of orders/],
      [change(watched(), "slow", { refs: {} }), /no alarm watches over queryTime of orders/],
      [edit(watched(), "slow", "threshold", 0.02), /threshold is 0.02, looser than 0.01/],
      [edit(watched(), "crowded", "threshold", 161), /threshold is 161, looser than 160/],
      [edit(watched(), "parameters", "parameters", []), /what its threshold is a share of/],
      [edit(watched(), "memory", "threshold", undefined), /threshold is not set, looser than 8589934592/],
      [
        edit(watched(), "busy", "comparisonOperator", "LessThanThreshold"),
        /"LessThanThreshold", and what the target bounds/,
      ],
      [edit(watched(), "peak", "statistic", "Average"), /its statistic is Average, and cpuPeak speaks of Maximum/],
      [edit(watched(), "peak", "tags.Target", "speed"), /the tag Target is "speed", which is no target/],
      [burning(3600, 1.5), /looser than 1.44/],
      [burning(60, 0.2), /looser than 0.1/],
      [podAlarm(51, "pod_memory_utilization_over_pod_limit"), /looser than 50/],
      [[given(T.LOAD_BALANCERS[0])], /no alarm watches over apiLatencyP99 of loadbalancer/],
    ],
  },
};
