import { databaseClass } from "../../sizing/instances";
import { HOURS_PER_MONTH } from "../../sizing/price-list";
import { priceKey } from "../../sizing/prices";
import type { Stack, StackResource } from "./stack";
import * as T from "./types";
import type { Value } from "./value";

/** So much of what has a price, from the least to the most that a resource grows to by itself. */
export interface Quantity {
  /** Key of the price. One that no price list has says what is not priced. */
  readonly key: string;
  readonly least: number;
  readonly most: number;
}

/** What of a resource has a fixed price. */
type Quantities = (resource: StackResource, stack: Stack) => Iterable<Quantity>;

const times = (key: string, least = 1, most = least): Quantity => ({ key, least, most });
const one =
  (key: string): Quantities =>
  () => [times(key)];

/** Fewest vCPU that a proxy is paid for (Amazon RDS Proxy pricing). */
const LEAST_PROXY_VCPU = 2;

function* loadBalancer({ props }: StackResource): Iterable<Quantity> {
  yield times(priceKey("load-balancer", props.at("loadBalancerType").string() ?? "application"));
  // Each zone has an address of its own at least.
  const zones = [...props.at("subnets").list(), ...props.at("subnetMappings").list()].length;
  if (props.at("internal").boolean() !== true) yield times(priceKey("public-ipv4"), zones);
}

function* endpoint({ props }: StackResource): Iterable<Quantity> {
  const type = props.at("vpcEndpointType").string() ?? "Gateway";
  if (type === "Interface") yield times(priceKey("interface-endpoint"), props.at("subnetIds").list().length);
  else if (type !== "Gateway") yield times(`endpoint/${type}`);
}

function* nodeGroup(group: StackResource): Iterable<Quantity> {
  const { props } = group;
  const [least, most] = ["minSize", "maxSize"].map((size) => props.at(`scalingConfig.${size}`).number() ?? 0);
  // EKS takes the types in their order.
  const [type = "default"] = props.at("instanceTypes").strings();
  const capacity = (props.at("capacityType").string() ?? "ON_DEMAND").toLowerCase();
  yield times(capacity === "on_demand" ? priceKey("ec2", type) : `ec2-${capacity}/${type}`, least, most);
  const [template] = group.references("launchTemplate").filter((other) => other.type === T.LAUNCH_TEMPLATE);
  const disks = template?.props.at("blockDeviceMappings").list() ?? [];
  if (disks.length === 0) yield times("ebs/default", least, most);
  for (const disk of disks) yield* volume(disk.at("ebs"), least, most);
}

function* instance({ props }: StackResource): Iterable<Quantity> {
  yield times(priceKey("ec2", props.at("instanceType").string() ?? "default"));
  yield* volume(props.at("rootBlockDevice"), 1, 1);
}

function* volume(disk: Value, least = 0, most = least): Iterable<Quantity> {
  const gib = disk.at("volumeSize").number() ?? 0;
  yield times(priceKey("ebs", disk.at("volumeType").string() ?? "default"), gib * least, gib * most);
}

function* database(instance: StackResource): Iterable<Quantity> {
  const { props } = instance;
  const [source] = instance.references("replicateSourceDb").filter(({ type }) => type === T.RDS_INSTANCE);
  const given = (property: string): Value => {
    const own = props.at(property);
    return own.isSet || source === undefined ? own : source.props.at(property);
  };
  const deployment = props.at("multiAz").boolean() === true ? "multi-az" : "single-az";
  const engine = given("engine").string() ?? "postgres";
  const meter = engine === "postgres" ? "rds" : `rds-${engine}`;
  yield times([meter, props.at("instanceClass").string() ?? "default", deployment].join("/"));
  const gib = given("allocatedStorage").number() ?? 0;
  const most = Math.max(gib, given("maxAllocatedStorage").number() ?? 0);
  yield times(priceKey("rds-storage", given("storageType").string() ?? "gp2", deployment), gib, most);
}

function* proxy(proxy: StackResource, stack: Stack): Iterable<Quantity> {
  const targets = stack
    .referring(T.RDS_PROXY_TARGET, "dbProxyName", proxy)
    .flatMap((target) => target.references("dbInstanceIdentifier"));
  const vcpu = targets.reduce(
    (sum, { props }) => sum + (databaseClass(props.at("instanceClass").string() ?? "")?.vcpu ?? 0),
    0,
  );
  yield times(priceKey("rds-proxy-vcpu"), Math.max(LEAST_PROXY_VCPU, vcpu));
}

function* cache({ props }: StackResource): Iterable<Quantity> {
  const shards = props.at("numNodeGroups").number() ?? 1;
  const nodes =
    props.at("numCacheClusters").number() ?? shards * (1 + (props.at("replicasPerNodeGroup").number() ?? 0));
  const engine = props.at("engine").string() ?? "redis";
  yield times(priceKey("cache-node", engine, props.at("nodeType").string() ?? "default"), nodes);
}

