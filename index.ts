/** The stack on one screen: settings in, components wired in order, outputs out. */
import * as aws from "@pulumi/aws";
import * as docker from "@pulumi/docker";
import * as random from "@pulumi/random";
import { Api } from "./components/api";
import { Cache } from "./components/cache";
import { Cluster } from "./components/cluster";
import { Database } from "./components/database";
import { Edge } from "./components/edge";
import { AppImage } from "./components/image";
import { Keys } from "./components/keys";
import { Monitoring } from "./components/monitoring";
import { Network } from "./components/network";
import { loadSettings } from "./settings";
import { expectedDatabase } from "./sizing/expected";
import { ec2Instance } from "./sizing/instances";
import { maintenanceSlots } from "./sizing/maintenance";
import { SERVICE } from "./sizing/service";
import { bytes } from "./sizing/units";

const { settings, plan } = loadSettings();
const { accountId, region, protectData: protect } = settings;
const identifier = `pynomaly-${settings.stack}`;
const tags = {
  Project: "pynomaly",
  Environment: settings.environment,
  Owner: settings.owner,
  CostCenter: settings.costCenter,
};

// Default providers are disabled (pulumi:disable-default-providers), so that a forgotten one fails instead of using
// whatever account and region the environment names.
const provider = new aws.Provider("aws", {
  region: region as aws.Region,
  allowedAccountIds: [accountId],
  defaultTags: { tags },
});
const onAws = { providers: [provider, new random.Provider("random"), new docker.Provider("docker")] };

const keys = new Keys("keys", { accountId, region, protect }, onAws);
const logs = { logsKeyArn: keys.logsKeyArn, logRetentionDays: settings.logRetentionDays };

const network = new Network(
  "network",
  { addresses: plan.addresses, accountId, region, natGateways: settings.natGateways, clusterName: identifier, ...logs },
  onAws,
);

const cluster = new Cluster(
  "cluster",
  {
    clusterName: identifier,
    version: settings.kubernetesVersion,
    region,
    accountId,
    network: {
      vpcId: network.vpcId,
      vpcCidr: settings.vpcCidr,
      privateSubnetIds: network.privateSubnetIds,
      routes: network.routes,
    },
    publicAccessCidrs: [...settings.clusterPublicAccessCidrs],
    adminRoleArns: [...settings.clusterAdminRoleArns],
    viewerRoleArns: [...settings.clusterViewerRoleArns],
    clusterKeyArn: keys.clusterKeyArn,
    ...logs,
    system: { instanceType: settings.systemNodeType, min: settings.systemNodeMin, max: settings.systemNodeMax },
    compute: {
      instanceType: settings.computeNodeType,
      min: settings.computeNodeMin,
      max: settings.computeNodeMax,
      maxPodsPerNode: plan.nodes.compute.maxPodsPerNode,
    },
    tags,
    protect,
  },
  onAws,
);
const clients = [{ name: "nodes", securityGroupId: cluster.nodeSecurityGroupId }];

const database = new Database(
  "database",
  {
    identifier,
    accountId,
    region,
    vpcId: network.vpcId,
    subnetIds: network.dataSubnetIds,
    availabilityZones: settings.availabilityZones,
    endpointsSecurityGroupId: network.endpointsSecurityGroupId,
    instanceClass: settings.databaseInstanceClass,
    engineVersion: settings.databaseEngineVersion,
    storageGib: settings.databaseStorageGib,
    maxStorageGib: settings.databaseMaxStorageGib,
    multiAz: settings.databaseMultiAz,
    replicaZones: settings.databaseReplicaZones,
    parameters: plan.database.parameters,
    replicaParameters: plan.database.replicaParameters,
    proxy: plan.connections.proxy,
    backupRetentionDays: settings.databaseBackupRetentionDays,
    backupWindow: settings.databaseBackupWindow,
    maintenanceWindow: settings.databaseMaintenanceWindow,
    keyArn: keys.dataKeyArn,
    ...logs,
    clients,
    protect,
  },
  onAws,
);

const cache = new Cache(
  "cache",
  {
    identifier,
    vpcId: network.vpcId,
    subnetIds: network.dataSubnetIds,
    engine: settings.cacheEngine,
    nodeType: settings.cacheNodeType,
    replicas: settings.cacheReplicas,
    sizing: plan.cache,
    keyPrefix: SERVICE.namespace,
    snapshotRetentionDays: settings.cacheSnapshotRetentionDays,
    snapshotWindow: settings.cacheSnapshotWindow,
    maintenanceWindow: settings.cacheMaintenanceWindow,
    keyArn: keys.dataKeyArn,
    ...logs,
    clients,
    protect,
  },
  onAws,
);

const image = new AppImage(
  "image",
  {
    keyArn: keys.clusterKeyArn,
    given: settings.image,
    context: "app",
    architecture: ec2Instance(settings.computeNodeType)?.architecture ?? "amd64",
    protect,
  },
  onAws,
);

