import { alarmActions } from "./alarm-actions";
import { alarmsEqualTargets } from "./alarms-equal-targets";
import { budgetNotifies } from "./budget-notifies";
import { cacheBackups } from "./cache-backups";
import { cacheFailover } from "./cache-failover";
import { cacheFit } from "./cache-fit";
import { cacheMinorUpgrades } from "./cache-minor-upgrades";
import { cacheSlowlog } from "./cache-slowlog";
import { connectionBudget } from "./connection-budget";
import { costCap } from "./cost-cap";
import { ecrLifecycle } from "./ecr-lifecycle";
import { hpaTarget } from "./hpa-target";
import { k8sNamespaceDeclared } from "./k8s-namespace-declared";
import { k8sNoLbService } from "./k8s-no-lb-service";
import { k8sProbes } from "./k8s-probes";
import { k8sResources } from "./k8s-resources";
import { keepAliveOrder } from "./keep-alive-order";
import { lbDeleteProt } from "./lb-delete-prot";
import { logsRetention } from "./logs-retention";
import { nodeCapacityRule } from "./node-capacity";
import { nodeTypeComputeOptimised } from "./node-type-compute-optimised";
import { postgresMemory } from "./postgres-memory";
import { prodProtect } from "./prod-protect";
import { rdsBackups } from "./rds-backups";
import { rdsCopyTags } from "./rds-copy-tags";
import { rdsDeletionProtection } from "./rds-deletion-protection";
import { rdsEnhancedMonitoring } from "./rds-enhanced-monitoring";
import { rdsFinalSnapshot } from "./rds-final-snapshot";
import { rdsInsights } from "./rds-insights";
import { rdsLogExports } from "./rds-log-exports";
import { rdsLogStatementSafe } from "./rds-log-statement-safe";
import { rdsMinorUpgrades } from "./rds-minor-upgrades";
import { rdsMultiAz } from "./rds-multi-az";
import { rdsNoManagedPasswordWithReplica } from "./rds-no-managed-password-with-replica";
import { rdsParamApplyMethod } from "./rds-param-apply-method";
import { rdsStorageHeadroom } from "./rds-storage-headroom";
import { replicaFit } from "./replica-fit";
import { rolloutQuorum } from "./rollout-quorum";
import { s3Lifecycle } from "./s3-lifecycle";
import { schedulable } from "./schedulable";
import { shutdownOrder } from "./shutdown-order";
import { staticParameters } from "./static-parameters";
import { subnetAddresses } from "./subnet-addresses";
import { tagsRequired } from "./tags-required";
import { zoneSpread } from "./zone-spread";

/** Rules of the pack, in the order of RULES.md. */
export const rules = [
  rdsMultiAz,
  rdsBackups,
  rdsDeletionProtection,
  rdsFinalSnapshot,
  rdsStorageHeadroom,
  rdsParamApplyMethod,
  rdsLogStatementSafe,
  rdsLogExports,
  rdsInsights,
  rdsNoManagedPasswordWithReplica,
  cacheFailover,
  cacheSlowlog,
  lbDeleteProt,
  nodeTypeComputeOptimised,
  k8sResources,
  k8sProbes,
  k8sNoLbService,
  logsRetention,
  alarmActions,
  prodProtect,
  tagsRequired,
  connectionBudget,
  postgresMemory,
  staticParameters,
  replicaFit,
  cacheFit,
  subnetAddresses,
  nodeCapacityRule,
  schedulable,
  zoneSpread,
  k8sNamespaceDeclared,
  keepAliveOrder,
  shutdownOrder,
  rolloutQuorum,
  hpaTarget,
  alarmsEqualTargets,
  costCap,
  rdsEnhancedMonitoring,
  rdsMinorUpgrades,
  rdsCopyTags,
  cacheBackups,
  cacheMinorUpgrades,
  s3Lifecycle,
  ecrLifecycle,
  budgetNotifies,
] as const;