function* webAcl({ props }: StackResource): Iterable<Quantity> {
  const scope = props.at("scope").string() === "CLOUDFRONT" ? ["cloudfront"] : [];
  yield times(priceKey("web-acl", ...scope));
  yield times(priceKey("web-acl-rule", ...scope), props.at("rules").list().length);
}

/** Shortest period of an alarm that is paid as a standard one, in seconds (Amazon CloudWatch pricing). */
const STANDARD_PERIOD_SECONDS = 60;

function* alarm({ props }: StackResource): Iterable<Quantity> {
  const metrics = props
    .at("metricQueries")
    .list()
    .filter((query) => query.at("metric").isSet);
  const periods = [props.at("period"), ...metrics.map((query) => query.at("metric.period"))];
  const isStandard = periods.every((period) => (period.number() ?? STANDARD_PERIOD_SECONDS) >= STANDARD_PERIOD_SECONDS);
  yield times(priceKey("alarm", ...(isStandard ? [] : ["high-resolution"])), Math.max(1, metrics.length));
}

function* canary({ props }: StackResource): Iterable<Quantity> {
  const schedule = props.at("schedule.expression").string() ?? "";
  const [, every, unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(schedule) ?? [];
  const minutes = Number(every) * (unit === "hour" ? 60 : 1);
  if (minutes > 0) yield times(priceKey("canary"), (HOURS_PER_MONTH * 60) / minutes);
  else if (minutes !== 0) yield times(`canary/${schedule}`);
}

/** The kinds of resources that cost by being there, and what of them does. */
export const quantities: ReadonlyMap<string, Quantities> = new Map<string, Quantities>([
  [T.NAT_GATEWAY, one(priceKey("nat-gateway"))],
  [T.ELASTIC_IP, one(priceKey("public-ipv4"))],
  [T.VPC_ENDPOINT, endpoint],
  ...T.LOAD_BALANCERS.map((type) => [type, loadBalancer] as const),
  [T.EKS_CLUSTER, one(priceKey("eks-cluster"))],
  [T.NODE_GROUP, nodeGroup],
  [T.EC2_INSTANCE, instance],
  [T.RDS_INSTANCE, database],
  [T.RDS_PROXY, proxy],
  [T.REPLICATION_GROUP, cache],
  [T.KMS_KEY, one(priceKey("key"))],
  [T.SECRET, one(priceKey("secret"))],
  [T.WEB_ACL, webAcl],
  [T.METRIC_ALARM, alarm],
  [T.COMPOSITE_ALARM, one(priceKey("composite-alarm"))],
  [T.DASHBOARD, one(priceKey("dashboard"))],
  [T.CANARY, canary],
]);

/** Beginnings of the types of AWS's resources that cost nothing by being there: they are free, or are paid by their use. */
const PAID_BY_USE = [
  "acm/",
  "budgets/",
  "cloudfront/",
  "cloudwatch/log",
  "cloudwatch/event",
  "ec2/default",
  "ec2/flowLog:",
  "ec2/internetGateway:",
  "ec2/launchTemplate:",
  "ec2/networkAcl",
  "ec2/route",
  "ec2/securityGroup",
  "ec2/subnet:",
  "ec2/vpc:",
  "ecr/",
  "eks/access",
  "eks/addon:",
  "eks/podIdentityAssociation:",
  "elasticache/parameterGroup:",
  "elasticache/subnetGroup:",
  "elasticache/user",
  "iam/",
  "kms/alias:",
  "kms/grant:",
  "kms/keyPolicy:",
  "lambda/function:",
  "lambda/permission:",
  "lb/listener",
  "lb/targetGroup",
  "rds/parameterGroup:",
  "rds/proxyDefaultTargetGroup:",
  "rds/proxyTarget:",
  "rds/subnetGroup:",
  "route53/record:",
  "s3/",
  "secretsmanager/secretPolicy:",
  "secretsmanager/secretRotation:",
  "secretsmanager/secretVersion:",
  "serverlessrepository/cloudFormationStack:",
  "sns/",
  "vpc/securityGroup",
  "wafv2/ipSet:",
  "wafv2/regexPatternSet:",
  "wafv2/webAclAssociation:",
  "wafv2/webAclLoggingConfiguration:",
].map((name) => `aws:${name}`);

/** Whether a type's fixed price is known to be none, or is counted: of any other AWS type nothing is known. */
export const isPriceKnown = (type: string): boolean =>
  !type.startsWith("aws:") || quantities.has(type) || PAID_BY_USE.some((beginning) => type.startsWith(beginning));
