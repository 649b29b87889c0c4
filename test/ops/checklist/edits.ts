import * as T from "../../../policy/framework/types";
import { drop, type Edit, refer, remove, set } from "../../policy/mutations/edits";

const CONTAINER = "spec.template.spec.containers.0";
const env = (name: string): string => `${CONTAINER}.env[name=${name}].value`;
const parameter = (name: string): string => `parameters[name=${name}].value`;
const DASHBOARD = "aws:cloudwatch/dashboard:Dashboard";
const DISTRIBUTION = "aws:cloudfront/distribution:Distribution";
const JOB = "kubernetes:batch/v1:Job";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const OBSERVABILITY = /cloudwatch-observability/;
const COLLECTOR = "OTEL_EXPORTER_OTLP_ENDPOINT";

/** Faults of the production stack, with a CDN in front, that each item must see, by id. */
export const EDITS: Readonly<Record<string, readonly Edit[]>> = {
  "postgresql-configured": [
    ...set(T.RDS_PARAMETER_GROUP, parameter("shared_buffers"), ["16384"]),
    ...set(T.RDS_PARAMETER_GROUP, parameter("work_mem"), ["65536"], /replica/),
    ...set(T.RDS_PARAMETER_GROUP, "parameters", [[]], /writer/),
    // A class with other memory, and the parameters of the old one.
    ...set(T.RDS_INSTANCE, "instanceClass", ["db.m7g.large"]),
    ...refer(T.RDS_INSTANCE, "parameterGroupName", []),
  ],
  "indexes-created": [
    ...remove(JOB, /api-migration/),
    ...set(JOB, `${CONTAINER}.args`, [["src/server.ts"]], /api-migration/),
  ],
  "queries-analyzed": [
    ...set(T.RDS_PARAMETER_GROUP, parameter("shared_preload_libraries"), ["pgaudit"]),
    ...set(T.RDS_PARAMETER_GROUP, parameter("log_min_duration_statement"), ["-1", undefined]),
  ],
  "database-pooling": [
    ...remove(T.RDS_PROXY_TARGET),
    ...remove(T.RDS_PROXY_TARGET_GROUP),
    ...set(T.RDS_PROXY_TARGET, "dbInstanceIdentifier", ["pynomaly-dev"]),
    ...set(T.RDS_PROXY_TARGET_GROUP, "connectionPoolConfig.maxConnectionsPercent", [100]),
    ...set(T.DEPLOYMENT, env("DATABASE_WRITER_POOL_MAX"), ["50", "0", undefined]),
    ...set(T.DEPLOYMENT, env("DATABASE_READER_POOL_MAX"), ["50"]),
  ],
  "autovacuum-tuned": [
    ...set(T.RDS_PARAMETER_GROUP, parameter("autovacuum"), ["0"]),
    ...set(T.RDS_PARAMETER_GROUP, parameter("autovacuum_naptime"), ["60"], /replica/),
  ],
  "fast-server": [
    ...set(T.DEPLOYMENT, env("NODE_ENV"), ["development", undefined]),
    ...set(T.DEPLOYMENT, env("WORKERS"), ["4"]),
    ...remove(T.DEPLOYMENT),
  ],
  "application-pooling": [
    ...["DATABASE_WRITER_POOL_MAX", "DATABASE_READER_POOL_MAX", "DATABASE_POOL_IDLE_SECONDS"].flatMap((name) =>
      set(T.DEPLOYMENT, env(name), ["1", undefined]),
    ),
    ...refer(T.CONFIG_MAP, "data", [], /^api-config$/),
  ],
  caching: [
    ...set(T.DEPLOYMENT, env("API_CACHE_SECONDS"), ["0"]),
    ...set(T.CACHE_PARAMETER_GROUP, parameter("maxmemory-policy"), ["noeviction"]),
    ...remove(T.CACHE_PARAMETER_GROUP),
    ...refer(T.CONFIG_MAP, "data", ["aws:rds/proxy:Proxy::database-proxy"], /^api-config$/),
  ],
  compression: [
    ...set(T.DEPLOYMENT, env("GZIP_MIN_BYTES"), ["1000000"]),
    ...set(T.DEPLOYMENT, env("GZIP_LEVEL"), ["0", undefined]),
  ],
  "image-optimized": [
    ...set("docker:index/image:Image", "build.platform", ["linux/arm64"]),
    ...set(T.ECR_REPOSITORY, "imageScanningConfiguration.scanOnPush", [false]),
  ],
  "kubernetes-resources": [
    ...drop(T.DEPLOYMENT, [`${CONTAINER}.resources`]),
    ...set(T.DEPLOYMENT, `${CONTAINER}.resources.limits.memory`, ["4Gi"]),
    ...set(T.DEPLOYMENT, `${CONTAINER}.readinessProbe.httpGet.path`, ["/health"]),
    ...set(T.DEPLOYMENT, `${CONTAINER}.livenessProbe.httpGet.path`, ["/ready"]),
    ...set(T.DISRUPTION_BUDGET, "spec.selector.matchLabels.app", ["other"]),
    ...remove(T.DISRUPTION_BUDGET),
  ],
  "load-balancer": [
    ...set(T.LOAD_BALANCERS, "enableHttp2", [false]),
    ...set(T.LOAD_BALANCERS, "idleTimeout", [30]),
    ...set(T.TARGET_GROUPS, "loadBalancingAlgorithmType", ["round_robin"]),
    ...set(T.TARGET_GROUPS, "healthCheck.path", ["/"]),
    ...set(T.TARGET_GROUPS, "deregistrationDelay", [300]),
    ...remove(T.TARGET_GROUP_BINDING),
    ...refer(T.TARGET_GROUP_BINDING, "spec", []),
    ...refer(T.LISTENERS, "loadBalancerArn", []),
  ],
  "auto-scaling": [
    ...remove(T.AUTOSCALER),
    ...set(T.AUTOSCALER, "spec.minReplicas", [20]),
    ...set(T.AUTOSCALER, "spec.maxReplicas", [4]),
    ...set(T.AUTOSCALER, "spec.metrics.0.resource.target.averageUtilization", [95]),
    ...set(T.AUTOSCALER, "spec.behavior.scaleUp.stabilizationWindowSeconds", [600]),
    ...set(T.AUTOSCALER, "spec.behavior.scaleDown.policies.0.value", [100]),
    ...set(T.NODE_GROUP, "scalingConfig.maxSize", [3]),
    ...remove(RELEASE, /autoscaler/),
    ...set(RELEASE, "chart", ["karpenter"], /autoscaler/),
    ...set(RELEASE, "values.replicaCount", [0], /autoscaler/),
    ...set(T.RDS_INSTANCE, "maxAllocatedStorage", [undefined]),
  ],
  cdn: [
    ...remove(DISTRIBUTION),
    ...set(DISTRIBUTION, "enabled", [false]),
    ...set(DISTRIBUTION, "orderedCacheBehaviors.0.compress", [false]),
    ...set(DISTRIBUTION, "orderedCacheBehaviors", [undefined, []]),
    ...set(DISTRIBUTION, "viewerCertificate.minimumProtocolVersion", ["TLSv1"]),
    ...refer(DISTRIBUTION, "webAclId", []),
  ],
  "metrics-collected": [
    ...remove(T.EKS_ADDON, OBSERVABILITY),
    ...set(T.EKS_ADDON, "addonName", ["adot"], OBSERVABILITY),
    ...set(T.RDS_INSTANCE, "performanceInsightsEnabled", [false]),
    ...set(T.RDS_INSTANCE, "monitoringInterval", [0]),
    ...set(T.DEPLOYMENT, `${CONTAINER}.ports.1.containerPort`, [8000]),
  ],
  "alerts-configured": [
    ...remove(T.METRIC_ALARM, /api-latency-p99/),
    ...set(T.METRIC_ALARM, "tags.Target", [undefined], /cache-memory|pod-memory/),
    ...refer(T.COMPOSITE_ALARM, "alarmActions", [], /incident/),
    ...remove(SUBSCRIPTION),
  ],
  "dashboards-created": [
    ...remove(DASHBOARD),
    ...set(DASHBOARD, "dashboardName", ["pynomaly-infra-dev"]),
    ...refer(DASHBOARD, "dashboardBody", []),
  ],
  "logs-aggregated": [
    ...set(T.LOG_GROUP, "retentionInDays", [1], /application-logs/),
    ...set(T.LOAD_BALANCERS, "accessLogs.enabled", [false]),
    ...refer(T.WEB_ACL_LOGGING, "logDestinationConfigs", []),
  ],
  tracing: [
    ...set(T.DEPLOYMENT, env(COLLECTOR), [undefined, "the agent"]),
    ...remove(T.EKS_ADDON, OBSERVABILITY),
    ...set(T.EKS_ADDON, "addonName", ["adot"], OBSERVABILITY),
  ],
};