const edge = new Edge(
  "edge",
  {
    accountId,
    region,
    vpcId: network.vpcId,
    subnetIds: network.publicSubnetIds,
    routes: network.routes,
    backend: {
      securityGroupId: cluster.nodeSecurityGroupId,
      port: SERVICE.port,
      healthPath: SERVICE.readinessPath,
    },
    domainName: settings.domainName,
    hostedZoneId: settings.hostedZoneId,
    certificateArn: settings.certificateArn,
    ingressCidrs: settings.ingressCidrs,
    loadTestAddresses: settings.loadTestAddresses,
    timeline: plan.timeline,
    cdn: settings.cdn,
    ...logs,
    protect,
  },
  onAws,
);

new Api(
  "api",
  {
    cluster,
    region,
    image: image.reference,
    resources: {
      cpuRequest: settings.apiCpuRequest,
      cpuLimit: settings.apiCpuLimit,
      memoryRequest: settings.apiMemoryRequest,
      memoryLimit: settings.apiMemoryLimit,
    },
    replicas: { min: settings.apiMinReplicas, max: settings.apiMaxReplicas },
    scaleUpStabilizationSeconds: settings.apiScaleUpStabilizationSeconds,
    timeline: plan.timeline,
    connections: plan.connections,
    network: {
      vpcCidr: settings.vpcCidr,
      publicCidrs: plan.addresses.zones.map((zone) => zone.publicCidr),
      privateCidrs: plan.addresses.zones.map((zone) => zone.privateCidr),
      dataCidrs: plan.addresses.zones.map((zone) => zone.dataCidr),
    },
    database,
    cache,
    keyArn: keys.dataKeyArn,
    maintenance: {
      slots: maintenanceSlots(settings.databaseBackupWindow),
      expected: expectedDatabase(plan.database, settings.databaseEngineVersion),
      keepDays: { anomalies: settings.databaseAnomalyRetentionDays, metrics: settings.databaseMetricRetentionDays },
    },
    frontage: { hostName: edge.hostName, origin: edge.url, trustedProxies: edge.proxies },
    applicationSignals: settings.applicationSignals,
    targetGroupArn: edge.targetGroupArn,
    loadBalancerControllerRoleName: cluster.loadBalancerControllerRoleName,
  },
  { providers: [provider, cluster.provider], dependsOn: [...cluster.ready, edge] },
);

const monitoring = new Monitoring(
  "monitoring",
  {
    accountId,
    region,
    keyArn: keys.logsKeyArn,
    alarmEmails: settings.alarmEmails,
    runbooksUrl: settings.runbooksUrl,
    budget: {
      monthlyUsd: settings.monthlyBudgetUsd,
      tags: { Project: tags.Project, Environment: tags.Environment },
    },
    logRetentionDays: settings.logRetentionDays,
    protect,
    service: {
      loadBalancerArnSuffix: edge.loadBalancerArnSuffix,
      targetGroupArnSuffix: edge.targetGroupArnSuffix,
      webAclMetricName: edge.webAclMetricName,
      url: edge.url,
      public: settings.ingressCidrs.includes("0.0.0.0/0"),
      signalsEnvironment: settings.applicationSignals ? `eks:${identifier}/${SERVICE.namespace}` : undefined,
    },
    database: {
      instances: database.instances,
      instanceClass: settings.databaseInstanceClass,
      maxConnections: settings.databaseMaxConnections,
      storageGib: settings.databaseStorageGib,
    },
    cache: { replicationGroupId: cache.replicationGroupId, replicas: settings.cacheReplicas },
    cluster: {
      clusterName: cluster.name,
      podMemoryLimitBytes: bytes(settings.apiMemoryLimit),
      replicas: { min: settings.apiMinReplicas, max: settings.apiMaxReplicas },
    },
  },
  onAws,
);

/** Where the API answers. */
export const apiUrl = edge.url;
/** Where the targets are seen, with what is measured. */
export const dashboardUrl = monitoring.dashboardUrl;
/** Where writes go: the proxy. */
export const databaseEndpoint = database.proxyEndpoint;
/** Where reads go. */
export const databaseReplicaEndpoints = database.replicas.map(({ endpoint }) => endpoint);
export const cacheEndpoint = cache.primaryEndpoint;
/** The image that runs, by digest. */
export const imageDigest = image.reference;
/** Gives kubectl access to the cluster, to an administrator. */
export const kubeconfigCommand = cluster.kubeconfigCommand;
/** Names of the parts, which the commands of docs/runbooks ask for. */
export const [databaseWriter, ...databaseReplicas] = database.instances.map(({ id }) => id);
export const databaseProxy = database.proxyName;
export const databaseOwnerSecret = database.ownerSecretArn;
export const databaseAppSecret = database.appSecretArn;
export const cacheReplicationGroup = cache.replicationGroupId;
export const clusterName = cluster.name;
/** As CloudWatch has it. */
export const loadBalancerName = edge.loadBalancerArnSuffix;
export const targetGroupArn = edge.targetGroupArn;
export const webAclName = edge.webAclMetricName;
/** Asks from outside; none where not everybody may call the API. */
export const canaryName = monitoring.canaryName;
/** Subscribe here to be told of incidents, and of every change of every alarm. */
export const notificationsTopic = monitoring.topicArn;
export const eventsTopic = monitoring.eventsTopicArn;
/** Static parameters: a change of one of them is in force after the next reboot of the database. */
export const pendingRebootParameters = database.pendingReboot;
