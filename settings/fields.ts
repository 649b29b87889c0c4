import { z } from "zod";
import { cacheNode, cacheNodeTypes, databaseClass, databaseClassNames } from "../sizing/instances";
import { kubernetesFactsDate, kubernetesVersion, kubernetesVersions } from "../sizing/kubernetes";
import { bytes } from "../sizing/units";
import { boolean, type Field, integer, list, oneOf, optional, string, withDefault } from "./field";
import {
  arn,
  cidr,
  cpu,
  daily,
  dailyWindow,
  instanceType,
  memory,
  privateCidr,
  readable,
  SMALL_PUBLIC_CIDRS,
  smallPublicCidr,
  TAG_VALUE,
  tagValue,
  weekly,
  weeklyWindow,
  zoneName,
} from "./formats";

/** The retentions that CloudWatch Logs accepts (AWS, PutRetentionPolicy: retentionInDays). */
const LOG_RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** A range of public callers larger than this is no list of known addresses: two halves would be the whole internet. */
const SHORTEST_PUBLIC_PREFIX = 8;

/** Every configuration key of the stack. Defaults are the guide's production numbers where it gives one. */
export const fields = {
  environment: oneOf(["production", "development"], {
    default: "production",
    description: "What the stack is for; tagged on every resource. Production demands a domain and three zones",
  }),
  accountId: string(z.string().regex(/^\d{12}$/), {
    description: "The AWS account to deploy to; any other is refused",
    allowed: "an AWS account id of 12 digits, in quotes",
  }),
  region: string(z.string().regex(/^(?!cn-|us-gov-|us-iso|eu-isoe-)[a-z]{2}(-[a-z]+)+-\d$/), {
    default: "us-east-1",
    description: "The AWS region. A change replaces everything",
    allowed: "a region of the commercial partition, such as us-east-1",
  }),
  availabilityZones: list(zoneName, {
    default: ["us-east-1a", "us-east-1b", "us-east-1c"],
    description:
      "The zones to spread over. Adding one leaves the addresses of the others as they are. In us-east-1 not the zone with the id use1-az3: RDS Proxy does not support it",
    allowed: "a list of 2 to 6 different zones of the region",
  }),
  owner: string(tagValue, {
    default: "platform",
    description: "The team that answers for the stack; the tag Owner",
    allowed: TAG_VALUE,
  }),
  costCenter: string(tagValue, {
    default: "pynomaly",
    description: "Who pays for the stack; the tag CostCenter",
    allowed: TAG_VALUE,
  }),
  protectData: boolean({
    default: true,
    description:
      "Refuse to delete what holds data or keys: Pulumi's protect, AWS's deletion protection, final snapshots",
  }),

  vpcCidr: string(privateCidr, {
    default: "10.0.0.0/16",
    description: "The VPC's IPv4 range. A change replaces everything",
    allowed: "a private IPv4 range, such as 10.0.0.0/16",
  }),
  natGateways: oneOf(["per-zone", "single", "none"], {
    default: "per-zone",
    description: "NAT gateways: one in each zone, one for all (cheaper, and one zone's loss cuts all off), or none",
  }),

  databaseInstanceClass: string(
    z.string().refine((name) => databaseClass(name) !== undefined),
    {
      default: "db.m7g.xlarge",
      description:
        "RDS instance class of the writer and of each replica. The guide's 4 GB of shared_buffers is 25 % of 16 GiB",
      allowed: databaseClassNames.join(", "),
    },
  ),
  databaseEngineVersion: oneOf(["17"], {
    default: "17",
    description: "PostgreSQL major version; RDS applies the minor ones in the maintenance window",
  }),
  databaseStorageGib: integer(20, 65_536, "GiB", {
    default: 400,
    description:
      "gp3 storage of each instance in GiB; from 400 GiB RDS gives 12,000 IOPS and 500 MiB/s. More waits for the maintenance window",
  }),
  databaseMaxStorageGib: integer(22, 65_536, "GiB", {
    default: 1_000,
    description: "Size in GiB up to which RDS grows the storage by itself",
  }),
  databaseMultiAz: boolean({ default: true, description: "Keep a standby of the writer in another zone" }),
  databaseReplicaZones: list(zoneName, {
    default: ["us-east-1b", "us-east-1c"],
    description: "One read replica in each of these zones",
    allowed: "a list of different zones, each one of availabilityZones",
  }),
  databaseMaxConnections: integer(25, 5_000, "connections", {
    default: 200,
    description: "PostgreSQL's max_connections (guide: 200). A change waits for a reboot",
  }),
  databaseWorkMem: string(z.string().refine(readable(bytes)), {
    default: "16 MB",
    description: "PostgreSQL's work_mem. The guide's 64 MB for each of 200 connections is more than the instance has",
    allowed: 'memory in PostgreSQL\'s form, such as "16 MB"',
  }),
  databaseStatementLogging: oneOf(["production", "analysis"], {
    default: "production",
    description:
      "production logs slow statements and, by pgaudit, DDL; analysis is the guide's log_statement=all and log_duration, for a window without password rotation: it logs data and passwords",
  }),
  databaseBackupRetentionDays: integer(1, 35, "days", { default: 14, description: "Days to keep automatic backups" }),
  databaseBackupWindow: string(dailyWindow, {
    default: "03:00-04:00",
    description: "When backups start; the database's nightly maintenance has the two hours before",
    allowed: daily("database"),
  }),
  databaseAnomalyRetentionDays: integer(0, 36_500, "days", {
    default: 0,
    description: "Days to keep anomalies, counted from their own time; 0 keeps them for ever",
  }),
  databaseMetricRetentionDays: integer(0, 36_500, "days", {
    default: 0,
    description: "Days to keep metrics; 0 keeps them for ever",
  }),
  databaseMaintenanceWindow: string(weeklyWindow, {
    default: "sun:04:30-sun:05:30",
    description: "When RDS may change the instances",
    allowed: weekly("database"),
  }),

  cacheEngine: oneOf(["redis", "valkey"], {
    default: "redis",
    description:
      "redis is Redis OSS 7.1; valkey is compatible and cheaper. A change to valkey upgrades in place, back replaces",
  }),
  cacheNodeType: string(
    z.string().refine((type) => cacheNode(type) !== undefined),
    {
      default: "cache.m7g.large",
      description: "ElastiCache node type; the guide's 1 GB must fit beside the reserved memory",
      allowed: cacheNodeTypes.join(", "),
    },
  ),
  // ElastiCache takes 5: an alarm on hits and misses of six nodes would need more than the 10 metrics that CloudWatch takes
  // in one (CloudWatch User Guide, "Limits that apply to alarms based on metric math expressions").
  cacheReplicas: integer(0, 4, "replicas", { default: 2, description: "Replicas beside the primary (guide: 3 nodes)" }),
  cacheSnapshotRetentionDays: integer(0, 35, "days", {
    default: 1,
    description: "Days to keep snapshots; 0 takes none",
  }),
  cacheSnapshotWindow: string(dailyWindow, {
    default: "02:00-03:00",
    description: "When snapshots start",
    allowed: daily("cache"),
  }),
  cacheMaintenanceWindow: string(weeklyWindow, {
    default: "sun:05:30-sun:06:30",
    description: "When ElastiCache may change the nodes",
    allowed: weekly("cache"),
  }),

  kubernetesVersion: string(
    z.string().refine((version) => kubernetesVersion(version) !== undefined),
    {
      default: "1.35",
      description: "EKS version. It can be raised one minor version at a time, and not lowered",
      allowed: `${kubernetesVersions.join(", ")} (in standard support on ${kubernetesFactsDate})`,
    },
  ),
  clusterPublicAccessCidrs: list(
    cidr.refine((text) => Number(text.split("/")[1]) >= SHORTEST_PUBLIC_PREFIX),
    {
      default: [],
      description: "Ranges that reach the Kubernetes API from outside the VPC; none keeps it private",
      allowed: `a list of IPv4 ranges, none larger than /${SHORTEST_PUBLIC_PREFIX}`,
    },
  ),
  // Without any, the cluster would be made, and nothing could be made in it.
  clusterAdminRoleArns: list(
    arn("iam:", "\\d{12}:role/.+"),
    {
      description: "IAM roles that administer the Kubernetes cluster; the one that deploys must be among them",
      allowed: "a list of IAM role ARNs, one at least: the role that deploys",
    },
    1,
  ),
  clusterViewerRoleArns: list(arn("iam:", "\\d{12}:role/.+"), {
    default: [],
    description:
      "IAM roles that see everything in the Kubernetes cluster and change nothing, such as one that looks for drift",
    allowed: "a list of IAM role ARNs",
  }),
  systemNodeType: instanceType({ default: "m7i.large", description: "EC2 type of the nodes for add-ons" }),
  systemNodeMin: integer(1, 100, "nodes", { default: 3, description: "Fewest nodes for add-ons" }),
  systemNodeMax: integer(1, 100, "nodes", { default: 6, description: "Most nodes for add-ons" }),
  computeNodeType: instanceType({ default: "c7i.2xlarge", description: "EC2 type of the API's nodes" }),
  computeNodeMin: integer(1, 100, "nodes", { default: 3, description: "Fewest nodes for the API" }),
  computeNodeMax: integer(1, 100, "nodes", { default: 6, description: "Most nodes for the API" }),

  image: optional(z.string().regex(/^[\w.:/-]+@sha256:[0-9a-f]{64}$/), {
    description: "Digest of an image that CI built; without it, pulumi up builds app/ with Docker",
    allowed: "an image by digest, repository@sha256:<64 hexadecimal digits>",
  }),
  apiMinReplicas: integer(1, 1_000, "pods", { default: 4, description: "Fewest API pods (guide: 4)" }),
  apiMaxReplicas: integer(1, 1_000, "pods", { default: 20, description: "Most API pods (guide: 20)" }),
  apiCpuRequest: cpu({ default: "500m", description: "CPU reserved for an API pod (guide: 500m)" }),
  apiCpuLimit: cpu({
    default: "1000m",
    description: "Most CPU of an API pod (guide: 1000m); one worker for each whole CPU",
  }),
  apiMemoryRequest: memory({ default: "1Gi", description: "Memory reserved for an API pod (guide: 1Gi)" }),
  apiMemoryLimit: memory({ default: "2Gi", description: "Most memory of an API pod (guide: 2Gi)" }),
  apiScaleUpStabilizationSeconds: integer(0, 3_600, "seconds", {
    default: 60,
    description: "How long load must stay up before pods are added (guide: 60). 0 reacts at once, to short peaks too",
  }),

  // The longest name that a certificate is issued for (AWS Certificate Manager API Reference, RequestCertificate: DomainName).
  domainName: optional(z.string().regex(/^(?=.{4,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/), {
    description: "Host name of the API, such as api.pynomaly.com",
    allowed: "a host name in lower case, of 64 characters at most",
  }),
  hostedZoneId: optional(z.string().regex(/^Z[A-Z0-9]{7,31}$/), {
    description:
      "Route 53 hosted zone of the domain: the stack writes its records there and has the certificate issued",
    allowed: "the id of a hosted zone, Z and capital letters and digits",
  }),
  certificateArn: optional(arn("acm", "[a-z0-9-]+:\\d{12}:certificate/.+"), {
    description:
      "An ACM certificate of yours for the domain, in the stack's region, instead of one that the stack has issued",
    allowed: "the ARN of an ACM certificate",
  }),
  ingressCidrs: list(cidr, {
    default: ["0.0.0.0/0"],
    description: "Ranges that may call the API",
    allowed: "a list of IPv4 ranges",
  }),
  loadTestAddresses: list(smallPublicCidr, {
    default: [],
    description:
      "Public addresses from which you run make loadtest: the firewall's rate for each address does not count them, all its other rules hold. Empty but while you load",
    allowed: `a list of ${SMALL_PUBLIC_CIDRS}, such as 203.0.113.7/32`,
  }),
  cdn: boolean({ default: false, description: "Put CloudFront in front, for /static and cacheable API responses" }),

  applicationSignals: boolean({
    default: true,
    description:
      "Count latency, errors and faults of each operation in CloudWatch Application Signals, which costs by requests, 1.50 US dollars a million and less: docs/monitoring.md",
  }),
  alarmEmails: list(z.email(), {
    default: [],
    description: "Addresses that get the alarms; each must confirm its subscription",
    allowed: "a list of e-mail addresses",
  }),
  runbooksUrl: optional(z.url({ protocol: /^https?$/ }), {
    description:
      "Address of docs/runbooks where your team reads it, such as its page on your Git host; alarms link to it. Without it, they name the path",
    allowed: "an http or https URL",
  }),
  monthlyBudgetUsd: integer(1, 10_000_000, "US dollars", {
    default: 5_000,
    description:
      "What the stack may cost in a month, in US dollars: people are told when the forecast or the costs go above it",
  }),
  logRetentionDays: {
    ...integer(1, 3_653, "days", { default: 365, description: "Days to keep logs" }),
    allowed: LOG_RETENTIONS.join(", "),
    schema: withDefault(
      z
        .string()
        .transform(Number)
        .refine((days) => LOG_RETENTIONS.includes(days)) as unknown as z.ZodType<number>,
      365,
    ),
  },
} satisfies Record<string, Field>;
