import { cacheNode, databaseClass, ec2Instance } from "./instances";

/** One row of a price list: the text in a column, by the column's name in lower case without blanks and signs; none: "". */
export type PriceRow = (column: string) => string;

/** A kind of price that the stack's resources need, and how AWS's price list has it. */
export interface Meter {
  /** AWS's code of the service whose list has it. */
  readonly offer: string;
  /** Per what it is paid. */
  readonly per: "hour" | "month" | "run";
  /** What the row's price is of: the rest of the price's key, "" where there is one price only, undefined: something else. */
  readonly of: (row: PriceRow) => string | undefined;
}

/** Where AWS publishes its prices, for everybody (AWS Billing, "Getting price list files manually"). */
export const PRICE_LIST = "https://pricing.us-east-1.amazonaws.com";

/** The only version of the lists that {@link meters} knows. */
export const PRICE_LIST_FORMAT = "v1.0";

/** Hours of a month, as AWS's own calculator has them. */
export const HOURS_PER_MONTH = 730;

/** What precedes a usage type outside of the region where it was first sold: `EUW2-`, `EU-`. */
const REGION = "(?:EU-|[A-Z]{3}\\d-)?";

const isUsage = (row: PriceRow, usage: string): boolean => new RegExp(`^${REGION}${usage}$`).test(row("usagetype"));

/** One price of a region, by its usage type. */
const usage = (offer: string, per: Meter["per"], type: string): Meter => ({
  offer,
  per,
  of: (row) => (isUsage(row, type) ? "" : undefined),
});

const DEPLOYMENTS: Readonly<Record<string, string>> = { "Single-AZ": "single-az", "Multi-AZ": "multi-az" };

/** Every meter, by the first part of its prices' keys: `ec2/c7i.2xlarge`, `rds/db.m7g.xlarge/multi-az`, `nat-gateway`. */
export const meters = {
  ec2: {
    offer: "AmazonEC2",
    per: "hour",
    of: (row) => {
      const type = row("instancetype");
      const isPlain =
        isUsage(row, "BoxUsage:.+") &&
        row("operatingsystem") === "Linux" &&
        row("tenancy") === "Shared" &&
        row("preinstalledsw") === "NA" &&
        row("capacitystatus") === "Used";
      return isPlain && ec2Instance(type) ? type : undefined;
    },
  },
  ebs: {
    offer: "AmazonEC2",
    per: "month",
    of: (row) => (isUsage(row, "EBS:VolumeUsage\\.gp3") ? "gp3" : undefined),
  },
  "nat-gateway": usage("AmazonEC2", "hour", "NatGateway-Hours"),
  "public-ipv4": usage("AmazonVPC", "hour", "PublicIPv4:InUseAddress"),
  "interface-endpoint": usage("AmazonVPC", "hour", "VpcEndpoint-Hours"),
  "load-balancer": {
    offer: "AWSELB",
    per: "hour",
    of: (row) => {
      const kind = /^Load Balancer-(Application|Network)$/.exec(row("productfamily"))?.[1];
      return isUsage(row, "LoadBalancerUsage") ? kind?.toLowerCase() : undefined;
    },
  },
  "eks-cluster": usage("AmazonEKS", "hour", "AmazonEKS-Hours:perCluster"),
  rds: {
    offer: "AmazonRDS",
    per: "hour",
    of: (row) => {
      const deployment = DEPLOYMENTS[row("deploymentoption")];
      const isOurs = row("databaseengine") === "PostgreSQL" && isUsage(row, "(?:InstanceUsage|Multi-AZUsage):.+");
      return isOurs && deployment && databaseClass(row("instancetype"))
        ? `${row("instancetype")}/${deployment}`
        : undefined;
    },
  },
  "rds-storage": {
    offer: "AmazonRDS",
    per: "month",
    of: (row) => {
      // One price for PostgreSQL and its like, which the list writes either way.
      if (!["Any", "PostgreSQL"].includes(row("databaseengine"))) return undefined;
      if (isUsage(row, "RDS:GP3-Storage")) return "gp3/single-az";
      return isUsage(row, "RDS:Multi-AZ-GP3-Storage") ? "gp3/multi-az" : undefined;
    },
  },
  "rds-proxy-vcpu": {
    offer: "AmazonRDS",
    per: "hour",
    of: (row) => (row("databaseengine") === "PostgreSQL" && isUsage(row, "RDS:ProxyUsage") ? "" : undefined),
  },
  "cache-node": {
    offer: "AmazonElastiCache",
    per: "hour",
    of: (row) => {
      const [type, engine] = [row("instancetype"), row("cacheengine").toLowerCase()];
      const isOurs = ["redis", "valkey"].includes(engine) && isUsage(row, "NodeUsage:.+");
      return isOurs && cacheNode(type) ? `${engine}/${type}` : undefined;
    },
  },
  key: { offer: "awskms", per: "month", of: (row) => (row("usagetype").endsWith("-KMS-Keys") ? "" : undefined) },
  secret: usage("AWSSecretsManager", "month", "AWSSecretsManager-Secrets"),
  "web-acl": usage("awswaf", "month", "WebACLV2"),
  "web-acl-rule": usage("awswaf", "month", "RuleV2"),
  alarm: usage("AmazonCloudWatch", "month", "CW:AlarmMonitorUsage"),
  "composite-alarm": usage("AmazonCloudWatch", "month", "CW:CompositeAlarmMonitorUsage"),
  dashboard: usage("AmazonCloudWatch", "month", "DashboardsUsageHour"),
  canary: usage("AmazonCloudWatch", "run", "CW:Canary-runs"),
} as const satisfies Readonly<Record<string, Meter>>;

/** Name of a meter. */
export type MeterName = keyof typeof meters;

/** What the bill has beside fixed prices: it depends on use, so no plan knows it. */
export const NOT_COUNTED = [
  "data transfer",
  "requests",
  "load balancer capacity units",
  "data through NAT gateways and endpoints",
  "logs",
  "metrics",
  "Database Insights",
  "backups",
  "object and image storage",
  "CDN",
  "functions",
  "CPU credits",
  "discounts",
  "tax",
] as const;
