/**
 * Files in the form of AWS's price list (AWS Billing, "Reading the price list files"), written by hand. Their prices are made up: no one
 * pays them.
 */

const HEAD = (offer: string) =>
  [
    ["FormatVersion", "v1.0"],
    ["Disclaimer", 'Made up, and "quoted", for tests'],
    ["Publication Date", "2026-11-01T00:00:00Z"],
    ["Version", "20261101000000"],
    ["OfferCode", offer],
  ].map(line);

/** Columns of all lists, of which each real one has some, with the spelling of AWS. */
const COLUMNS = [
  "SKU",
  "TermType",
  "PriceDescription",
  "StartingRange",
  "Unit",
  "PricePerUnit",
  "Currency",
  "Product Family",
  "Instance Type",
  "Tenancy",
  "Operating System",
  "Database Engine",
  "Deployment Option",
  "Cache Engine",
  "usageType",
  "CapacityStatus",
  "Pre Installed S/W",
] as const;

type Cells = { readonly [Column in (typeof COLUMNS)[number]]?: string };

const line = (cells: readonly string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");

const row = (cells: Cells) =>
  line(
    COLUMNS.map(
      (name) => ({ SKU: "S", TermType: "OnDemand", StartingRange: "0", Currency: "USD", ...cells })[name] ?? "",
    ),
  );

const price = (usageType: string, usd: string, more: Cells = {}) => row({ usageType, PricePerUnit: usd, ...more });

const BOX: Cells = {
  "Product Family": "Compute Instance",
  "Instance Type": "c7i.2xlarge",
  Tenancy: "Shared",
  "Operating System": "Linux",
  CapacityStatus: "Used",
  "Pre Installed S/W": "NA",
};
const DATABASE: Cells = { "Instance Type": "db.m7g.xlarge", "Database Engine": "PostgreSQL" };
const SINGLE: Cells = { "Deployment Option": "Single-AZ" };
const MULTI: Cells = { "Deployment Option": "Multi-AZ" };
const CACHE: Cells = { "Instance Type": "cache.m7g.large" };

/** Per service the rows that are wanted, among those that only look like them. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  AmazonEC2: [
    price("EU-BoxUsage:c7i.2xlarge", "9", { ...BOX, TermType: "Reserved" }),
    price("EU-BoxUsage:c7i.2xlarge", "9", { ...BOX, "Operating System": "Windows" }),
    price("EU-BoxUsage:c7i.2xlarge", "9", { ...BOX, "Pre Installed S/W": "SQL Web" }),
    price("EU-DedicatedUsage:c7i.2xlarge", "9", { ...BOX, Tenancy: "Dedicated" }),
    price("EU-UnusedBox:c7i.2xlarge", "9", { ...BOX, CapacityStatus: "UnusedCapacityReservation" }),
    price("EU-BoxUsage:c7i.2xlarge", "0.383", { ...BOX, PriceDescription: 'On demand, "Linux",\nper hour' }),
    price("EU-BoxUsage:z9.huge", "9", { ...BOX, "Instance Type": "z9.huge" }),
    price("EU-EBS:VolumeUsage.gp3", "0.088"),
    price("EU-EBS:VolumeUsage.gp2", "9"),
    price("EU-NatGateway-Hours", "0.049"),
    price("EU-NatGateway-Bytes", "9"),
  ],
  AmazonVPC: [
    price("EU-PublicIPv4:InUseAddress", "0.006"),
    price("EU-PublicIPv4:IdleAddress", "9"),
    price("EU-VpcEndpoint-Hours", "0.012"),
    price("EU-VpcEndpoint-GWLBE-Hours", "9"),
  ],
  AWSELB: [
    price("EU-LoadBalancerUsage", "0.026", { "Product Family": "Load Balancer-Application" }),
    price("EU-TS-LoadBalancerUsage", "9", { "Product Family": "Load Balancer-Application" }),
    price("EU-LCUUsage", "9", { "Product Family": "Load Balancer-Application" }),
    price("EU-LoadBalancerUsage", "0.027", { "Product Family": "Load Balancer-Network" }),
    price("EU-LoadBalancerUsage", "9", { "Product Family": "Load Balancer" }),
  ],
  AmazonEKS: [price("EUW1-AmazonEKS-Hours:perCluster", "0.11"), price("EUW1-AmazonEKS-Hours:extendedSupport", "9")],
  AmazonRDS: [
    price("EU-InstanceUsage:db.m7g.xl", "0.376", { ...DATABASE, ...SINGLE }),
    price("EU-Multi-AZUsage:db.m7g.xl", "0.751", { ...DATABASE, ...MULTI }),
    price("EU-InstanceUsage:db.m7g.xl", "9", { ...DATABASE, ...SINGLE, "Database Engine": "MySQL" }),
    price("EU-Multi-AZClusterUsage:db.m7g.xl", "9", {
      ...DATABASE,
      "Deployment Option": "Multi-AZ (readable standbys)",
    }),
    price("EU-RDS:GP3-Storage", "0.127", { "Database Engine": "Any", ...SINGLE }),
    price("EU-RDS:Multi-AZ-GP3-Storage", "0.255", { "Database Engine": "Any", ...MULTI }),
    price("EU-RDS:GP3-Storage", "9", { "Database Engine": "SQL Server", ...SINGLE }),
    price("EU-RDS:ProxyUsage", "0.016", { "Database Engine": "PostgreSQL" }),
    price("EU-RDS:ProxyUsage", "9", { "Database Engine": "Aurora PostgreSQL" }),
  ],
  AmazonElastiCache: [
    price("EU-NodeUsage:cache.m7g.large", "0.17", { ...CACHE, "Cache Engine": "Redis" }),
    price("EU-NodeUsage:cache.m7g.large", "0.136", { ...CACHE, "Cache Engine": "Valkey" }),
    price("EU-NodeUsage:cache.m7g.large", "9", { ...CACHE, "Cache Engine": "Memcached" }),
    price("EU-ExtendedSupport:Yr1-Yr2:NodeUsage:cache.m7g.large", "9", { ...CACHE, "Cache Engine": "Redis" }),
  ],
  awskms: [price("eu-west-1-KMS-Keys", "1.1"), price("eu-west-1-KMS-Requests", "9")],
  AWSSecretsManager: [price("EUW1-AWSSecretsManager-Secrets", "0.41"), price("EUW1-AWSSecretsManagerAPIRequest", "9")],
  awswaf: [
    price("EUW1-WebACLV2", "5.1"),
    price("EUW1-ShieldProtected-WebACLV2", "0"),
    price("EUW1-RuleV2", "1.1"),
    price("EUW1-RequestV2-Tier1", "9"),
  ],
  AmazonCloudWatch: [
    price("EU-CW:AlarmMonitorUsage", "0.11"),
    price("EU-CW:HighResAlarmMonitorUsage", "9"),
    price("EU-CW:CompositeAlarmMonitorUsage", "0.51"),
    // Some are free, then the first tier that is paid, then one that no stack reaches.
    price("DashboardsUsageHour", "0", { StartingRange: "0" }),
    price("DashboardsUsageHour", "2.5", { StartingRange: "1000" }),
    price("DashboardsUsageHour", "3.1", { StartingRange: "3" }),
    price("DashboardsUsageHour-Basic", "9"),
    price("EU-CW:Canary-runs", "0.0013"),
  ],
};

/** The index of services. */
export const madeUpIndex = (offers: readonly string[]): string =>
  JSON.stringify({
    formatVersion: "v1.0",
    disclaimer: "Made up, for tests",
    publicationDate: "2026-11-01T00:00:00Z",
    offers: Object.fromEntries(
      offers.map((offer) => [
        offer,
        { offerCode: offer, currentRegionIndexUrl: `/offers/v1.0/aws/${offer}/current/region_index.json` },
      ]),
    ),
  });

/** A service's index of regions. */
export const madeUpRegions = (offer: string, region: string): string =>
  JSON.stringify({
    formatVersion: "v1.0",
    publicationDate: "2026-11-01T00:00:00Z",
    regions: {
      [region]: {
        regionCode: region,
        currentVersionUrl: `/offers/v1.0/aws/${offer}/20261101000000/${region}/index.json`,
      },
    },
  });

/** A service's prices in a region. */
export const madeUpList = (offer: string): string =>
  `${[...HEAD(offer), line(COLUMNS), ...(ROWS[offer] ?? [])].join("\n")}\n`;
